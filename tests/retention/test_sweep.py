"""The sweep does what the preview said, row by row decided again, and nothing else."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from audit.actions import Action
from audit.models import Entry
from crm.models import Account, Contact, Membership
from dsar import attaching
from governance.policy.vocabulary import (
    Duty,
    Operation,
    RecordClass,
    Role,
    Scope,
    SubjectKind,
)
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion, Finding
from retention import holds, operations, sweep
from retention.errors import RegisterChangedError, RunApprovalError, RunTooEarlyError
from retention.holds import HoldGround
from retention.models import KeyOrder, RetentionRun
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company, a_person, amend
from tests.dsar.acts import ask
from tests.retention.scenes import (
    LONG_AGO,
    a_lead,
    a_message,
    an_old_customer,
    approved,
    carried_out,
    everything,
    freeze,
    held,
    living_keys,
    objects,
    preview,
    recorded,
    status,
    swept,
)

OLD, YOUNG = date(2011, 11, 23), date(2020, 5, 6)
ALL_KEYS = {"ordinary", "fiscal", "audit"}


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while a run or an erasure waits for it."""
    return a_company()


def test_a_person_without_rows_is_erased_with_all_keys(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = swept(company)
    assert held(company, subject) == {}
    assert status(company, subject) == "erased"
    assert living_keys(company, subject) == set()
    assert (run.rows_erased, run.rows_set_aside) == (5, 0)
    assert run.result == {
        "erased": {"master_data": 3, "fiscal_record": 2},
        "parts": {},
        "keys": {"ordinary": 1, "fiscal": 1, "audit": 1},
        "people": 1,
        "released": 1,
        "figures": True,
    }


def test_the_subject_that_a_moved_request_left_behind_goes_with_the_next_run(
    company: Company,
) -> None:
    anna = a_person(company, family="Trovata")
    asked = ask(company, email="sconosciuta@example.it", name="X")
    attaching.attach(asked.pk, anna, by=company.actor(Role.DPO), now=NOW)
    assert status(company, asked.subject_id) == "erasing"
    swept(company)
    assert status(company, asked.subject_id) == "erased"
    assert living_keys(company, asked.subject_id) == set()
    assert living_keys(company, anna) == {"ordinary", "request", "audit"}


def test_tokens_and_findings_go_with_their_row(company: Company) -> None:
    subject = an_old_customer(company, "Trovati", orders=[OLD])
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        contact = Contact.objects.values_list("pk", flat=True).get(subject=subject)
    Finding.objects.create(
        controller=company.controller, place="crm.Contact.note", category="health",
        kind="special_word", row=contact,
    )  # fmt: skip
    assert held(company, subject)["registry_searchtoken"] > 0
    swept(company)
    assert held(company, subject) == {}
    assert not Finding.objects.filter(row=contact).exists()


def test_the_sweep_erases_what_the_preview_said(company: Company) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    a_person(company, family="Nuovi", orders=[YOUNG])
    lead = a_lead(company, "Contrari")
    objects(company, lead, "lead_management")
    before = everything(company)
    run = swept(company)
    after = everything(company)
    tokens = "registry_searchtoken"
    gone = {t: before[t] - after[t] for t in before if before[t] != after[t] and t != tokens}
    assert {table: len(rows) for table, rows in gone.items()} == {
        "crm_contact": 2,
        "crm_contactpoint": 2,
        "crm_order": 1,
        "crm_orderline": 1,
        "registry_qualifyingevent": 1,
    }
    due = [line for line in run.preview["lines"] if line["action"] == "erase"]
    assert {(line["table"], line["count"]) for line in due if line["reason"] == "period_over"} == {
        ("crm_contact", 1),
        ("crm_contactpoint", 1),
        ("crm_order", 1),
        ("crm_orderline", 1),
        ("registry_qualifyingevent", 1),
    }
    for line in due:
        assert set(line["sample"]) <= {str(row) for row in gone[line["table"]]}
    assert run.preview["to_erase"] == run.rows_erased == 7


def test_a_second_sweep_finds_nothing(company: Company) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    first = swept(company)
    left = everything(company)
    assert operations.carry_out(first.pk, now=NOW).is_taken is False
    second = swept(company)
    assert second.preview["to_erase"] == second.rows_erased == 0
    assert everything(company) == left


def test_invoices_that_still_run_keep_their_keys_and_no_others(company: Company) -> None:
    """Nobody has been in touch, the invoice of 2018 stays, the person is readable no more."""
    amend(
        company,
        "order_management",
        lambda draft: draft.retention_rules.filter(record_class=RecordClass.MASTER_DATA).update(
            period="P5Y"
        ),
    )
    subject = an_old_customer(company, "Fatturati", orders=[date(2018, 2, 1)])
    swept(company)
    assert held(company, subject) == {"crm_order": 1, "crm_orderline": 1}
    assert status(company, subject) == "erased"
    assert living_keys(company, subject) == {"fiscal", "audit"}
    with gate.open(
        company.actor(Role.LEGAL), "accounting", Operation.READ, subjects=subject, now=NOW
    ) as access:
        from crm.models import Order

        assert access.rows(Order).get().billing_name == "Anna Fatturati"
    later = datetime(2028, 2, 2, 9, 0, tzinfo=UTC)
    swept(company, now=later)
    assert held(company, subject) == {}
    assert living_keys(company, subject) == set()


def test_an_active_person_keeps_keys_of_empty_scopes(company: Company) -> None:
    """The old invoice goes; the next order needs the fiscal key."""
    subject = an_old_customer(company, "Fedeli", orders=[OLD])
    a_message(company, subject, at=NOW)
    swept(company)
    assert sorted(held(company, subject)) == [
        "crm_contact", "crm_contactpoint", "crm_interaction", "registry_qualifyingevent",
        "registry_searchtoken",
    ]  # fmt: skip
    assert status(company, subject) == "active"
    assert living_keys(company, subject) == ALL_KEYS


@pytest.mark.parametrize("kind", ["hold", "restriction", "open_request"])
def test_what_freezes_a_person_is_read_again_at_the_last_moment(
    company: Company, kind: str
) -> None:
    subject = an_old_customer(company, "Frenati", orders=[OLD])
    run = approved(company)
    freeze(company, subject, kind)
    assert carried_out(run).state == "done"
    rows = held(company, subject)
    assert {t: n for t, n in rows.items() if t.startswith("crm_")} == {
        "crm_contact": 1, "crm_contactpoint": 1, "crm_order": 1, "crm_orderline": 1,
    }  # fmt: skip
    assert living_keys(company, subject) >= ALL_KEYS
    lines = preview(company).preview["lines"]
    frozen = [line for line in lines if line["table"] == "crm_order"]
    reason = "legal_hold" if kind == "hold" else kind
    assert [(f["outcome"], f["reason"], f["otherwise"]) for f in frozen] == [
        ("held", reason, "due")
    ]


def test_a_hold_keeps_only_what_it_names(company: Company) -> None:
    subject = an_old_customer(company, "Citati", orders=[OLD])
    holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa 12/2026",
        review_on=date(2027, 6, 1), record_classes=[RecordClass.FISCAL_RECORD], now=NOW,
    )  # fmt: skip
    swept(company)
    assert held(company, subject) == {
        "crm_order": 1, "crm_orderline": 1, "retention_legalhold": 1,
    }  # fmt: skip
    assert status(company, subject) == "erased"
    assert living_keys(company, subject) == {"fiscal", "request", "audit"}


