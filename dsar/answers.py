"""The answer to a request: written in the person's language, sent, and the request closed.

Each right has a template `dsar/answers/<right>.txt`. Complaint and judicial remedy are part of
every answer (Art. 12(4), 77, 79). An answer names what was done and no value: whoever reads the
mailbox learns as little as can be.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from audit.actions import Action
from dsar import correspondence, labels, ladder, letter, proposals, requests
from dsar.errors import (
    ProposalOpenError,
    RequestStateError,
    SeveralPeopleError,
)
from dsar.models import Proposal, SubjectRequest
from governance.policy.identity import ACT_OF
from governance.policy.refusals import THROUGH_THE_GARANTE
from governance.policy.vocabulary import Right
from registry.datamap import data_map
from registry.gate.access import Access
from registry.labels import titled


def give(
    access: Access,
    request: SubjectRequest,
    facts: Callable[[], dict[str, Any]] = dict,
    *,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Close the request, write the answer and post it.

    Arguments
    ---------
    facts : what the template of the right tells, made while its language is active
    counts : figures for the entry of the log

    Raises
    ------
    ProposalOpenError
        a refusal, whole or in part, waits for a second person
    """
    if proposals.open_of(access, request).exists():
        raise ProposalOpenError
    # Closed first: of its own file the answer tells until when it is kept.
    requests.close(request, "fulfilled", by=access.actor, now=access.now)
    refused = proposals.refused_parts(access, request)
    with translation.override(request.language):
        parts = [_part(part) for part in refused]
        is_limited = any(part["is_limited_by_law"] for part in parts)
        request.decision = render_to_string(
            f"dsar/answers/{request.right}.txt",
            {"request": request, "parts": parts, "is_limited_by_law": is_limited, **facts()},
        )
    correspondence.post(
        access, request, kind="answer", subject_line=letter.subject_line(request),
        body=request.decision, draft=" ".join(dict.fromkeys(p.draft for p in refused if p.draft)),
    )  # fmt: skip
    request.save(update_fields=[*request.pending])
    requests.record(
        access, Action.REQUEST_ANSWERED, request, reason=request.right, counts=counts or {}
    )


def _part(part: Proposal) -> dict[str, Any]:
    """Return what is left out, on which ground and why, in the language that is active."""
    title = title_of(part.record)
    return {
        "title": f"{title}, {labels.word(labels.FIELDS, part.field)}" if part.field else title,
        "words": part.words,
        "ground": labels.word(labels.GROUNDS, part.ground),
        "is_limited_by_law": part.ground in THROUGH_THE_GARANTE,
    }


def taken_up(access: Access, request_id: Any, right: Right) -> SubjectRequest:
    """Return an open request for `right` whose person is known; the access is for them alone.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    """
    request = requests.alone(access, request_id, states=requests.OPEN_STATES)
    may_be_answered(access, request, right)
    return request


def may_be_answered(access: Access, request: SubjectRequest, right: Right) -> None:
    """Raise unless a request for `right` may be answered: whose it is must be known.

    Decided anew by what is known now, whatever was decided before. Where nothing is held there is
    nothing that could reach the wrong person.
    """
    if request.right != right:
        raise RequestStateError(right=request.right)
    if request.identity == requests.AMBIGUOUS:
        raise SeveralPeopleError
    ladder.require(access, request, ACT_OF[right])


def title_of(record: str) -> str:
    """Return what a person is told a kind of record is, in the language that is active."""
    for holding in data_map():
        if holding.model == record:
            return titled(holding.title_it, holding.title_en)
    return record
