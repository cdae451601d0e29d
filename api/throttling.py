"""How often a token may call: `DEFAULT_THROTTLE_RATES["token"]`, 600 calls a minute.

Counted in the memory of each web process (Django's default cache), because a limit shared
through the database would cost every call a write. With N processes the limit is up to N
times as high: it protects the service from a runaway client and is no security measure.
"""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from api.authentication import System


class TokenThrottle(SimpleRateThrottle):
    """One budget for each token; anonymous calls never come this far."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Return the key of the token's budget."""
        del view
        system = request.user
        return f"throttle:{system.token}" if isinstance(system, System) else None
