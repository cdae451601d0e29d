"""The keystore: create, fetch set-wise, destroy. The only reader of the alias `keys`.

A key is committed here before its subject is written in the application database, so
that no row can exist whose key is lost; a key whose subject never came is harmless and stays.
"""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Max, Q

from governance.crypto import categorykeys, epochs
from governance.crypto.categorykeys import CategoryKeys
from governance.crypto.envelope import derive, unwrap, wrap
from governance.crypto.epochs import ALIAS, Epoch, context
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.crypto.ids import uuid7
from governance.crypto.models import ControllerKey, SubjectKey
from governance.crypto.orders import Line
from governance.policy.vocabulary import Scope
from governance.rows import rows

PSEUDONYM_BYTES = 16
T = TypeVar("T")
BATCH = 2000
TRIES = 5  # an epoch is swapped once a day, not while somebody tries again
ANOTHER_EPOCH = "CU021"

# A sub-select, not a join: the table of a new epoch has no statistics, and a planner without them
# read all of it for a page of people.
SUBJECTS = """
SELECT s.subject_id, s.scope, s.version, e.n,
    (SELECT w.wrapped FROM crypto_wrapped AS w WHERE w.epoch = e.n AND w.slot = s.id)
FROM crypto_subjectkey AS s, crypto_epoch AS e
WHERE e.state = 'active' AND s.controller_id = %s AND s.subject_id = ANY(%s) AND s.scope = ANY(%s)
  AND s.destroyed_at IS NULL ORDER BY s.version
"""
CONTROLLERS = """
SELECT s.version, w.epoch, w.wrapped
FROM crypto_controllerkey AS s JOIN crypto_wrapped AS w ON w.slot = s.id
JOIN crypto_epoch AS e ON e.n = w.epoch AND e.state = 'active'
WHERE s.controller_id = %s AND s.use = %s AND s.destroyed_at IS NULL AND s.retired_at IS NULL
ORDER BY s.version
"""
CREATE = (
    "SELECT keystore.create_subject_keys(%s, %s, %s::uuid[], %s::uuid[], %s::text[], %s::bytea[])"
)
CREATE_NEXT = (
    "SELECT keystore.create_next_keys("
    "%s, %s, %s::uuid[], %s::uuid[], %s::text[], %s::smallint[], %s::bytea[])"
)
CREATE_FOR_CONTROLLER = "SELECT keystore.create_controller_key(%s, %s, %s, %s, %s)"
CREATE_NEXT_FOR_CONTROLLER = (
    "SELECT keystore.create_next_controller_key(%s, %s, %s, %s, %s::smallint, %s)"
)
RETIRE = "SELECT keystore.retire(%s, %s::uuid[], %s::text[], %s::smallint[], %s)"
RETIRE_OF_CONTROLLER = "SELECT keystore.retire_controller_key(%s, %s, %s::smallint, %s)"
DESTROY_OF_CONTROLLER = "SELECT keystore.destroy_controller_key(%s, %s)"


def create_subject_keys(
    controller: UUID, subjects: Iterable[UUID], *, scopes: Iterable[Scope]
) -> None:
    """Create and commit the missing root keys of `subjects` in `scopes`."""
    scopes = list(scopes)
    wanted = [Line(subject, str(scope), 1) for subject in subjects for scope in scopes]
    for start in range(0, len(wanted), BATCH):
        _create(controller, wanted[start : start + BATCH])


def create_next_keys(controller: UUID, above: Iterable[Line]) -> None:
    """Create and commit the version above each of `above`, where that is alive and there is none.

    Nobody whose last version was destroyed gets another; the scope `audit` keeps one for ever.
    """
    wanted = [line._replace(version=line.version + 1) for line in above]
    for start in range(0, len(wanted), BATCH):
        _create(controller, wanted[start : start + BATCH], is_next=True)


def _create(controller: UUID, wanted: Sequence[Line], *, is_next: bool = False) -> None:
    def attempt(epoch: Epoch) -> None:
        wrapped = [
            wrap(
                epoch.cipher,
                secrets.token_bytes(32),
                context(
                    epoch.n, controller.hex, line.subject.hex, line.scope, version=line.version
                ),
            )
            for line in wanted
        ]
        columns: list[list[object]] = [list(column) for column in zip(*wanted, strict=True)]
        given = [*columns, wrapped] if is_next else [*columns[:2], wrapped]
        ids = [uuid7() for _ in wanted]
        rows(CREATE_NEXT if is_next else CREATE, [epoch.n, controller, ids, *given], using=ALIAS)

    _in_active_epoch(attempt)


def _in_active_epoch(attempt: Callable[[Epoch], None]) -> None:
    """Do something under the active epoch, again where it was swapped in between."""
    for _ in range(TRIES):
        try:
            return attempt(epochs.active())
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") != ANOTHER_EPOCH:
                raise
    raise KeyDestroyedError


