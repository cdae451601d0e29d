"""What follows when another person decides a proposed refusal (`dsar.proposals`)."""

from datetime import datetime
from uuid import UUID

from dsar import objection_right, proposals, requests
from dsar.errors import RefusalIncompleteError
from dsar.models import Proposal
from dsar.requests import RefusalGround
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry.datamap import data_map
from registry.gate import opening as gate


def propose_part(
    request_id: UUID, *, record: str, ground: str, reasons: str, by: Actor, now: datetime
) -> Proposal:
    """Propose to leave one kind of record out of an answer (Art. 12(4), 15(4), 20(4)).

    Raises
    ------
    RefusalIncompleteError
        not a ground of the law, no such kind of record, or no reasons in words
    RequestNotFoundError, RequestStateError, ProposalOpenError, SecondPersonError
    """
    records = {holding.model for holding in data_map().answered()}
    if ground not in set(RefusalGround) or record not in records or not reasons.strip():
        raise RefusalIncompleteError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        return proposals.propose(
            access, request, act="refuse_part", ground=ground, words=reasons, record=record
        )


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
                access, request, ground=proposal.ground, reasons=proposal.words or ""
            )
    return proposal
