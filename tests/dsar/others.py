"""What the tests of other people in an answer do again and again."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from dsar import others
from dsar.models import SubjectRequest
from dsar.others import Read
from dsar.redaction.copy import Look
from dsar.redaction.passages import Verdict
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company


def looked(company: Company, request: SubjectRequest | UUID, *, now: datetime = NOW) -> Look:
    """The texts of the copy as the page shows them."""
    pk = _id(request)
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=pk, now=now) as access:
        return others.look(access, others.taken_up(access, pk))


def _id(request: SubjectRequest | UUID) -> UUID:
    return request if isinstance(request, UUID) else request.pk


def read_all(
    company: Company,
    request: SubjectRequest | UUID,
    *,
    verdict: Verdict = Verdict.HIDDEN,
    now: datetime = NOW,
) -> int:
    """Read every text that waits, with one verdict for all; how many passages are decided."""
    waiting = looked(company, request, now=now).waiting
    said = [
        Read(one.text.key, tuple(replace(p, verdict=verdict) for p in one.passages))
        for one in waiting
    ]
    if said:
        assert others.decide(_id(request), said, by=company.actor(Role.DPO), now=now) == 0
    return sum(len(one.passages) for one in waiting)