def test_new_contact_between_approval_and_sweep_saves_a_person(company: Company) -> None:
    subject = an_old_customer(company, "Tornati", orders=[OLD])
    run = approved(company)
    a_message(company, subject, at=NOW)
    operations.carry_out(run.pk, now=NOW)
    assert held(company, subject)["crm_contact"] == 1
    assert status(company, subject) == "active"


def test_another_company_is_untouched(company: Company) -> None:
    other = a_company("altra")
    an_old_customer(company, "Vecchi", orders=[OLD])
    theirs = an_old_customer(other, "Vecchi", orders=[OLD])
    before = everything(other)
    swept(company)
    assert everything(other) == before
    assert living_keys(other, theirs) == ALL_KEYS


def test_a_row_that_others_refer_to_is_set_aside_and_the_rest_goes(company: Company) -> None:
    """A company nobody needs any more, of which a colleague is still a member."""
    member = a_person(company, family="Soci", orders=[YOUNG])
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=member, now=NOW) as access:
        firm = access.new_subject(kind=SubjectKind.ORGANISATION, source=None).pk
        base = {"controller_id": access.controller, "collected_at": NOW}
        account = Account(subject_id=firm, **base)
        account.name = "Ditta Vecchia"
        account.save()
        Membership(subject_id=member, account=account, **base).save()
    recorded(company, firm, at=LONG_AGO)
    gone = an_old_customer(company, "Vecchi", orders=[OLD])
    run = swept(company)
    assert [(a.table, a.row, a.error) for a in run.set_aside.all()] == [
        ("crm_account", account.pk, "ForeignKeyViolation")
    ]
    assert held(company, firm)["crm_account"] == 1
    assert held(company, firm)["registry_searchtoken"] > 0  # its tokens stay with it
    assert status(company, firm) == "active"
    assert held(company, gone) == {}
    assert (run.rows_erased, run.rows_set_aside, run.state) == (5, 1, "done")


