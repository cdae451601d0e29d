"""O1, O22, C5: workflows whose every step asks the gate, waits, and goes on after a crash."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from crm import operations as crm
from crm import tasks
from crm.conversations import delivery
from crm.models import (
    Interaction,
    MessageTemplate,
    Order,
    Task,
    Workflow,
    WorkflowRun,
    WorkflowStep,
)
from crm.sales import todo
from crm.trade import fulfilment
from crm.trade.fulfilment import Parcel
from crm.workflows import deciding, running, versions
from crm.workflows.errors import (
    DefinitionInvalidError,
    RuleApprovalError,
    StepNotWaitingError,
)
from crm.workflows.versions import Titles
from governance.policy.vocabulary import Channel, Duty, Operation, Role, SubjectKind
from governance.policy.workflows import Outcome
from registry import consent
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import Restriction
from tests.api.world import World, said
from tests.builders import NOW, Company, a_consent, a_person

TODAY = NOW.date()
TITLES = Titles("Prova", "Trial")
TASK = {"do": "create_task", "purpose": "order_management", "role": "agent", "days": 1,
        "title_it": "Chiamare", "title_en": "Call"}  # fmt: skip
NEWS = {"do": "send_message", "purpose": "newsletter", "channel": "email",
        "template": "after_delivery"}  # fmt: skip
LATE: dict[str, Any] = {
    "purpose": "order_management", "trigger": {"on": "order_late"}, "conditions": [],
    "actions": [TASK],
}  # fmt: skip


@pytest.fixture
def recipes(company: Company) -> dict[str, Workflow]:
    """The shipped workflows, approved."""
    drafted = versions.load_recipes(by=company.staff[Role.SALES], now=NOW)
    return {one.key: versions.approve(one, by=company.staff[Role.DPO], now=NOW) for one in drafted}


def a_workflow(company: Company, *actions: dict[str, Any], **more: Any) -> Workflow:
    definition = {**deepcopy(LATE), "actions": list(actions), **more}
    drafted = versions.draft("trial", TITLES, definition, by=company.staff[Role.SALES], now=NOW)
    return versions.approve(drafted, by=company.staff[Role.DPO], now=NOW)


def with_a_late_order(company: Company, **more: Any) -> UUID:
    anna = a_person(company, orders=[TODAY - timedelta(days=40)], **more)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        crm.place_order(
            access, subject=anna, number="L-1", ordered_on=TODAY - timedelta(days=9),
            lines=[crm.Line("Lampada", Decimal(1), Decimal(40))], billing={},
            promised_on=TODAY - timedelta(days=2),
        )  # fmt: skip
    return anna


def run_all(workflow: Workflow, now: datetime = NOW) -> list[Outcome]:
    """Start and take every run as far as it goes."""
    running.start(workflow, now=now)
    done: list[Outcome] = []
    for run in running.due(workflow, now=now):
        while (outcome := running.advance(workflow, run, now=now)) is not None:
            done.append(outcome)
    return done


def held(company: Company, subject: UUID, model: Any) -> list[Any]:
    """The rows of one person, as their own copy would have them."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        rows = list(access.rows(model).order_by("id"))
        for row in rows:
            for name in ("title", "topic", "body"):
                if hasattr(type(row), name):
                    row.__dict__[f"shown_{name}"] = getattr(row, name)
    return rows


# O1


def test_o1_a_denied_action_is_recorded_and_the_run_goes_on(
    company: Company, recipes: dict[str, Workflow]
) -> None:
    anna = with_a_late_order(company)
    workflow = a_workflow(company, NEWS, TASK)
    assert run_all(workflow) == [Outcome.DENIED, Outcome.DONE]
    steps = held(company, anna, WorkflowStep)
    assert [(s.position, s.action, s.outcome, s.refused_as) for s in steps] == [
        (0, "send_message", "denied", "no_consent"), (1, "create_task", "done", ""),
    ]  # fmt: skip
    assert held(company, anna, Interaction) == []
    (task,) = held(company, anna, Task)
    assert (task.shown_title, task.role, task.do_by) == ("Chiamare", "agent", TODAY + timedelta(1))
    (run,) = held(company, anna, WorkflowRun)
    assert (run.state, run.ended_at) == ("done", NOW)