def subject_keys(
    controller: UUID, subjects: Iterable[UUID], *, scopes: Iterable[Scope]
) -> dict[tuple[UUID, str], bytes]:
    """Return the newest root keys of `subjects` by (subject, scope), in one statement."""
    found = _living(controller, subjects, scopes=scopes)
    return {(subject, scope): key for (subject, scope, _version), key in found.items()}


def _living(
    controller: UUID, subjects: Iterable[UUID], *, scopes: Iterable[Scope]
) -> dict[tuple[UUID, str, int], bytes]:
    """Return all living versions of the root keys of `subjects`, the newest of each last."""
    wanted = [controller, list(subjects), [str(scope) for scope in scopes]]

    def attempt() -> dict[tuple[UUID, str, int], bytes]:
        return {
            (subject, scope, version): unwrap(
                epochs.cipher_of(n),
                wrapped,
                context(n, controller.hex, subject.hex, scope, version=version),
            )
            for subject, scope, version, n, wrapped in rows(SUBJECTS, wanted, using=ALIAS)
            if wrapped is not None
        }

    return _read(attempt)


def living_lines(controller: UUID, subjects: Iterable[UUID]) -> set[Line]:
    """Return which keys of `subjects` are alive, without opening one."""
    slots = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller, subject_id__in=list(subjects), destroyed_at__isnull=True
    )
    return {Line(*slot) for slot in slots.values_list("subject_id", "scope", "version")}


def _read(attempt: Callable[[], T]) -> T:
    """Read keys, again where their epoch ended meanwhile, or the keystore was restored."""
    for _ in range(TRIES):
        try:
            return attempt()
        except (KeyDestroyedError, UnsealError):
            epochs.forget()
    return attempt()


def opened(
    controller: UUID,
    subjects: Iterable[UUID],
    *,
    scopes: Iterable[Scope],
    categories: Iterable[str],
) -> dict[tuple[UUID, str, int], CategoryKeys]:
    """Return the keys of `categories` by (subject, scope, version), in one statement.

    All living versions, the newest of each subject and scope last. The root keys of the subjects
    do not leave this function: who has the keys of some categories can not make those of others.
    """
    return categorykeys.derived(_living(controller, subjects, scopes=scopes), categories)


def opened_and_named(
    controller: UUID,
    subjects: Iterable[UUID],
    *,
    scopes: Iterable[Scope],
    categories: Iterable[str],
    month: str,
) -> tuple[dict[tuple[UUID, str, int], CategoryKeys], dict[UUID, str]]:
    """Return what `opened` and `pseudonyms` return, both by the same statement."""
    living = _living(controller, subjects, scopes=[*scopes, Scope.AUDIT])
    own = {owner: key for owner, key in living.items() if owner[1] == Scope.AUDIT}
    found = categorykeys.derived({o: key for o, key in living.items() if o not in own}, categories)
    return found, {subject: pseudonym(key, month) for (subject, _s, _v), key in own.items()}


def versions(controller: UUID, subjects: Iterable[UUID]) -> dict[tuple[UUID, str], dict[int, bool]]:
    """Return, by subject and scope, which versions of a key there ever were, and which live."""
    slots = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller, subject_id__in=list(subjects)
    )
    found: dict[tuple[UUID, str], dict[int, bool]] = defaultdict(dict)
    for subject, scope, version, ended in slots.values_list(
        "subject_id", "scope", "version", "destroyed_at"
    ):
        found[subject, scope][version] = ended is None
    return dict(found)


def retire(controller: UUID, lines: Collection[Line], *, ending: datetime | None = None) -> int:
    """Note that nothing is sealed under old versions any more, or remove those noted long ago.

    Run by the owner of the keystore. A retired version opens what an older backup holds; it is
    no erasure, and no entry orders it. Returns how many were noted or removed.

    Arguments
    ---------
    ending : None to note; else those are removed of which it was noted before this moment

    Raises
    ------
    DatabaseError
        CU024: one of them is the newest of its scope
    """
    subjects, scopes, versions = (list(c) for c in zip(*lines, strict=True)) if lines else ([],) * 3
    ((count,),) = rows(RETIRE, [controller, subjects, scopes, versions, ending], using=ALIAS)
    return int(count)


def retired_lines(controller: UUID, subjects: Iterable[UUID], *, before: datetime) -> set[Line]:
    """Return which living keys of `subjects` were retired before a moment."""
    slots = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller,
        subject_id__in=list(subjects),
        destroyed_at__isnull=True,
        retired_at__lt=before,
    )
    return {Line(*slot) for slot in slots.values_list("subject_id", "scope", "version")}


def closed_scopes(controller: UUID, subject: UUID) -> set[str]:
    """Return the scopes in which `subject` has no key and can get none."""
    slots = SubjectKey.objects.using(ALIAS).filter(controller_id=controller, subject_id=subject)
    known, alive = (
        set(some.values_list("scope", flat=True))
        for some in (slots, slots.filter(destroyed_at__isnull=True))
    )
    return known - alive