def test_stopped_between_batches_it_goes_on_where_it_was(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "ROWS_IN_BATCH", 3)
    people = [an_old_customer(company, name, orders=[OLD]) for name in ("Primi", "Secondi")]
    run = approved(company)
    states = []
    for _ in range(20):
        progress = operations.carry_out(run.pk, now=NOW, max_batches=1)
        states.append(progress.state)
        if progress.is_finished:
            break
        seal_here()
    assert states == ["running"] * 5 + ["done"]
    run.refresh_from_db()
    assert run.rows_erased == 10
    for subject in people:
        assert held(company, subject) == {}
        assert living_keys(company, subject) == set()


def test_keys_live_until_the_deletion_of_rows_is_committed(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = approved(company)
    assert operations.carry_out(run.pk, now=NOW, max_batches=1).state == "running"
    assert held(company, subject) == {}
    assert status(company, subject) == "erasing"
    for is_waiting in (False, True, True):  # ordered, and then not before the log is signed
        progress = operations.carry_out(run.pk, now=NOW, max_batches=1)
        assert (progress.state, progress.is_waiting) == ("running", is_waiting)
        assert living_keys(company, subject) == ALL_KEYS
    seal_here()
    assert operations.carry_out(run.pk, now=NOW, max_batches=1).state == "done"
    assert status(company, subject) == "erased"
    assert living_keys(company, subject) == set()


def test_a_restriction_between_rows_and_keys_freezes_the_keys(company: Company) -> None:
    subject = an_old_customer(company, "Limitati", orders=[OLD])
    run = approved(company)
    operations.carry_out(run.pk, now=NOW, max_batches=1)
    freeze(company, subject, "restriction")
    assert carried_out(run).state == "done"
    assert living_keys(company, subject) == ALL_KEYS
    assert status(company, subject) == "erasing"


@pytest.mark.parametrize("kind", ["hold", "restriction"])
def test_what_freezes_a_person_between_order_and_keys_voids_the_order(
    company: Company, kind: str
) -> None:
    subject = an_old_customer(company, "Ordinati", orders=[OLD])
    other = an_old_customer(company, "Altri", orders=[OLD])
    run = approved(company)
    assert operations.carry_out(run.pk, now=NOW).is_waiting
    freeze(company, subject, kind)
    seal_here()
    assert operations.carry_out(run.pk, now=NOW).state == "running"  # the order was void
    assert living_keys(company, subject) >= ALL_KEYS
    assert carried_out(run).state == "done"
    assert living_keys(company, subject) >= ALL_KEYS
    assert living_keys(company, other) == set()
    assert (status(company, subject), status(company, other)) == ("erasing", "erased")


def test_an_order_of_yesterday_is_not_carried_out(company: Company) -> None:
    subject = an_old_customer(company, "Lenti", orders=[OLD])
    run = approved(company)
    assert operations.carry_out(run.pk, now=NOW).is_waiting
    seal_here()
    later = NOW + timedelta(hours=25)
    assert operations.carry_out(run.pk, now=later).state == "running"
    assert living_keys(company, subject) == ALL_KEYS
    assert carried_out(run, now=later).state == "done"
    assert living_keys(company, subject) == set()


def test_the_order_is_in_the_log_by_its_digest_and_number(company: Company) -> None:
    an_old_customer(company, "Ordinati", orders=[OLD])
    run = approved(company)
    operations.carry_out(run.pk, now=NOW)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        (given,) = KeyOrder.objects.filter(job=run.pk)
        entry = Entry.objects.get(pk=given.pk)
        order = given.order()
    said = json.loads(bytes(entry.entry).split(b"\n")[0])
    assert (said["act"], said["reason"]) == ("key.destroyed", order.reason())
    assert said["obj"] == {"t": "retention_run", "id": str(run.pk)}
    assert said["counts"]["rows"] == len(order.lines) == len(Scope)
    carried_out(run)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        assert not KeyOrder.objects.exists(), "nothing outlives the keys"


def test_a_leased_run_is_left_alone_until_the_lease_is_over(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = approved(company)
    RetentionRun.objects.filter(pk=run.pk).update(
        state="running", lease_until=NOW + timedelta(minutes=1), attempts=1
    )
    assert operations.waiting(now=NOW) == []
    busy = operations.carry_out(run.pk, now=NOW)
    assert (busy.state, busy.is_taken) == ("running", False)
    assert held(company, subject)["crm_contact"] == 1
    later = NOW + timedelta(minutes=2)
    assert operations.waiting(now=later) == [run.pk]
    assert carried_out(run, now=later).state == "done"
    assert held(company, subject) == {}


def test_a_changed_register_stops_the_run(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = approved(company)
    ActivityVersion.objects.filter(
        controller=company.controller, activity__purpose__key="newsletter"
    ).update(state="retired", active_to=NOW)
    assert operations.carry_out(run.pk, now=NOW).state == "failed"
    run.refresh_from_db()
    assert run.result == {"stopped": "register_changed"}
    assert held(company, subject)["crm_contact"] == 1


def test_approval_is_for_the_dpo_or_a_lawyer_and_for_what_was_seen(company: Company) -> None:
    run = preview(company)
    for role in (Role.AGENT, Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(RunApprovalError):
            operations.approve(run, company.staff[role], now=NOW)
    stranger = a_company("altra").staff[Role.DPO]
    with pytest.raises(RunApprovalError):
        operations.approve(run, stranger, now=NOW)
    operations.approve(run, company.staff[Role.DPO], now=NOW)
    with pytest.raises(RunApprovalError):
        operations.approve(run, company.staff[Role.DPO], now=NOW)
    second = preview(company)
    ActivityVersion.objects.filter(
        controller=company.controller, activity__purpose__key="newsletter"
    ).update(state="retired", active_to=NOW)
    with pytest.raises(RegisterChangedError):
        operations.approve(second, company.staff[Role.DPO], now=NOW)


def test_a_preview_is_not_carried_out(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = preview(company)
    progress = operations.carry_out(run.pk, now=NOW)
    assert (progress.state, progress.is_taken) == ("previewed", False)
    assert held(company, subject)["crm_contact"] == 1


def test_a_run_for_a_later_day_waits_for_it(company: Company) -> None:
    run = approved(company, today=date(2026, 11, 25))
    with pytest.raises(RunTooEarlyError):
        operations.carry_out(run.pk, now=NOW)
    assert operations.waiting(now=NOW) == []


def test_rows_to_be_reviewed_stay(company: Company) -> None:
    amend(
        company,
        "order_management",
        lambda draft: draft.retention_rules.update(action="review"),
    )
    subject = an_old_customer(company, "Rivisti", orders=[OLD])
    run = swept(company)
    assert run.preview["to_review"] == 5
    assert run.rows_erased == 0
    assert held(company, subject)["crm_order"] == 1


def test_each_batch_writes_one_entry_with_counts(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    run = swept(company)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        entries = [bytes(e.entry) for e in Entry.objects.filter(action=Action.RETENTION_SWEPT)]
    assert len(entries) == 1
    assert b'"counts":{"fiscal_record":2,"master_data":3,"parts":0,"set_aside":0}' in entries[0]
    assert f'"id":"{run.pk}"'.encode() in entries[0]
    assert subject.hex.encode() not in entries[0]


def test_an_erased_person_can_not_be_written_to(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    swept(company)
    with (
        pytest.raises(GateRefusedError) as refused,
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.READ, subjects=subject, now=NOW
        ),
    ):
        pass
    assert refused.value.code == "subject_erased"