def test_o1_each_action_asks_the_gate_for_its_own_purpose(
    company: Company, recipes: dict[str, Workflow], entries: Callable[[], list[tuple[str, str]]]
) -> None:
    anna = with_a_late_order(company)
    a_consent(company, anna)
    workflow = a_workflow(company, NEWS, TASK)
    running.start(workflow, now=NOW)
    (run,) = running.due(workflow, now=NOW)
    for purpose, action, outcome in (
        ("newsletter", "data.sent", Outcome.DONE), ("order_management", "data.created", Outcome.DONE),
    ):  # fmt: skip
        before = len(entries())
        assert running.advance(workflow, run, now=NOW) is outcome
        assert (purpose, action) in entries()[before:]


@pytest.fixture
def entries(company: Company) -> Callable[[], list[tuple[str, str]]]:
    world = World(company, NOW)
    return lambda: [(said(entry)["purpose"], entry.action) for entry in world.entries()]


def test_o1_whom_the_purpose_does_not_reach_gets_no_run(company: Company) -> None:
    anna, berta = with_a_late_order(company), with_a_late_order(company, given="Berta")
    workflow = a_workflow(company, TASK)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=berta, reference=berta, now=NOW
    ):
        Restriction(
            controller=company.controller, subject_id=berta, ground="a", placed_at=NOW,
            collected_at=NOW,
        ).save()  # fmt: skip
    assert running.start(workflow, now=NOW) == 1
    assert [len(held(company, one, WorkflowRun)) for one in (anna, berta)] == [1, 0]
    assert running.start(workflow, now=NOW) == 0, "and nobody gets a second one"


def test_o1_only_those_who_meet_the_conditions_start(company: Company) -> None:
    with_a_late_order(company)
    partly = [{"field": "state", "is": ["partly_fulfilled"]}]
    assert running.start(a_workflow(company, TASK, conditions=partly), now=NOW) == 0
    confirmed = [{"field": "state", "is": ["confirmed"]}]
    assert running.start(a_workflow(company, TASK, conditions=confirmed), now=NOW) == 1


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"purpose": "spying"}, "#/purpose", "not_allowed"),
        ({"trigger": {"on": "full_moon"}}, "#/trigger", "unknown_trigger"),
        ({"trigger": {"on": ["order_late"]}}, "#/trigger", "unknown_trigger"),
        ({"conditions": {}}, "#/conditions", "no_list"),
        ({"conditions": [{"field": "total", "is": ["1"]}]}, "#/conditions/0", "unknown_condition"),
        ({"conditions": [{"field": "state", "is": ["x"]}]}, "#/conditions/0/is", "unknown_value"),
        ({"conditions": [{"field": "state", "is": [{}]}]}, "#/conditions/0/is", "unknown_value"),
        ({"actions": []}, "#/actions", "how_many"),
        ({"actions": [{"do": "run_code", "code": "1"}]}, "#/actions/0", "unknown_action"),
        ({"actions": [{**TASK, "sql": "x"}]}, "#/actions/0", "parts"),
        ({"actions": [{**TASK, "purpose": "spying"}]}, "#/actions/0/purpose", "not_allowed"),
        ({"actions": [{**TASK, "days": True}]}, "#/actions/0/days", "not_allowed"),
        ({"actions": [{**TASK, "role": "system"}]}, "#/actions/0/role", "not_allowed"),
        ({"actions": [NEWS]}, "#/actions/0/template", "not_allowed"),
        ({"actions": [{"do": "ask_approval", "role": "marketing"}]}, "#/actions/0/role",
         "not_allowed"),
        ({"extra": 1}, "#", "parts"),
    ],
)  # fmt: skip
def test_o1_what_is_outside_the_vocabulary_is_refused_with_its_place(
    company: Company, change: dict[str, Any], where: str, code: str
) -> None:
    with pytest.raises(DefinitionInvalidError) as refused:
        versions.draft("trial", TITLES, {**LATE, **change}, by=company.staff[Role.SALES], now=NOW)
    assert refused.value.details["faults"] == [(where, code)]


