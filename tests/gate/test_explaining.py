"""Why: every question with its answer and the rows it rests on, and an entry for having asked."""

import json
from datetime import date, timedelta

import pytest

from audit.models import Entry
from governance.policy.decisions import Asks, Refusal
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import restriction
from registry.gate import explaining
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.gate.explaining import Asked
from registry.models import ConsentStanding
from tests.builders import NOW, Company, a_company, a_consent, a_person

pytestmark = pytest.mark.django_db
ABOUT_PEOPLE = [Asks.HELD, Asks.SOURCE, Asks.RESTRICTION, Asks.OBJECTION, Asks.KIND, Asks.BASIS]


def last_entry(company: Company) -> tuple[str, dict]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        entry = Entry.objects.filter(action="decision.explained").latest("at")
        return entry.outcome, json.loads(bytes(entry.entry).split(b"\n")[0])


def test_every_question_is_asked_to_the_end(company: Company) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=2))
    a_consent(company, anna, state=ConsentState.WITHDRAWN, at=NOW - timedelta(days=1))
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        placed = restriction.place(access, subject=anna, ground="a", at=NOW)
        standing = ConsentStanding.objects.get(subject=anna)
    asked = Asked(anna, "newsletter", Operation.SEND, Channel.EMAIL)
    why = explaining.explain(company.actor(Role.MARKETING), asked, now=NOW)
    said = {answer.asks: answer for answer in why.answers}
    assert list(said) == [
        Asks.PURPOSE, Asks.ROLE, Asks.ACTIVITY, Asks.CATEGORIES, Asks.CHANNEL, Asks.LAW,
        Asks.HOUR, Asks.OPT_OUT, Asks.RECIPIENT, *ABOUT_PEOPLE, Asks.ELECTRONIC, Asks.REGISTER,
        Asks.FREQUENCY, Asks.NOTICE, Asks.RETENTION,
    ]  # fmt: skip
    assert why.refusal is Refusal.RESTRICTED
    assert [str(row) for row in said[Asks.RESTRICTION].evidence] == [f"restriction:{placed.pk}"]
    assert said[Asks.BASIS].refusal is Refusal.NO_CONSENT
    assert [row.id for row in said[Asks.BASIS].evidence] == [standing.pk]
    assert said[Asks.OBJECTION].refusal is None
    outcome, body = last_entry(company)
    assert outcome == "done"
    assert (body["purpose"], body["operation"], body["reason"]) == (
        "newsletter", "send", "restricted",
    )  # fmt: skip
    assert body["members"]["n"] == 1
    assert str(anna) not in json.dumps(body)


@pytest.mark.parametrize("operation", [Operation.READ, Operation.SEND, Operation.EXPORT])
@pytest.mark.parametrize("channel", [None, Channel.EMAIL, Channel.PHONE])
@pytest.mark.parametrize("hour", [9, 22])
@pytest.mark.parametrize("recipient", [None, To.THE_PERSON])
def test_the_explanation_is_the_decision(
    company: Company, operation: Operation, channel: Channel | None, hour: int, recipient
) -> None:
    now = NOW.replace(hour=hour)
    anna = a_person(company, phone="347 1234567")
    a_consent(company, anna, at=NOW - timedelta(days=2))
    to = None if operation is Operation.READ else recipient
    try:
        with gate.open(
            company.actor(Role.MARKETING), "newsletter", operation, subjects=anna,
            channel=channel, offers_opt_out=True, recipient=to, now=now,
        ):  # fmt: skip
            decided = None
    except GateRefusedError as refused:
        decided = refused.refusal
    asked = Asked(anna, "newsletter", operation, channel, recipient=to)
    assert explaining.explain(company.actor(Role.MARKETING), asked, now=now).refusal is decided


def test_who_supervises_asks_as_any_role_and_others_for_their_own_purposes(
    company: Company,
) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    asked = Asked(anna, "order_management", Operation.READ, role=Role.AGENT)
    assert explaining.explain(company.actor(Role.DPO), asked, now=NOW).refusal is None
    with pytest.raises(GateRefusedError) as refused:
        explaining.explain(company.actor(Role.MARKETING), asked, now=NOW)
    assert refused.value.code == "role_not_allowed"
    own = Asked(anna, "order_management", Operation.READ)
    with pytest.raises(GateRefusedError):
        explaining.explain(company.actor(Role.MARKETING), own, now=NOW)
    assert explaining.explain(company.actor(Role.AGENT), own, now=NOW).refusal is None


def test_somebody_elses_people_are_not_held(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    other = a_company("beta")
    asked = Asked(anna, "order_management", Operation.READ, role=Role.AGENT)
    with pytest.raises(GateRefusedError) as refused:
        explaining.explain(other.actor(Role.DPO), asked, now=NOW)
    assert (refused.value.code, refused.value.status) == ("subject_unknown", 404)
