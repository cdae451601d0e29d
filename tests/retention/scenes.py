"""Scenes for retention: people of some age, and looks at what is left of them."""

from datetime import UTC, date, datetime
from uuid import UUID

from crm import operations as crm
from governance.crypto import keystore
from governance.policy import actors
from governance.policy.vocabulary import Channel, Duty, Role, SubjectKind
from registry import consent, restriction
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.models import DataSubject, SearchToken
from retention import disposal, holds, operations, rules
from retention.holds import HoldGround
from retention.models import RetentionRun
from retention.operations import Progress
from retention.queries import lines
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_person

LONG_AGO = datetime(2008, 1, 7, 9, 0, tzinfo=UTC)


def recorded(
    company: Company, subject: UUID, *, at: datetime, last_contact: date | None = None
) -> UUID:
    """Somebody who has been known since `at`."""
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        changed = DataSubject.objects.filter(pk=subject).update(
            created_at=at, last_contact_on=last_contact
        )
    assert changed == 1
    return subject


def an_old_customer(company: Company, family: str, *, orders: list[date]) -> UUID:
    """A customer known for long, whose last contact was long ago too."""
    subject = a_person(company, family=family, orders=orders)
    return recorded(company, subject, at=LONG_AGO)


def a_lead(company: Company, family: str) -> UUID:
    """Somebody interested, whom only lead management and consent may keep."""
    return a_person(
        company, family=family, kind=SubjectKind.PROSPECT, purpose="lead_management",
        role=Role.SALES,
    )  # fmt: skip


def a_message(company: Company, subject: UUID, *, at: datetime, direction: str = "in") -> None:
    """One e-mail, written down whatever the gate would say of the period."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        crm.record_interaction(
            access, subject=subject, channel=Channel.EMAIL, direction=direction, occurred_at=at,
            topic="Domanda", body="Buongiorno",
        )  # fmt: skip


def objects(company: Company, subject: UUID, purpose: str) -> None:
    """Somebody objects to a purpose (Art. 21)."""
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        consent.object_to(access, subject=subject, at=NOW, purpose=company.purpose(purpose))


def preview(company: Company, *, today: date | None = None, now: datetime = NOW) -> RetentionRun:
    return operations.preview(company.actor(Role.DPO), today=today, now=now)


def known_rules(company: Company, *, now: datetime = NOW) -> None:
    """A run by the rules of now that two have approved, so that one is enough for the next."""
    RetentionRun.objects.create(
        controller=company.controller, state="done", today=date(2026, 1, 2), approved_at=now,
        register=rules.in_force(company.controller.pk, at=now).fingerprint,
        approved_by=company.staff[Role.DPO], second_by=company.staff[Role.LEGAL], second_at=now,
    )  # fmt: skip


def approved(
    company: Company,
    *,
    today: date | None = None,
    now: datetime = NOW,
    most_people: int | None = None,
) -> RetentionRun:
    """A run that one person approved, by rules that have been carried out before."""
    known_rules(company, now=now)
    run = preview(company, today=today, now=now)
    return operations.approve(run, company.staff[Role.LEGAL], now=now, most_people=most_people)


def swept(company: Company, *, today: date | None = None, now: datetime = NOW) -> RetentionRun:
    run = approved(company, today=today, now=now)
    assert carried_out(run, now=now).state == "done"
    run.refresh_from_db()
    return run


def carried_out(run: RetentionRun, *, now: datetime = NOW) -> Progress:
    """A run carried out with sequencer and signer where it waits for them."""
    progress = operations.carry_out(run.pk, now=now)
    while progress.is_waiting:
        assert seal_here(), "nothing is committed that could be signed: use fresh_database"
        progress = operations.carry_out(run.pk, now=now)
    return progress


def told(run: RetentionRun) -> set[tuple[str, str, str, int]]:
    """The lines of a preview as (table, outcome, reason, count), without those of staff."""
    return {
        (line.table, line.outcome, line.reason, line.count)
        for line in lines(run)
        if line.table != "registry_staff"
    }


def held(company: Company, subject: UUID) -> dict[str, int]:
    """Rows by table that are held about somebody."""
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW) as access:
        return disposal.remaining_rows(access, subject)


def status(company: Company, subject: UUID) -> str:
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        return DataSubject.objects.values_list("status", flat=True).get(pk=subject)


def living_keys(company: Company, subject: UUID) -> set[str]:
    return keystore.surviving_scopes(company.controller.pk, subject)


def everything(company: Company) -> dict[str, set[UUID]]:
    """The ids of every row about anybody of a company."""
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        found = {
            h.table: set(
                h.model_class._base_manager.filter(controller=company.controller.pk).values_list(
                    "pk", flat=True
                )
            )
            for h in data_map().about_people()
        }
        tokens = SearchToken._meta.db_table
        assert tokens in found
        return found


def freeze(company: Company, subject: UUID, kind: str) -> None:
    if kind == "hold":
        holds.place(
            company.staff[Role.DPO], subject, ground=HoldGround.COURT_PROCEEDINGS,
            reason="Tribunale di Torino", review_on=date(2027, 1, 11), now=NOW,
        )  # fmt: skip
        return
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        if kind == "restriction":
            restriction.place(access, subject=subject, ground="c", at=NOW)
            return
        from dsar.models import SubjectRequest

        SubjectRequest(
            controller_id=access.controller, subject_id=subject, reference="R-1", right="access",
            channel="email", received_at=NOW, received_on=NOW.date(), due_on=date(2026, 12, 23),
            internal_on=date(2026, 12, 16), collected_at=NOW,
        ).save()  # fmt: skip