def test_o1_a_version_is_approved_by_another_person_and_stays(company: Company) -> None:
    sales, dpo = company.staff[Role.SALES], company.staff[Role.DPO]
    own = versions.draft("trial", TITLES, LATE, by=dpo, now=NOW)
    for by in (dpo, sales):
        with pytest.raises(RuleApprovalError):
            versions.approve(own, by=by, now=NOW)
    first = versions.approve(own, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(RuleApprovalError):
        versions.approve(first, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Workflow.objects.filter(pk=first.pk).update(definition={})
    second = versions.draft("trial", TITLES, LATE, by=sales, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Workflow.objects.filter(pk=second.pk).update(
            state="approved", approved_by=sales, approved_at=NOW
        )
    versions.approve(second, by=dpo, now=NOW)
    states = Workflow.objects.filter(key="trial").order_by("number").values_list("state", flat=True)
    assert list(states) == ["retired", "approved"]


# C5: timers, approvals, crashes


WAIT = {"do": "wait", "days": 3}
ASK = {"do": "ask_approval", "role": "sales"}


def test_c5_an_approval_step_blocks_until_the_named_role_acts(company: Company) -> None:
    anna = with_a_late_order(company)
    workflow = a_workflow(company, ASK, TASK)
    assert run_all(workflow) == [Outcome.BLOCKED]
    assert run_all(workflow, NOW + timedelta(days=400)) == []
    (run,) = held(company, anna, WorkflowRun)
    assert (run.state, held(company, anna, Task)) == ("blocked", [])
    with pytest.raises(StepNotWaitingError):
        deciding.decide(workflow, run.pk, agrees=True, by=company.staff[Role.AGENT], now=NOW)
    with pytest.raises(GateRefusedError):
        deciding.decide(workflow, run.pk, agrees=True, by=company.staff[Role.MARKETING], now=NOW)
    sales = company.staff[Role.SALES]
    assert deciding.decide(workflow, run.pk, agrees=True, by=sales, now=NOW) is Outcome.AGREED
    with pytest.raises(StepNotWaitingError):
        deciding.decide(workflow, run.pk, agrees=True, by=sales, now=NOW)
    assert run_all(workflow) == [Outcome.DONE]
    step, _task = held(company, anna, WorkflowStep)
    assert (step.outcome, step.decided_by_id, step.decided_at) == ("agreed", sales.pk, NOW)


def test_c5_a_refusal_by_the_named_role_ends_the_run(company: Company) -> None:
    anna = with_a_late_order(company)
    workflow = a_workflow(company, ASK, TASK)
    run_all(workflow)
    (run,) = held(company, anna, WorkflowRun)
    deciding.decide(workflow, run.pk, agrees=False, by=company.staff[Role.SALES], now=NOW)
    assert (run_all(workflow), held(company, anna, Task)) == ([], [])
    assert [r.state for r in held(company, anna, WorkflowRun)] == ["done"]


def test_c5_a_timer_lets_the_run_go_on_when_it_ends(company: Company) -> None:
    anna = with_a_late_order(company)
    workflow = a_workflow(company, WAIT, TASK)
    assert run_all(workflow) == [Outcome.WAITED]
    assert run_all(workflow, NOW + timedelta(days=3, seconds=-1)) == []
    assert run_all(workflow, NOW + timedelta(days=3)) == [Outcome.DONE]
    assert len(held(company, anna, Task)) == 1


def test_c5_a_step_that_was_cut_short_is_done_again_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effect and its record are one transaction: what kills one undoes both."""
    anna = with_a_late_order(company)
    workflow = a_workflow(company, TASK)
    running.start(workflow, now=NOW)
    (run,) = running.due(workflow, now=NOW)
    given = todo.give

    def cut_short(*said: Any) -> Any:
        given(*said)
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(todo, "give", cut_short)
        with pytest.raises(KeyboardInterrupt):
            running.advance(workflow, run, now=NOW)
    assert (held(company, anna, Task), held(company, anna, WorkflowStep)) == ([], [])
    assert running.due(workflow, now=NOW) == [], "under a lease"
    after = NOW + running.LEASE
    assert running.due(workflow, now=after) == [run]
    assert running.advance(workflow, run, now=after) is Outcome.DONE
    assert running.advance(workflow, run, now=after) is None
    assert len(held(company, anna, Task)) == 1


def test_c5_a_step_that_always_fails_is_tried_again_and_then_ends_the_run(
    company: Company, recipes: dict[str, Workflow]
) -> None:
    anna = with_a_late_order(company)
    a_consent(company, anna)
    workflow = a_workflow(company, NEWS, TASK)
    MessageTemplate.objects.filter(key="after_delivery").delete()
    now = NOW
    for attempt in range(1, running.ATTEMPTS + 1):
        running.start(workflow, now=now)
        (run,) = running.due(workflow, now=now)
        assert running.advance(workflow, run, now=now) is Outcome.FAILED
        now += running.PAUSE * 2**attempt
    assert running.due(workflow, now=now) == []
    (step,) = held(company, anna, WorkflowStep)
    assert (step.outcome, step.action) == ("failed", "send_message")
    assert [r.state for r in held(company, anna, WorkflowRun)] == ["failed"]


def test_c5_the_worker_gets_ids_alone(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = with_a_late_order(company)
    workflow = a_workflow(company, TASK)
    handed: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.advance_run, "delay", lambda *ids: handed.append(ids))
    monkeypatch.setattr("crm.tasks.timezone.now", lambda: NOW)
    assert tasks.wake_workflows() == 1
    ((run, of),) = handed
    assert (UUID(run), UUID(of)) == (held(company, anna, WorkflowRun)[0].pk, workflow.pk)
    assert tasks.advance_run(run, of) == 1
    assert len(held(company, anna, Task)) == 1


# What is shipped, O22


def test_o22_the_recipe_of_sales(company: Company, recipes: dict[str, Workflow]) -> None:
    lead = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management", role=Role.SALES)
    customer = a_person(company, given="Berta", orders=[TODAY])
    workflow = recipes["sales_follow_up"]
    assert run_all(workflow) == [Outcome.DONE, Outcome.WAITED]
    assert run_all(workflow, NOW + timedelta(days=5)) == [Outcome.DONE]
    assert [(t.shown_title, t.role) for t in held(company, lead, Task)] == [
        ("Primo contatto", "sales"), ("Richiamare, se non ha risposto", "sales"),
    ]  # fmt: skip
    assert held(company, customer, Task) == []


def test_o22_the_recipe_of_marketing(company: Company, recipes: dict[str, Workflow]) -> None:
    agrees, refuses = with_a_late_order(company), with_a_late_order(company, given="Berta")
    a_consent(company, agrees)
    for one in (agrees, refuses):
        with gate.open(
            company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=one, now=NOW
        ) as access:
            order = access.rows(Order).get(number="L-1")
            fulfilment.ship(access, order.pk, Parcel(TODAY))
    workflow = recipes["marketing_after_delivery"]
    assert run_all(workflow) == [Outcome.WAITED] * 2
    later = NOW + timedelta(days=14)
    assert run_all(workflow, later) == [Outcome.BLOCKED] * 2
    for one in (agrees, refuses):
        (run,) = held(company, one, WorkflowRun)
        deciding.decide(workflow, run.pk, agrees=True, by=company.staff[Role.SALES], now=later)
    assert sorted(run_all(workflow, later)) == [Outcome.DENIED, Outcome.DONE]
    assert [len(held(company, one, Interaction)) for one in (agrees, refuses)] == [1, 0]


def test_o22_the_recipe_of_service(company: Company, recipes: dict[str, Workflow]) -> None:
    anna = with_a_late_order(company)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        consent.object_to(access, subject=anna, at=NOW)
    assert run_all(recipes["service_order_late"]) == [Outcome.DONE, Outcome.DONE]
    (sent,) = held(company, anna, Interaction)
    assert (sent.purpose, sent.basis, sent.state) == ("order_management", "contract", "waiting")
    assert delivery.deliver(company.controller.pk, now=NOW) == 1
    (letter,) = mail.outbox
    assert letter.to == ["anna.bianchi@example.it"]
    assert letter.subject.startswith("Il Suo ordine L-1 è in ritardo [#")
    assert "promesso per il 21 novembre 2026" in letter.body
    assert [t.shown_title for t in held(company, anna, Task)] == ["Sollecitare la spedizione"]


def test_o22_people_are_told_that_their_order_has_left(
    company: Company, recipes: dict[str, Workflow]
) -> None:
    anna = with_a_late_order(company)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        fulfilment.ship(access, access.rows(Order).get(number="L-1").pk, Parcel(TODAY))
    assert run_all(recipes["service_order_shipped"]) == [Outcome.DONE]
    assert run_all(recipes["service_order_shipped"]) == [], "once for each order"
    assert delivery.deliver(company.controller.pk, now=NOW) == 1
    assert [letter.subject.split(" [#")[0] for letter in mail.outbox] == [
        "Il Suo ordine L-1 è partito"
    ]


def test_o22_marketing_that_nobody_can_be_sent_is_recorded_and_no_task(
    company: Company, recipes: dict[str, Workflow]
) -> None:
    anna = with_a_late_order(company)
    a_consent(company, anna, channel=Channel.SMS)
    workflow = a_workflow(company, {**NEWS, "channel": "sms"})
    assert run_all(workflow) == [Outcome.DENIED]
    assert [s.refused_as for s in held(company, anna, WorkflowStep)] == ["address_missing"]
    assert (held(company, anna, Interaction), held(company, anna, Task)) == ([], [])


def test_o22_the_recipes_have_both_languages_and_are_drafts_for_somebody_else(
    company: Company,
) -> None:
    drafted = versions.load_recipes(by=company.staff[Role.SALES], now=NOW)
    assert [one.state for one in drafted] == ["draft"] * 5
    assert all(one.title_it and one.title_en for one in drafted)
    again = versions.load_recipes(by=company.staff[Role.SALES], now=NOW)
    assert {(one.key, one.number) for one in again} == {(one.key, 1) for one in drafted}
    assert Workflow.objects.filter(controller=company.controller).count() == len(drafted)


def test_c4_people_are_warned_before_their_warranty_ends(
    company: Company, recipes: dict[str, Workflow]
) -> None:
    anna = a_person(company, orders=[TODAY - timedelta(days=40)])
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        for number, days in enumerate((10, 31, -1)):
            line = crm.Line(
                "Caldaia", Decimal(1), Decimal(900), warranty_until=TODAY + timedelta(days=days)
            )
            crm.place_order(
                access, subject=anna, number=f"W-{number}", ordered_on=TODAY, lines=[line],
                billing={},
            )  # fmt: skip
        ends_soon = access.rows(Order).get(number="W-0").pk
    workflow = a_workflow(company, TASK, trigger={"on": "warranty_ending"})
    assert run_all(workflow) == [Outcome.DONE]
    assert [run.about for run in held(company, anna, WorkflowRun)] == [ends_soon]
