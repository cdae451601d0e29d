"""What is told about a case: written by a worker, found by hash, opened with the person's code.

Follows docs/spec/public-portal.md, section 3. The worker seals the standing of a case to the key
of its code and renews it when the case has changed. The page asks for it as its own database
role, which can call one function and see no table (`ASK`). Who is unknown to us has a case and
a document like everybody else, of the same size.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import connections
from django.db.models import Q
from django.utils import timezone

from dsar import clock, sealing
from dsar.case import address
from dsar.case.code import CaseKey, key_of
from dsar.errors import CaseNotFoundError
from dsar.models import (
    AddressCheck,
    CaseDocument,
    CasePackage,
    Correspondence,
    SubjectRequest,
)
from dsar.signs import signs_of
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access

INFO = b"custode/case/v1/status"
ROLE = "case"
CLOSED = "closed"
KEPT = timedelta(days=30)  # after the last change of an answered case
SIZE = 4096  # a document is as long as a multiple of it
SHOWN = frozenset(
    {
        "answer", "refusal", "restriction_lifting", "extension", "question_identity",
        "question_scope", "incoming",
    }
)  # fmt: skip
"""Letters of which the case tells. That with the code for the address is none of them, for whoever
has the case could enter it."""
ASK = """
CREATE SCHEMA IF NOT EXISTS portal;
CREATE OR REPLACE FUNCTION portal.case_document(company uuid, wanted bytea, today date)
RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.blob FROM dsar_casedocument AS d
    WHERE d.controller_id = company AND d.digest = wanted AND d.expires_on >= today
