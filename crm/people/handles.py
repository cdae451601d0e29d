"""Linking a handle of a social network to a person: only with something that shows it is theirs.

A code that was sent to the handle and comes back, the word of the network (OAuth), or an agent who
says how they know. What a person writes from a handle that nobody showed to be theirs is nobody's.
"""

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from crm.models import ContactPoint, HandleLink
from crm.people.errors import CodeWrongError, HandleNotShownError, HandleTakenError
from governance.crypto import keystore
from registry.gate.access import Access
from registry.models import Staff

USE = "handles"
VALID_FOR = timedelta(minutes=30)
MOST_TRIES = 5
DIGITS = 6


def token_of(controller: UUID, network: str, handle: str) -> bytes:
    """Return what stands for a handle in look-ups; neither case nor the sign before it matter."""
    normal = handle.strip().removeprefix("@").casefold()
    return _hash(controller, f"handle|{network}|{normal}")


def ask(access: Access, subject: UUID, *, network: str, handle: str) -> tuple[HandleLink, str]:
    """Begin to link a handle; return the code, which is sent to the handle and nowhere else."""
    link = _new(access, subject, network, handle, shown_by="code")
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    link.code = _hash(access.controller, f"code|{link.pk}|{code}")
    link.expires_at = access.now + VALID_FOR
    link.save()
    return link, code


def confirm(access: Access, link: UUID, code: str) -> bool:
    """Link the handle whose code came back; say whether it did. A wrong one is counted.

    Raises
    ------
    HandleTakenError
    CodeWrongError
        it counts no more: too old, tried too often, or none is waited for
    """
    rows = access.rows(HandleLink).select_for_update(of=("self",))
    row = rows.filter(pk=link, linked_at__isnull=True).first()
    if row is None or row.expires_at is None or row.expires_at < access.now:
        raise CodeWrongError
    if row.tries >= MOST_TRIES:
        raise CodeWrongError
    said = _hash(access.controller, f"code|{row.pk}|{code.strip()}")
    if not hmac.compare_digest(bytes(row.code), said):
        row.tries += 1
        row.save(update_fields=["tries"])
        return False
    _link(access, row)
    return True


def vouched(access: Access, subject: UUID, *, network: str, handle: str, proof: str) -> HandleLink:
    """Link a handle that the network itself confirmed (OAuth); `proof` is its id of the person.

    Raises
    ------
    HandleNotShownError, HandleTakenError
    """
    if not proof.strip():
        raise HandleNotShownError
    row = _new(access, subject, network, handle, shown_by="oauth")
    row.proof = proof.strip()
    _link(access, row)
    return row


def vouch(
    access: Access, subject: UUID, *, network: str, handle: str, by: Staff, reason: str
) -> HandleLink:
    """Link a handle on the word of a member of staff, who says how they know.

    Raises
    ------
    HandleNotShownError, HandleTakenError
    """
    if not reason.strip():
        raise HandleNotShownError
    row = _new(access, subject, network, handle, shown_by="agent")
    row.linked_by, row.proof = by, reason.strip()
    _link(access, row)
    return row


def whose(controller: UUID, network: str, handle: str) -> UUID | None:
    """Return the person whose handle it was shown to be, or None."""
    token = token_of(controller, network, handle)
    rows = HandleLink.objects.filter(token=token, linked_at__isnull=False)
    return rows.values_list("subject_id", flat=True).first()


def _new(access: Access, subject: UUID, network: str, handle: str, *, shown_by: str) -> HandleLink:
    row = HandleLink(
        controller_id=access.controller, subject_id=subject, network=network, shown_by=shown_by,
        token=token_of(access.controller, network, handle), collected_at=access.now,
    )  # fmt: skip
    row.handle = handle.strip()
    return row


def _link(access: Access, row: HandleLink) -> None:
    point = ContactPoint(
        controller_id=row.controller_id, subject_id=row.subject_id, kind="social",
        label=row.network, verified_at=access.now, collected_at=access.now,
    )  # fmt: skip
    point.handle = row.handle
    row.point, row.linked_at, row.code = point, access.now, b""
    try:
        with transaction.atomic():
            point.save()
            row.save()
    except IntegrityError as error:  # whose else it is, this access may not see
        if "one_person_per_handle" not in str(error):
            raise
        raise HandleTakenError from error


def _hash(controller: UUID, text: str) -> bytes:
    key = keystore.controller_key(controller, USE, create=True)
    return hmac.digest(key, text.encode(), "sha256")
