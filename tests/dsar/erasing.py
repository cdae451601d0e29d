"""An erasure from the request to its end, with sequencer and signer where it waits for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from dsar import erasure_right, saga
from dsar.handing import Issued
from dsar.models import Erasure
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from tests.audit.history import seal_here
from tests.builders import NOW, Company
from tests.dsar.acts import ask_and_identify


def approved(company: Company, **said: Any) -> Erasure:
    """An erasure that was asked for, planned and approved."""
    request = ask_and_identify(company, Right.ERASURE, **said)
    dpo = company.actor(Role.DPO)
    erasure = erasure_right.plan(request.pk, dpo, said.get("now", NOW))
    return erasure_right.approve(erasure.pk, dpo, shown=erasure.plan_hash, now=said.get("now", NOW))


def erase(company: Company, *, now: datetime = NOW, **said: Any) -> Erasure:
    """Ask, identify, plan, approve and carry out: the one way by which tests erase somebody."""
    return carried_out(company, approved(company, now=now, **said).pk, now=now)


def begun(company: Company, erasure: UUID, *, now: datetime = NOW) -> Erasure:
    """Carried out as far as it goes without anybody signing."""
    return saga.carry_out(erasure, controller=company.controller.pk, now=now)


def carried_out(company: Company, erasure: UUID, *, now: datetime = NOW) -> Erasure:
    """Carried out to where nothing goes on by itself."""
    done = begun(company, erasure, now=now)
    while (done.state, done.reason) == ("waiting", "log"):
        assert seal_here(), "nothing is committed that could be signed: use fresh_database"
        done = begun(company, erasure, now=now)
    return done


def certificates(company: Company, erasure: UUID) -> list[dict[str, Any]]:
    """What was certified, round by round."""
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=erasure, now=NOW) as access:
        row = erasure_right.get(access, erasure)
        return [one.body for one in row.certificates.order_by("round")]


def newest(company: Company, erasure: UUID) -> Issued:
    """The newest certificate, with what became known of it since."""
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=erasure, now=NOW) as access:
        return Issued.of(erasure_right.get(access, erasure))


def markers(company: Company, erasure: UUID) -> list[tuple[int, int, str]]:
    """What is marked: round, pass and step, in the order in which it was done."""
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=erasure, now=NOW) as access:
        rows = erasure_right.get(access, erasure).markers.order_by("id")
        return list(rows.values_list("round", "pass_no", "step"))