def removed_at(controller: UUID, subject: UUID) -> datetime | None:
    """Return when the destroyed keys of `subject` left the tables, None while some may be there.

    The server's log of changes, and copies that nobody registered, are not looked into.
    """
    last = destroyed_at(controller, subject)
    return epochs.removed_at(last) if last else None


def destroyed_at(controller: UUID, subject: UUID) -> datetime | None:
    """Return when the last of the destroyed keys of `subject` was, None where none is."""
    slots = SubjectKey.objects.using(ALIAS).filter(controller_id=controller, subject_id=subject)
    last: datetime | None = slots.aggregate(last=Max("destroyed_at"))["last"]
    return last


def destroyed(controller: UUID) -> list[tuple[datetime, UUID | None]]:
    """Return when each key of people of a controller was destroyed, and by which audit entry.

    Without old versions that ended because their rows had been sealed under newer ones.
    """
    slots = SubjectKey.objects.using(ALIAS).filter(
        Q(retired_at__isnull=True) | Q(ordered_by__isnull=False),
        controller_id=controller,
        destroyed_at__isnull=False,
    )
    return [
        (at, entry)
        for at, entry in slots.order_by("destroyed_at", "id").values_list(
            "destroyed_at", "ordered_by"
        )
        if at is not None
    ]


def surviving_scopes(controller: UUID, subject: UUID) -> set[str]:
    """Return the scopes in which `subject` still has a key."""
    slots = SubjectKey.objects.using(ALIAS).filter(
        controller_id=controller, subject_id=subject, destroyed_at__isnull=True
    )
    return set(slots.values_list("scope", flat=True))


def controller_key(controller: UUID, use: str, *, create: bool = False) -> bytes:
    """Return the newest key of `controller` for `use`, made on first use when `create` is given.

    Raises
    ------
    KeyDestroyedError
        there is no such key and `create` is not given
    """
    found = controller_keys(controller, use, create=create)
    if not found:
        raise KeyDestroyedError
    return found[max(found)]


def controller_keys(controller: UUID, use: str, *, create: bool = False) -> dict[int, bytes]:
    """Return the keys of `controller` for `use` by version, the oldest first, no retired ones.

    The first is made on first use when `create` is given.
    """

    def attempt() -> dict[int, bytes]:
        return {
            version: unwrap(
                epochs.cipher_of(n), wrapped, context(n, controller.hex, use, version=version)
            )
            for version, n, wrapped in rows(CONTROLLERS, [controller, use], using=ALIAS)
        }

    found = _read(attempt)
    if not found and create:
        store_controller_key(controller, use, secrets.token_bytes(32))
        found = _read(attempt)
    return found


def store_controller_key(controller: UUID, use: str, key: bytes) -> None:
    """Keep and commit a first key of `controller` for `use`, unless there ever was one."""

    def attempt(epoch: Epoch) -> None:
        wrapped = wrap(epoch.cipher, key, context(epoch.n, controller.hex, use))
        rows(CREATE_FOR_CONTROLLER, [epoch.n, controller, uuid7(), use, wrapped], using=ALIAS)

    _in_active_epoch(attempt)


def create_next_controller_key(controller: UUID, use: str, *, above: int) -> None:
    """Create and commit the version above one that is alive, unless there ever was one."""

    def attempt(epoch: Epoch) -> None:
        bound = context(epoch.n, controller.hex, use, version=above + 1)
        wrapped = wrap(epoch.cipher, secrets.token_bytes(32), bound)
        given = [epoch.n, controller, uuid7(), use, above + 1, wrapped]
        rows(CREATE_NEXT_FOR_CONTROLLER, given, using=ALIAS)

    _in_active_epoch(attempt)


def controller_versions(controller: UUID, use: str) -> dict[int, datetime | None]:
    """Return which versions of a key of `controller` are alive, and when each was retired."""
    slots = ControllerKey.objects.using(ALIAS).filter(
        controller_id=controller, use=use, destroyed_at__isnull=True
    )
    return dict(slots.order_by("version").values_list("version", "retired_at"))


def retire_controller_key(
    controller: UUID, use: str, version: int, *, ending: datetime | None = None
) -> bool:
    """Take an old version out of use, or remove one that was taken out before `ending`.

    Run by the owner of the keystore. Returns whether something was done.

    Raises
    ------
    DatabaseError
        CU024: it is the newest
    """
    ((count,),) = rows(RETIRE_OF_CONTROLLER, [controller, use, version, ending], using=ALIAS)
    return bool(count)


def destroy_controller_key(controller: UUID, use: str) -> None:
    """Destroy a key of a controller: an import's, thirty days after it. Repeating is harmless."""
    rows(DESTROY_OF_CONTROLLER, [controller, use], using=ALIAS)


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
