"""Two files of one person: proposed by likeness, merged by somebody, undone by somebody.

Follows docs/spec/merging.md. Rows, keys and pseudonyms stay where they are; a merge says that two
files are one person's, and carries what stops a use from each to the other. Undoing it takes that
back and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.crypto.ids import uuid7
from governance.policy.consents import ASKING, IN_FORCE, Mechanism
from governance.policy.errors import GovernanceError
from governance.policy.matching import Likeness, compare
from governance.policy.vocabulary import Anchor, Channel, ConsentState, RecordClass
from registry import consent, one_person, resembling
from registry.consent import Evidence, Said
from registry.datamap import data_map
from registry.gate.access import Access
from registry.gate.errors import SubjectNotAdmittedError
from registry.models import (
    ConsentStanding,
    DataSubject,
    Merge,
    Objection,
    Restriction,
    Staff,
    SubjectRow,
)
from registry.resembling import MOST

DECIDED: tuple[str, ...] = ("state", "decided_at", "decided_by", "words")
ENDED: tuple[str, ...] = ("state", "ended_at", "ended_by", "ended_words")


class MergeNotFoundError(GovernanceError):
    """No such pair, or one of the two may not be used for this purpose."""

    code = "merge_not_found"
    status = 404
    message = _("There is no such proposal for people you may see under this purpose.")
    advice = _("Search for duplicates of the person again.")


class MergeStateError(GovernanceError):
    """The pair is not in a state in which this can be done."""

    code = "merge_state"
    status = 409
    message = _("This was decided already, or one of the two records now follows another one.")
    advice = _("Search again, from the record that leads.")


class PersonUnderRequestError(GovernanceError):
    """Something about one of the two is pending, and nobody changes meanwhile whose data it is."""

    code = "merge_while_pending"
    article = "12(6)"
    status = 409
    message = _("A request, a restriction or a hold about one of the two people is open.")
    advice = _(
        "Merge or part them when it is closed: it was made, and is answered, for one record."
    )


class MergeReasonMissingError(GovernanceError):
    """A decision about a person without a reason."""

    code = "merge_reason_missing"
    article = "5(2)"
    message = _("Say in words why these are, or are not, the same person.")
    advice = _("Name what you compared, or whom you asked.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for duplicates came to.

    Attributes
    ----------
    compared : with how many people
    is_all : whether nobody who shares anything was left out
    """

    proposed: tuple[UUID, ...]
    compared: int
    is_all: bool


def propose(access: Access, subject: UUID) -> Found:
    """Compare a person with the candidates of the access, and propose those worth asking about.

    The access was opened for `resembling.candidates(subject)`.

    Raises
    ------
    SubjectNotAdmittedError
        the person themselves may not be used for this purpose
    """
    people = access.admitted or set()
    if subject not in people:
        raise SubjectNotAdmittedError
    cards = resembling.cards(access, people)
    likeness = {
        other: compare(cards[subject], card) for other, card in cards.items() if other != subject
    }
    worth = {other: like for other, like in likeness.items() if like.is_worth_asking}
    pairs = [_propose(access, subject, other, like) for other, like in worth.items()]
    return Found(tuple(pairs), len(likeness), is_all=len(people) <= MOST)


def _propose(access: Access, subject: UUID, other: UUID, like: Likeness) -> UUID:
    pair, (first, _second) = uuid7(), sorted((subject, other))
    Merge.objects.bulk_create(
        Merge(
            controller_id=access.controller, subject_id=mine, other=theirs, pair=pair,
            likeness=like.score, reasons=list(like.reasons), is_leading=mine == first,
            collected_at=access.now,
        )
        for mine, theirs in ((subject, other), (other, subject))
    )  # fmt: skip
    return pair


def merge(access: Access, pair: UUID, *, purpose: str, by: Staff, words: str) -> UUID:
    """Decide that the two are one person; return the file that leads, the older one.

    The most restrictive word of each about every purpose and channel stands for both from now on.

    Raises
    ------
    MergeNotFoundError, MergeStateError, PersonUnderRequestError, MergeReasonMissingError
    """
    rows = _rows(access, pair, state="proposed", then="merged", words=words)
    both = {row.subject_id for row in rows}
    if rows[0].state == "merged":
        return next(row.subject_id for row in rows if row.is_leading)
    if DataSubject.objects.filter(pk__in=one_person.following()).filter(pk__in=both).exists():
        raise MergeStateError
    one_person.reach(access, both)
    people = one_person.together(both)
    _require_settled(people, access.now)
    _carry(access, people, pair)
    for row in rows:
        row.state, row.decided_at, row.decided_by, row.words = "merged", access.now, by, words
        row.save(update_fields=DECIDED)
    one_person.regroup(people)
    _record(access, Action.PEOPLE_MERGED, pair, purpose, both)
    return next(row.subject_id for row in rows if row.is_leading)


def refuse(access: Access, pair: UUID, *, by: Staff, words: str) -> None:
    """Decide that the two are not one person; they are not proposed again.

    Raises
    ------
    MergeNotFoundError, MergeStateError, MergeReasonMissingError
    """
    for row in _rows(access, pair, state="proposed", then="refused", words=words):
        if row.state == "refused":
            return
        row.state, row.decided_at, row.decided_by, row.words = "refused", access.now, by, words
        row.save(update_fields=DECIDED)


