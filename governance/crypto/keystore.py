"""The keystore: create, fetch set-wise, destroy. The only reader of the alias `keys`.

A key is committed here before its subject is written in the application database, so
that no row can exist whose key is lost; a key whose subject never came is harmless and stays.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from governance.crypto import root
from governance.crypto.envelope import derive, derive_all, unwrap, wrap
from governance.crypto.errors import KeyDestroyedError
from governance.crypto.models import ControllerKey, SubjectKey
from governance.crypto.sets import members
from governance.policy.vocabulary import Scope

ALIAS = "keys"
PSEUDONYM_BYTES = 16


def _context(controller: UUID, owner: UUID | str, scope: str = "") -> str:
    return f"{controller.hex}|{owner.hex if isinstance(owner, UUID) else owner}|{scope}"


def create_subject_keys(
    controller: UUID, subjects: Iterable[UUID], *, scopes: Iterable[Scope]
) -> None:
    """Create and commit the missing root keys of `subjects` in `scopes`."""
    key = root.load().reveal()
    rows = [
        SubjectKey(
            controller_id=controller,
            subject_id=subject,
            scope=scope,
            wrapped=wrap(key, secrets.token_bytes(32), _context(controller, subject, scope)),
        )
        for subject in subjects
        for scope in scopes
    ]
    with transaction.atomic(using=ALIAS):
        SubjectKey.objects.using(ALIAS).bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def subject_keys(
    controller: UUID, subjects: Iterable[UUID], *, scopes: Iterable[Scope]
) -> dict[tuple[UUID, str], bytes]:
    """Return the unwrapped root keys of `subjects` by (subject, scope), in one statement."""
    key = root.load().reveal()
    rows = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller,
        subject_id__in=members(subjects),
        scope__in=list(scopes),
        wrapped__isnull=False,
    )
    return {
        (subject, scope): unwrap(key, bytes(wrapped or b""), _context(controller, subject, scope))
        for subject, scope, wrapped in rows.values_list("subject_id", "scope", "wrapped")
    }


@dataclass(frozen=True, slots=True)
class CategoryKeys:
    """The keys of one person in one scope, for the categories that were asked for and no others.

    Attributes
    ----------
    commitment : to the root key they come from, 32 bytes; no secret
    """

    commitment: bytes
    by_category: Mapping[str, bytes] = field(repr=False)

    def __reduce__(self) -> str:
        msg = "key material is not pickled"
        raise TypeError(msg)


def opened(
    controller: UUID,
    subjects: Iterable[UUID],
    *,
    scopes: Iterable[Scope],
    categories: Iterable[str],
) -> dict[tuple[UUID, str], CategoryKeys]:
    """Return the keys of `categories` by (subject, scope), in one statement.

    The root keys of the subjects do not leave this function: who has the keys of some categories
    can not make those of others.
    """
    wanted = sorted(categories)
    infos = ["custode/commit/v1", *(f"custode/field/v1|{category}" for category in wanted)]
    found = {}
    for owner, key in subject_keys(controller, subjects, scopes=scopes).items():
        commitment, *keys = derive_all(key, infos)
        found[owner] = CategoryKeys(commitment, dict(zip(wanted, keys, strict=True)))
    return found


def destroy_subject_keys(
    controller: UUID, subject: UUID, *, scopes: Iterable[Scope], ordered_by: UUID, now: datetime
) -> int:
    """Destroy the keys of one subject in `scopes`; return how many were alive.

    Repeating it is harmless. A row stays for each scope, without key, so that no new key can
    take its place, also where there never was one. The row names the audit entry that ordered
    it (`ordered_by`): destroying keys destroys evidence too, and the log's verification asks
    that no row is without an entry (docs/spec/audit-log.md, T24).
    """
    wanted = list(scopes)
    tombs = [
        SubjectKey(
            controller_id=controller,
            subject_id=subject,
            scope=s,
            wrapped=None,
            destroyed_at=now,
            ordered_by=ordered_by,
        )
        for s in wanted
    ]
    with transaction.atomic(using=ALIAS):
        SubjectKey.objects.using(ALIAS).bulk_create(tombs, ignore_conflicts=True)
        return (
            SubjectKey.objects.using(ALIAS)
            .filter(
                controller_id=controller,
                subject_id=subject,
                scope__in=wanted,
                wrapped__isnull=False,
            )
            .update(wrapped=None, destroyed_at=now, ordered_by=ordered_by)
        )


def closed_scopes(controller: UUID, subject: UUID) -> set[str]:
    """Return the scopes in which `subject` has no key and can get none."""
    rows = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller, subject_id=subject, wrapped__isnull=True
    )
    return set(rows.values_list("scope", flat=True))


def destroyed(controller: UUID) -> list[tuple[datetime, UUID | None]]:
    """Return when each key of people of a controller was destroyed, and by which audit entry."""
    rows = SubjectKey.objects.using(ALIAS).filter(controller_id=controller, wrapped__isnull=True)
    return [
        (at, entry)
        for at, entry in rows.order_by("destroyed_at", "id").values_list(
            "destroyed_at", "ordered_by"
        )
        if at is not None
    ]


def surviving_scopes(controller: UUID, subject: UUID) -> set[str]:
    """Return the scopes in which `subject` still has a key."""
    rows = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller, subject_id=subject, wrapped__isnull=False
    )
    return set(rows.values_list("scope", flat=True))


def controller_key(controller: UUID, use: str, *, create: bool = False) -> bytes:
    """Return the key of `controller` for `use`, made on first use when `create` is given.

    Raises
    ------
    KeyDestroyedError
        there is no such key and `create` is not given
    """
    key = root.load().reveal()
    rows = ControllerKey.objects.using(ALIAS).filter(controller_id=controller, use=use)
    wrapped = rows.values_list("wrapped", flat=True).first()
    if wrapped is None:
        if not create:
            raise KeyDestroyedError
        new = wrap(key, secrets.token_bytes(32), _context(controller, use))
        ControllerKey.objects.using(ALIAS).bulk_create(
            [ControllerKey(controller_id=controller, use=use, wrapped=new)], ignore_conflicts=True
        )
        wrapped = rows.values_list("wrapped", flat=True).get()
    return unwrap(key, bytes(wrapped), _context(controller, use))


def destroy_controller_key(controller: UUID, use: str) -> None:
    """Destroy a key of a controller: an import's, thirty days after it. Repeating is harmless."""
    key = wrap(root.load().reveal(), secrets.token_bytes(32), _context(controller, "destroyed"))
    rows = ControllerKey.objects.using(ALIAS).filter(controller_id=controller, use=use)
    rows.update(wrapped=key, use=f"{use}:destroyed"[:48])


def pseudonyms(controller: UUID, subjects: Iterable[UUID], *, month: str) -> dict[UUID, str]:
    """Return what the audit log calls each subject in `month` (yyyy-mm): 32 hex digits.

    A subject whose keys are all destroyed is missing from the answer
    (docs/spec/audit-log.md, section 2).
    """
    found = subject_keys(controller, subjects, scopes=[Scope.AUDIT])
    return {subject: pseudonym(key, month) for (subject, _), key in found.items()}


def evidence_keys(controller: UUID, subjects: Iterable[UUID]) -> dict[UUID, bytes]:
    """Return the key under which evidence about each subject is sealed in the audit log, 32 bytes.

    A subject whose keys are all destroyed is missing from the answer.
    """
    found = subject_keys(controller, subjects, scopes=[Scope.AUDIT])
    return {subject: derive(key, "custode/evidence/v1") for (subject, _), key in found.items()}


def pseudonym(subject_key: bytes, month: str) -> str:
    """Return the pseudonym of the subject that owns `subject_key` in `month` (yyyy-mm)."""
    key = derive(subject_key, "custode/pseudonym/v1")
    return hmac.new(key, f"audit|{month}".encode(), sha256).digest()[:PSEUDONYM_BYTES].hex()
