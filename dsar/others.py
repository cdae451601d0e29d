"""Other people in an answer: what is proposed, and what somebody decides (Art. 15(4), 20(4)).

Follows docs/spec/redaction.md. A decision is about a text as it stands; a text that changed, or in
which something new is found, is read again before the copy is made.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from audit import log
from audit.actions import Action
from dsar import access_right, answers, portability_right, requests
from dsar.errors import RequestStateError, TextChangedError, WordsNotFoundError
from dsar.gathering import Gathered, Group
from dsar.models import SubjectRequest
from dsar.redaction import copy, readings
from dsar.redaction.copy import Look, Looked
from dsar.redaction.passages import Passage, Verdict, merged, places
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty, Right
from registry.discovery.mentions import Kind
from registry.gate import opening as gate
from registry.gate.access import Access

RIGHTS = (Right.ACCESS, Right.PORTABILITY)
"""The rights whose answer is a copy."""


@dataclass(frozen=True)
class Read:
    """What a member of staff decided of one text, named by its key."""

    key: str
    passages: tuple[Passage, ...]


def look(access: Access, request: SubjectRequest) -> Look:
    """Return the texts of the copy that would be made now, in an access to its person alone."""
    gathered, groups = _copied(access, request)
    return copy.look(access, request, gathered, groups)


def with_passages(
    request: SubjectRequest, look: Look, said: Mapping[str, Sequence[Passage]]
) -> Look:
    """Return the texts as they would be if `said` were decided, by the key of each."""
    texts = tuple(
        replace(one, passages=_with_unseen(one, said[one.text.key]))
        if one.text.key in said else one
        for one in look.texts
    )  # fmt: skip
    return Look(texts, copy.people_of(request.controller, texts))


def _copied(access: Access, request: SubjectRequest) -> tuple[Gathered, Sequence[Group]]:
    if request.right == Right.PORTABILITY:
        return portability_right.copied(access, request)
    held, shown = access_right.copied(access, request)
    return held, shown.groups


def decide(request_id: UUID, said: Sequence[Read], *, by: Actor, now: datetime) -> int:
    """Keep what was decided of texts that a person read; return how many still wait.

    What the machine finds now and the decision does not cover is hidden.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    TextChangedError
        one of the texts is not in the copy any more, or a place is not in its text
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = taken_up(access, request_id)
        texts = {one.text.key: one for one in look(access, request).texts}
        done = [_decided(texts, read) for read in said]
        for one, passages in done:
            readings.keep(access, request, one.text, passages)
        _record(access, request, done)
        waiting = {key for key, one in texts.items() if one.waits}
    return len(waiting - {one.text.key for one, _passages in done})


def taken_up(access: Access, request_id: UUID) -> SubjectRequest:
    """Return an open request whose answer is a copy; the access is for its person alone.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    request = requests.alone(access, request_id, states=requests.OPEN_STATES)
    if request.right not in RIGHTS:
        raise RequestStateError(right=request.right)
    answers.may_be_answered(access, request, Right(request.right))
    return request


def _decided(texts: dict[str, Looked], read: Read) -> tuple[Looked, list[Passage]]:
    one = texts.get(read.key)
    if one is None:
        raise TextChangedError
    length = len(one.text.value)
    if not all(0 <= p.start < p.end <= length for p in read.passages):
        raise TextChangedError
    return one, [*_with_unseen(one, read.passages)]


def _with_unseen(one: Looked, said: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return what was decided, and hide what the text has besides."""
    new = [p for p in one.passages if not any(known.covers(p) for known in said)]
    return tuple(merged(said, [replace(p, verdict=Verdict.HIDDEN) for p in new]))


def by_hand(text: str, words: str, *, kind: Kind) -> list[Passage]:
    """Return the passages that hide words wherever they stand in a text.

    Raises
    ------
    WordsNotFoundError
    """
    found = places(text, words)
    if not found:
        raise WordsNotFoundError
    return [Passage(start, end, kind) for start, end in found]


def _record(
    access: Access, request: SubjectRequest, done: Sequence[tuple[Looked, list[Passage]]]
) -> None:
    """Write how many passages are hidden, and how many shown for which reason; no value."""
    verdicts = Counter(p.verdict for _one, passages in done for p in passages)
    event = log.Event(
        action=Action.OTHERS_REVIEWED,
        purpose=requests.PURPOSE,
        subjects=(request.subject_id,),
        object_type="request",
        object_id=request.pk,
        fields=tuple(sorted({f"{one.text.record}.{one.text.field}" for one, _p in done})),
        counts={"texts": len(done), **{str(verdict): n for verdict, n in verdicts.items()}},
    )
    log.record(access.actor, event, now=access.now)