def undo(access: Access, pair: UUID, *, purpose: str, by: Staff, words: str) -> dict[UUID, int]:
    """Part two files again; return how many rows came to each since they were merged.

    What was carried over goes. What was said meanwhile stays with both: it was said by whoever had
    the merged file, and to use less is the safe side.

    Raises
    ------
    MergeNotFoundError, MergeStateError, PersonUnderRequestError, MergeReasonMissingError
    """
    rows = _rows(access, pair, state="merged", then="undone", words=words)
    both = {row.subject_id for row in rows}
    since = rows[0].decided_at or access.now
    if rows[0].state == "undone":
        return {file: _rows_since(file, since) for file in sorted(both)}
    one_person.reach(access, both)
    people = one_person.together(both)
    _require_settled(people, access.now)
    consent.take_back(access, pair, what="merge")
    for row in rows:
        row.state, row.ended_at, row.ended_by, row.ended_words = "undone", access.now, by, words
        row.save(update_fields=ENDED)
    one_person.regroup(people)
    _record(access, Action.PEOPLE_PARTED, pair, purpose, both)
    return {file: _rows_since(file, since) for file in sorted(both)}


def _rows(access: Access, pair: UUID, *, state: str, then: str, words: str) -> list[Merge]:
    """Return both rows of a pair, locked, if the access is for both people.

    In `state`, or where the same was decided before, in the state `then`: saying it twice is no
    mistake.
    """
    if not words.strip():
        raise MergeReasonMissingError
    rows = list(access.rows(Merge).select_for_update(of=("self",)).filter(pair=pair).order_by("pk"))
    if len(rows) != len({"one", "other"}):
        raise MergeNotFoundError
    if any(row.state not in {state, then} for row in rows):
        raise MergeStateError
    return rows


def of_pair(pair: UUID) -> QuerySet[Any, Any]:
    """Return the two people of a pair, to be evaluated in the access that decides."""
    return Merge.objects.filter(pair=pair).order_by().values_list("subject_id", flat=True)


def _require_settled(people: set[UUID], now: datetime) -> None:
    """Refuse while anything is pending about one of them: files of requests, holds, restrictions.

    Which tables are such files, and when one is closed, the data map says.
    """
    standing = Q(lifted_at__isnull=True) | Q(lifted_at__gt=now)
    pending = Restriction.objects.filter(standing, subject__in=people).exists()
    for holding in data_map().about_people():
        closed_on = holding.anchors.get(Anchor.REQUEST_CLOSED)
        if holding.record_class is RecordClass.REQUEST_FILE and closed_on:
            open_files = {f"{closed_on}__isnull": True, f"{holding.subject}__in": people}
            rows = holding.model_class._base_manager.filter(**open_files)
            pending = pending or rows.exists()
    if pending:
        raise PersonUnderRequestError


def _carry(access: Access, people: set[UUID], pair: UUID) -> None:
    """Give every file what stops a use in any of them, marked so that it can be taken back."""
    _carry_consents(access, people, pair)
    standing = Objection.objects.filter(subject__in=people, overruled_at__isnull=True)
    held = {(o.subject_id, o.purpose_id, o.to_marketing, o.channel) for o in standing}
    new = [
        Objection(
            controller_id=access.controller, subject_id=person, purpose_id=purpose,
            to_marketing=to_marketing, channel=channel, at=access.now, merge=pair,
            collected_at=access.now,
        )
        for purpose, to_marketing, channel in {(p, m, c) for _, p, m, c in held}
        for person in sorted(people)
        if (person, purpose, to_marketing, channel) not in held
    ]  # fmt: skip
    Objection.objects.bulk_create(new)


def _carry_consents(access: Access, people: set[UUID], pair: UUID) -> None:
    today = timezone.localdate(access.now)
    standing = ConsentStanding.objects.filter(subject__in=people).select_related("purpose")
    stops: dict[tuple[UUID, str], ConsentStanding] = {}
    stopped: set[tuple[UUID, UUID, str]] = set()
    for row in standing.order_by("since", "pk"):
        is_over = row.expires_on is not None and row.expires_on < today
        if row.state in IN_FORCE | ASKING and not is_over:
            continue
        stops[row.purpose_id, row.channel] = row
        stopped.add((row.subject_id, row.purpose_id, row.channel))
    said = [
        Said(person, row.purpose, Channel(row.channel), _stopping(row))
        for (purpose, channel), row in stops.items()
        for person in sorted(people)
        if (person, purpose, channel) not in stopped
    ]
    if said:
        how = Evidence(access.now, Mechanism.MERGE, unproven=pair)
        consent.record_all(access, said, how)
        consent.prove(pair)  # nobody's identity is waited for: the mark stays in the ledger


def _stopping(row: ConsentStanding) -> ConsentState:
    state = ConsentState(row.state)
    return ConsentState.EXPIRED if state in IN_FORCE else state


def _rows_since(file: UUID, since: datetime) -> int:
    """Return how many rows about a file were collected since a moment, in all tables."""
    return sum(
        holding.model_class._base_manager.filter(
            **{holding.subject: file}, collected_at__gt=since
        ).count()
        for holding in data_map().answered()
        if issubclass(holding.model_class, SubjectRow)
    )


def _record(access: Access, action: Action, pair: UUID, purpose: str, both: set[UUID]) -> None:
    event = log.Event(
        action=action, purpose=purpose, subjects=tuple(sorted(both)),
        object_type="merge", object_id=pair,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
