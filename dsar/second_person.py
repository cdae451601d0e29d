"""What follows when another person decides a proposed refusal (`dsar.proposals`)."""

from datetime import datetime
from uuid import UUID

from dsar import drafts, objection_right, proposals, requests
from dsar.errors import NothingToLeaveOutError, RefusalIncompleteError
from dsar.models import Proposal
from governance.policy import refusals
from governance.policy.actors import Actor
from governance.policy.refusals import RefusalGround
from governance.policy.vocabulary import Duty, Right
from registry.datamap import data_map
from registry.gate import opening as gate


def propose_part(
    request_id: UUID,
    *,
    record: str,
    field: str = "",
    ground: str,
    reasons: str,
    by: Actor,
    now: datetime,
    draft: str = "",
) -> Proposal:
    """Propose to leave one kind of record, or a field of it, out (Art. 12(4), 15(4), 20(4)).

    Raises
    ------
    RefusalIncompleteError
        not a ground of the law for a part, no such record or field, or no reasons in words
    NothingToLeaveOutError
        the answer to this right hands nothing over
    DraftUnfinishedError
    RequestNotFoundError, RequestStateError, ProposalOpenError, SecondPersonError
    """
    reasons = drafts.finished(reasons)
    if not _is_shown(record, field) or not reasons.strip():
        raise RefusalIncompleteError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        grounds = refusals.of_a_part(Right(request.right))
        if not grounds:
            raise NothingToLeaveOutError
        if ground not in grounds:
            raise RefusalIncompleteError
        return proposals.propose(
            access, request, act="refuse_part", ground=ground, words=reasons, record=record,
            field=field, draft=draft,
        )  # fmt: skip


def _is_shown(record: str, field: str) -> bool:
    """Whether an answer lists a kind of record, and of it a field about the person."""
    holdings = {holding.model: holding for holding in data_map().answered()}
    return record in holdings and (not field or field in holdings[record].personal())


def decide(proposal_id: UUID, *, accept: bool, by: Actor, now: datetime) -> Proposal:
    """Accept or reject a proposal; one accepted to refuse a request refuses it, with its letter.

    Raises
    ------
    ProposalNotFoundError, SecondPersonError, RequestStateError
    """
    with gate.duty(by, Duty.ANSWERING, reference=proposal_id, now=now) as access:
        proposal = proposals.decide(access, proposal_id, accept=accept)
        request = requests.alone(access, proposal.request_id, states=requests.OPEN_STATES)
        if accept and proposal.act == "refuse":
            if proposal.ground == RefusalGround.COMPELLING_GROUNDS:
                objection_right.overrule(access, request)
            requests.refuse_now(
                access, request, ground=proposal.ground, reasons=proposal.words or "",
                draft=proposal.draft,
            )  # fmt: skip
    return proposal
