"""Refusals that need a second person: what one proposes, and what another decides.

Two kinds: a refusal on a ground that judges the person (`refusals.NEED_TWO`), and a refusal in
part, by which one kind of record, or one field of it, is left out of an answer. Nothing changes for
the person before the decision, and the clock does not wait for it.
"""

from uuid import UUID

from django.db.models import QuerySet

from audit import log
from audit.actions import Action
from dsar.errors import ProposalNotFoundError, ProposalOpenError, SecondPersonError
from dsar.models import Proposal, SubjectRequest
from governance.crypto.ids import uuid7
from registry.gate.access import Access

PURPOSE = "duty:answering"


def propose(
    access: Access,
    request: SubjectRequest,
    *,
    act: str,
    ground: str,
    words: str,
    record: str = "",
    field: str = "",
    draft: str = "",
) -> Proposal:
    """Write a proposal, for somebody else to decide.

    Raises
    ------
    SecondPersonError
        a machine has nobody beside it
    ProposalOpenError
        the same waits for a decision already
    """
    if access.actor.staff is None:
        raise SecondPersonError
    if open_of(access, request).filter(act=act, record=record, field=field).exists():
        raise ProposalOpenError
    proposal = Proposal(
        id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
        request=request, act=act, ground=ground, record=record, field=field,
        draft=draft, collected_at=access.now, proposed_by_id=access.actor.staff,
        proposed_at=access.now,
    )  # fmt: skip
    proposal.words = words.strip()
    proposal.save()
    _record(access, Action.REFUSAL_PROPOSED, proposal, reason=ground)
    return proposal


def decide(access: Access, proposal_id: UUID, *, accept: bool) -> Proposal:
    """Accept or reject what somebody else proposed; what follows is the caller's.

    Raises
    ------
    ProposalNotFoundError
        there is none that waits
    SecondPersonError
        it is their own
    """
    rows = access.rows(Proposal).select_for_update(of=("self",)).select_related("request")
    proposal = rows.filter(pk=proposal_id, decided_at__isnull=True).first()
    if proposal is None:
        raise ProposalNotFoundError
    if access.actor.staff in (None, proposal.proposed_by_id):
        raise SecondPersonError
    proposal.decided_by_id, proposal.decided_at = access.actor.staff, access.now
    proposal.is_accepted = accept
    proposal.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    _record(access, Action.REFUSAL_DECIDED, proposal, reason="accepted" if accept else "rejected")
    return proposal


def open_of(access: Access, request: SubjectRequest) -> QuerySet[Proposal, Proposal]:
    """Return what waits for a second person."""
    return access.rows(Proposal).filter(request=request, decided_at__isnull=True)


def refused_parts(access: Access, request: SubjectRequest) -> list[Proposal]:
    """Return the records and fields that an answer leaves out, each with ground and reasons."""
    rows = access.rows(Proposal).filter(request=request, act="refuse_part", is_accepted=True)
    return list(rows.order_by("record", "field"))


def _record(access: Access, action: Action, proposal: Proposal, *, reason: str) -> None:
    event = log.Event(
        action=action,
        purpose=PURPOSE,
        subjects=(proposal.subject_id,),
        object_type="request",
        object_id=proposal.request_id,
        reason=reason,
    )
    log.record(access.actor, event, now=access.now)
