"""Where a period starts: the end of a contract, a withdrawal, the closing of a case, the books."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from crm.conversations import threads
from crm.models import Interaction
from governance.policy import actors
from governance.policy.periods import Period
from governance.policy.retention import Rule, ends_on, starts_on
from governance.policy.vocabulary import (
    Anchor,
    Channel,
    ConsentState,
    Duty,
    RecordClass,
    RetentionAction,
    Role,
)
from registry import consent
from registry.gate import opening as gate
from registry.models import ActivityVersion, RetentionRule
from retention import people, rules, schedule
from retention.schedule import Decided
from tests.builders import NOW, Company, a_consent, a_person, amend
from tests.retention.scenes import a_message

WITHDRAWN = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # the hour before summer time begins


def only(company: Company, purpose: str, record_class: str, anchor: Anchor, period: str) -> None:
    """The one rule of a class, in one activity; no other activity has one of that class."""

    def change(draft: ActivityVersion) -> None:
        draft.retention_rules.filter(record_class=record_class).delete()
        if draft.activity.purpose.key == purpose:
            RetentionRule.objects.create(
                controller=company.controller, version=draft, record_class=record_class,
                anchor=anchor, period=period, legal_reference="art. 5(1)(e) GDPR",
            )  # fmt: skip

    with_it = ActivityVersion.objects.filter(
        controller=company.controller, state="approved", retention_rules__record_class=record_class
    )
    keys = set(with_it.values_list("activity__purpose__key", flat=True)) | {purpose}
    for key in sorted(keys):
        amend(company, key, change, no_time_limits_because="tested elsewhere")


def decided(company: Company, subject: UUID, *, today: date, now: datetime = NOW) -> list[Decided]:
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=now):
        book = rules.in_force(company.controller.pk, at=now)
        (person,) = people.load(book, [subject], today=today, now=now)
        return schedule.decide_person(person, book, today=today)


def of_class(found: list[Decided], record_class: RecordClass) -> set[tuple[str, date | None]]:
    return {
        (one.outcome.value, one.until)
        for one in found
        if one.row.table.record_class is record_class and not one.row.table.is_evidence
    }


def a_contract(company: Company, subject: UUID, *, ended_on: date | None) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        consent.qualify(
            access, subject=subject, kind="contract", at=NOW - timedelta(days=900),
            ended_on=ended_on,
        )  # fmt: skip


def test_a_period_after_the_last_contract_begins_when_no_contract_runs(company: Company) -> None:
    subject = a_person(company, family="Contratti", orders=[date(2024, 5, 6)])
    only(company, "order_management", "master_data", Anchor.CONTRACT_END, "P1Y")
    far = date(2060, 1, 1)

    def outcome(today: date) -> set[tuple[str, date | None]]:
        return of_class(decided(company, subject, today=today), RecordClass.MASTER_DATA)

    assert outcome(far) == {("indeterminate", None)}  # orders tell of a sale, not of its end
    a_contract(company, subject, ended_on=date(2024, 2, 29))
    assert outcome(date(2025, 2, 28)) == {("kept", date(2025, 2, 28))}
    assert outcome(date(2025, 3, 1)) == {("due", date(2025, 2, 28))}
    a_contract(company, subject, ended_on=None)
    assert {found for found, _until in outcome(far)} == {"kept"}


def test_evidence_of_consent_counts_from_the_day_of_the_withdrawal(company: Company) -> None:
    subject = a_person(company, family="Revoche")
    only(company, "newsletter", "consent_evidence", Anchor.CONSENT_WITHDRAWN, "P10Y")
    a_consent(company, subject, at=WITHDRAWN - timedelta(days=400))
    evidence = {
        one.outcome.value
        for one in decided(company, subject, today=date(2060, 1, 1))
        if one.row.table.record_class is RecordClass.CONSENT_EVIDENCE
    }
    assert evidence == {"indeterminate"}
    a_consent(company, subject, state=ConsentState.WITHDRAWN, at=WITHDRAWN)
    ends = {
        one.until
        for one in decided(company, subject, today=date(2030, 1, 1))
        if one.row.table.record_class is RecordClass.CONSENT_EVIDENCE
    }
    assert ends == {date(2036, 3, 29)}


def test_a_message_counts_from_the_closing_of_its_conversation(company: Company) -> None:
    subject = a_person(company, family="Pratiche", orders=[date(2020, 1, 2)])
    a_message(company, subject, at=datetime(2020, 1, 2, tzinfo=UTC))
    only(company, "order_management", "correspondence", Anchor.CASE_CLOSED, "P1M")
    messages = of_class(
        decided(company, subject, today=date(2026, 11, 23)), RecordClass.CORRESPONDENCE
    )
    assert messages == {("indeterminate", None)}
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        thread = threads.begin(access, subject=subject, channel=Channel.EMAIL, at=NOW)
        thread.state, thread.closed_at, thread.closed_on = "closed", NOW, date(2026, 1, 31)
        thread.save()
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        assert Interaction.objects.filter(subject=subject).update(conversation=thread) == 1
    messages = of_class(
        decided(company, subject, today=date(2026, 3, 1)), RecordClass.CORRESPONDENCE
    )
    assert messages == {("due", date(2026, 2, 28))}


@pytest.mark.parametrize(
    ("document", "own", "start"),
    [
        (date(2016, 1, 1), None, date(2016, 12, 31)),
        (date(2016, 12, 31), None, date(2016, 12, 31)),
        (date(2016, 3, 15), date(2016, 5, 1), date(2016, 12, 31)),  # never earlier than the year
        (date(2016, 3, 15), date(2017, 2, 1), date(2017, 2, 1)),
        (None, date(2017, 2, 1), date(2017, 2, 1)),
        (None, None, None),
    ],
)
def test_books_are_closed_by_the_year(
    document: date | None, own: date | None, start: date | None
) -> None:
    dates = {Anchor.DOCUMENT_DATE: document, Anchor.LAST_ENTRY: own}
    assert starts_on(Anchor.LAST_ENTRY, dates) == start
    ten = Rule(
        "books", RecordClass.FISCAL_RECORD, Anchor.LAST_ENTRY, Period(years=10),
        RetentionAction.ERASE, "art. 2220 c.c.",
    )  # fmt: skip
    end = ends_on(ten, dates)
    assert end == (start.replace(year=start.year + 10) if start else None)
