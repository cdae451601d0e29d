"""Which version of a record somebody changes: `ETag` and `If-Match` (RFC 9110, section 13.1.1).

Two who read the same record and change it one after the other must not undo each other unseen. A
version is a keyed hash of when the rows of the record were last written, whatever the purpose
shows of them; it is compared under the lock of the row.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from governance.policy.errors import GovernanceError

HEADER = "If-Match"
WHATEVER = "*"
SIGNS = 32


class VersionMissingError(GovernanceError):
    """A change does not say which version it is made on."""

    code = "version_missing"
    status = 428
    message = _("The call does not say which version of the record it changes.")
    advice = _(
        "Send the `ETag` of what you read as `If-Match`, or `*` to change whatever is there."
    )


class VersionChangedError(GovernanceError):
    """Somebody changed the record since."""

    code = "version_changed"
    status = 412
    message = _("The record was changed since you read it.")
    advice = _("Read it again, see what has changed, and send your change with its new `ETag`.")


def version_of(rows: Iterable[Any]) -> str:
    """Return the version of a record, from all its rows as `registry.gate.reading` reads them."""
    said = "|".join(sorted(f"{row.pk}:{row.written}" for row in rows))
    keyed = salted_hmac("custode.version", said, algorithm="sha256")
    return str(keyed.hexdigest()[:SIGNS])


def tag(version: str) -> str:
    """Return a version as the header `ETag` says it."""
    return f'"{version}"'


def named(request: Request) -> frozenset[str]:
    """Return the tags of which the record must have one.

    Raises
    ------
    VersionMissingError
    """
    said = request.headers.get(HEADER, "")
    tags = frozenset(part for part in map(str.strip, said.split(",")) if part)
    if not tags:
        raise VersionMissingError
    return tags


def require(tags: frozenset[str], rows: Iterable[Any]) -> None:
    """Refuse a change of a record that is not, or no more, of a version that was named.

    Raises
    ------
    VersionChangedError
    """
    if WHATEVER not in tags and tag(version_of(rows)) not in tags:
        raise VersionChangedError