$$;
REVOKE ALL ON FUNCTION portal.case_document(uuid, bytea, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION portal.case_document(uuid, bytea, date) FROM custode_portal;
GRANT USAGE ON SCHEMA portal TO custode_case;
GRANT EXECUTE ON FUNCTION portal.case_document(uuid, bytea, date) TO custode_case;
"""
FIND = "SELECT portal.case_document(%s, %s, %s)"

DECIDED = frozenset({"answer", "refusal"})
"""What counts as it is written; a question or an extension does so when it has left."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, in dates and words of closed lists; days are ISO 8601.

    Attributes
    ----------
    extended_to, identified_on, waiting_since, closed_on : empty where it did not happen
    waiting_since : the day of a question of ours that has no answer yet; the time stands still
    state : of the request; `identified` too once the address is shown to be theirs, and
        `closed` for every end of a case of which nobody has shown whose it is: it tells nothing
    has_tries : whether a code for the address can be entered; that it was mailed is not told, since
        one address has one mail a day, and whoever asks would learn that somebody else did
    confirmed_on : the day the address was shown to be theirs
    downloads : how often the copy can still be downloaded, until the end of `offered_until`
    linked : references of what was asked for together with it; the same code opens them
    letters : what went to and came from the person, oldest first: `kind` and the day `on`; with
        `subject_line` and `body`, in `language`, once somebody has shown whose the case is
    """

    right: str
    state: str
    language: str
    received_on: str
    due_on: str
    extended_to: str = ""
    identified_on: str = ""
    waiting_since: str = ""
    closed_on: str = ""
    has_tries: bool = False
    confirmed_on: str = ""
    downloads: int = 0
    offered_until: str = ""
    linked: list[str] = field(default_factory=list)
    letters: list[dict[str, str]] = field(default_factory=list)


KNOWN = frozenset(one.name for one in fields(Standing))


# At the worker


def begin(request: SubjectRequest, digest: bytes, public: bytes, *, now: datetime) -> None:
    """Give a request its document; repeating it changes nothing."""
    CaseDocument.objects.get_or_create(
        controller_id=request.controller_id,
        request=request.pk,
        defaults={
            "digest": digest, "public": public, "expires_on": timezone.localdate(now) + KEPT,
        },
    )  # fmt: skip
    renew(request.controller_id, only=[request.pk], now=now)


def renew(controller: UUID, *, only: Iterable[UUID] | None = None, now: datetime) -> int:
    """Seal anew the documents of cases that have changed; return how many.

    A sealed value is read only for a case that has changed. A document whose request is gone,
    or whose person was erased, is removed.
    """
    rows = CaseDocument.objects.filter(controller=controller)
    if only is not None:
        rows = rows.filter(request__in=only)
    if not rows.exists():
        return 0
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        documents = {row.request: row for row in rows.select_for_update()}
        found = access.rows(SubjectRequest).select_related("controller")
        cases = found.prefetch_related("packages__case_package").filter(pk__in=documents)
        around = _Around.of(access, list(cases))
        changed = [_renewed(documents.pop(c.pk), c, around, now=now) for c in cases]
        rows.filter(pk__in=[row.pk for row in documents.values()]).delete()
    return sum(changed)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands beside cases: by request or family, read at once for all of them."""

    checks: dict[UUID, AddressCheck]
    letters: dict[UUID, list[Correspondence]]
    families: dict[UUID, list[SubjectRequest]]

    @classmethod
    def of(cls, access: Access, cases: list[SubjectRequest]) -> "_Around":
        firsts = {_first(case) for case in cases}
        checks = access.rows(AddressCheck).filter(request__in=firsts)
        letters: dict[UUID, list[Correspondence]] = {}
        rows = access.rows(Correspondence).filter(request__in=cases, kind__in=SHOWN)
        counts = Q(sent_at__isnull=False) | Q(kind__in=DECIDED)
        for letter in rows.filter(counts).order_by("written_at", "pk"):
            letters.setdefault(letter.request_id, []).append(letter)
        families: dict[UUID, list[SubjectRequest]] = {}
        for member in access.rows(SubjectRequest).filter(family__in=firsts).order_by("pk"):
            families.setdefault(_first(member), []).append(member)
        return cls({check.request_id: check for check in checks}, letters, families)


def _first(case: SubjectRequest) -> UUID:
    """Return the request whose address was asked for all that were sent together."""
    first: UUID = case.family or case.pk
    return first


def remove_expired(controller: UUID, *, now: datetime) -> int:
    """Remove documents whose time is over; return how many."""
    old = CaseDocument.objects.filter(controller=controller, expires_on__lt=timezone.localdate(now))
    return old.delete()[0]


def _renewed(row: CaseDocument, case: SubjectRequest, around: _Around, *, now: datetime) -> bool:
    """Seal the standing of a case if it changed; an open case keeps its document alive."""
    letters = around.letters.get(case.pk, [])
    standing = _standing(case, around, now)
    told = sha256(json.dumps(asdict(standing)).encode()).hexdigest()
    if told == row.told:
        if case.closed_on is None and row.expires_on < timezone.localdate(now) + KEPT:
            row.expires_on = timezone.localdate(now) + KEPT
            row.save(update_fields=["expires_on"])
        return False
    try:
        said = (
            replace(standing, letters=_told_letters(letters))
            if standing.identified_on
            else standing
        )
    except KeyDestroyedError:  # the person was erased, and this goes with them
        row.delete()
        return False
    plain = json.dumps(asdict(said), ensure_ascii=False).encode()
    padded = plain + b" " * (-len(plain) % SIZE)
    row.blob = sealing.seal(
        bytes(row.public), padded, bound=_bound(case.controller_id, case.reference), info=INFO
    )
    row.told, row.expires_on = told, timezone.localdate(now) + KEPT
    row.save(update_fields=["blob", "told", "expires_on"])
    return True


def _listed(letter: Correspondence) -> dict[str, str]:
    on = timezone.localdate(letter.sent_at or letter.written_at).isoformat()
    return {"kind": letter.kind, "on": on}


def _told_letters(letters: list[Correspondence]) -> list[dict[str, str]]:
    return [
        _listed(one) | {"subject_line": one.subject_line or "", "body": one.body or ""}
        for one in letters
    ]


def _copy_of(case: SubjectRequest, now: datetime) -> CasePackage | None:
    copies = [getattr(package, "case_package", None) for package in case.packages.all()]
    return next((c for c in copies if c and c.downloads_left and c.expires_at > now), None)


def _standing(case: SubjectRequest, around: _Around, now: datetime) -> Standing:
    """Return how a case stands, without anything that is sealed."""

    def day(at: datetime | None) -> str:
        return timezone.localdate(at).isoformat() if at else ""

    check, copy = around.checks.get(_first(case)), _copy_of(case, now)
    shown_at = check.confirmed_at if check else None
    is_shown = bool(shown_at or case.identified_at)
    state = case.state
    if case.closed_at and not is_shown:
        state = CLOSED
    elif state == "received" and is_shown:
        state = "identified"
    return Standing(
        right=case.right,
        state=state,
        language=case.language,
        received_on=case.received_on.isoformat(),
        due_on=clock.deadline_of(case).binding_on.isoformat(),
        extended_to=case.extended_to.isoformat() if case.extended_to else "",
        identified_on=day(shown_at or case.identified_at),
        waiting_since=case.paused_since.isoformat() if case.paused_since else "",
        closed_on=day(case.closed_at),
        has_tries=check is not None and address.is_awaited(check, case, now),
        confirmed_on=day(shown_at),
        downloads=copy.downloads_left if copy else 0,
        offered_until=day(copy.expires_at) if copy else "",
        linked=[m.reference for m in around.families.get(_first(case), []) if m.pk != case.pk],
        letters=[_listed(one) for one in around.letters.get(case.pk, [])],
    )


def _bound(controller: UUID, reference: str) -> bytes:
    return f"{INFO.decode()}|{controller.hex}|{signs_of(reference)}".encode()


# At the page


def standing(controller: UUID, reference: str, code: str, *, now: datetime) -> Standing:
    """Return how a case stands, to whoever has its reference and its code.

    Raises
    ------
    CaseNotFoundError
        a wrong code, a wrong reference, not filed yet, or over; which of them is not told
    """
    key: CaseKey = key_of(reference, code)
    with connections[ROLE].cursor() as cursor:
        cursor.execute(FIND, [controller, key.digest, timezone.localdate(now)])
        (blob,) = cursor.fetchone()
    if not blob:
        raise CaseNotFoundError
    bound = _bound(controller, reference)
    try:
        plain = sealing.unseal(key.private, bytes(blob), bound=bound, info=INFO)
    except UnsealError:  # somebody changed or moved it in the database
        raise CaseNotFoundError from None
    # What a release before this one said besides is no word of ours any more.
    return Standing(**{name: said for name, said in json.loads(plain).items() if name in KNOWN})


def standings(
    controller: UUID, reference: str, code: str, *, now: datetime
) -> list[tuple[str, Standing]]:
    """Return a case and those it was sent together with, each with its reference.

    Raises
    ------
    CaseNotFoundError
        as `standing`; of the others those are left out that are over
    """
    found = [(reference, standing(controller, reference, code, now=now))]
    for other in found[0][1].linked:
        with suppress(CaseNotFoundError):
            found.append((other, standing(controller, other, code, now=now)))
    return found


def apply(using: str = "default") -> None:
    """Let the public page's role ask for the document of a hash; by the owner, after migrating."""
    with connections[using].cursor() as cursor:
        cursor.execute(ASK)
