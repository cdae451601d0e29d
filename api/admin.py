"""How the portal lists API tokens. Issuing and revoking are pages of the portal."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from api.models import ApiToken
from governance.policy.vocabulary import Role
from registry import labels
from registry.columns import column


class ApiTokenAdmin(ModelAdmin):
    """Tokens of connected systems; the secret is not stored and can not be shown."""

    list_display = (
        "name",
        "shown_role",
        "shown_purposes",
        "shown_state",
        column("issued_at", _("issued at")),
        "expires_at",
    )
    search_fields = ("name",)
    ordering = ("revoked_at", "name")

    @display(description=_("role"), ordering="role")
    def shown_role(self, token: ApiToken) -> str:
        """Return the role in words."""
        return labels.text(Role, token.role)

    @display(description=_("purposes"))
    def shown_purposes(self, token: ApiToken) -> str:
        """Return the keys of the purposes."""
        return ", ".join(token.purposes)

    @display(
        description=_("state"),
        label={"valid": "success", "expired": "default", "revoked": "danger"},
    )
    def shown_state(self, token: ApiToken) -> tuple[str, Any]:
        """Return whether the token opens anything."""
        if token.revoked_at:
            return "revoked", _("Revoked")
        if token.expires_at <= timezone.now():
            return "expired", _("Out of date")
        return "valid", _("Valid")
