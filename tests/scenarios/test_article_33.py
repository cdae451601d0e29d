"""Art. 33 and 34: a breach, from the moment it is known until all who are owed it were told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from audit.actions import Action
from audit.models import Entry
from governance.policy.breaches import BreachRisk, Cause, Exception34, Nature, Step, Told, next_step
from governance.policy.categories import Category
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Duty, Role, SubjectKind
from registry import breaches, provisions
from registry.breaches import Description
from registry.gate import opening as gate
from registry.models import (
    Breach,
    BreachDecision,
    BreachNotification,
    BreachReport,
    ProcessingActivity,
    ProcessingOnBehalf,
    Recipient,
)
from tests.builders import Company

AWARE = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # a Friday evening
SOON = AWARE + timedelta(hours=3)
END = AWARE + timedelta(hours=72)


def known(risk: BreachRisk, *, is_complete: bool = False, **more: object) -> Description:
    return Description(
        nature=[Nature.CONFIDENTIALITY], cause=Cause.INTERNAL_MISTAKE,
        categories=[Category.NAME, Category.EMAIL], subject_kinds=[SubjectKind.CUSTOMER],
        people=1200, records=None, risk=risk, is_complete=is_complete,
        words={"happened": "Mario Rossi ha spedito un file", "consequences": "Spam",
               "measures": "File richiamato"}, **more,
    )  # fmt: skip


@pytest.fixture
def breach(company: Company) -> Breach:
    return breaches.record(aware_at=AWARE, began_at=None, by=company.staff[Role.DPO], now=SOON)


def step(breach: Breach) -> Step:
    return next_step(breaches.facts(breach))


def notify(company: Company, breach: Breach, *, at: datetime, **said: object) -> BreachNotification:
    words = {"told": Told.AUTHORITY, "reference": "GPDP-1", "reasons": "", **said}
    return breaches.notify(
        breach=breach, sent_at=at, by=company.staff[Role.DPO], now=at + timedelta(hours=1), **words
    )


def test_a_high_risk_from_the_first_hour_to_the_last_word(company: Company, breach: Breach) -> None:
    dpo = company.staff[Role.DPO]
    assert (str(breach), step(breach), breaches.due_at(breach)) == ("2026/1", Step.ASSESS, END)
    activity = ProcessingActivity.objects.get(
        controller=company.controller, purpose__key="newsletter"
    )
    courier = Recipient.objects.get(controller=company.controller, name="Corriere")
    first = breaches.describe(
        breach=breach, by=dpo, now=SOON,
        known=known(BreachRisk.HIGH, activities=[activity], processors=[courier]),
    )  # fmt: skip
    assert list(first.activities.all()) == [activity]
    assert list(first.processors.all()) == [courier]
    assert step(breach) is Step.NOTIFY
    assert not notify(company, breach, at=END).is_late
    assert (step(breach), breaches.due_at(breach)) == (Step.DECIDE, None)
    breaches.decide(breach=breach, exception=None, reasons="Dati in chiaro", by=dpo, now=END)
    assert step(breach) is Step.TELL
    notify(company, breach, at=END, told=Told.PEOPLE, reference="lettera")
    assert step(breach) is Step.COMPLETE
    later = END + timedelta(days=4)
    breaches.describe(
        breach=breach, known=known(BreachRisk.HIGH, is_complete=True), by=dpo, now=later
    )
    assert step(breach) is Step.SUPPLEMENT
    assert not notify(company, breach, at=later).is_late, "a later phase has no hour of its own"
    assert step(breach) is Step.NONE
    assert not breaches.is_open(breach)
    assert [r.number for r in breach.reports.order_by("number")] == [1, 2]


def test_after_seventy_two_hours_the_reasons_are_owed(company: Company, breach: Breach) -> None:
    breaches.describe(
        breach=breach, known=known(BreachRisk.RISK), by=company.staff[Role.LEGAL], now=SOON
    )
    late = END + timedelta(minutes=1)
    for reasons in ("", "   "):
        with pytest.raises(breaches.LateNotificationError) as refused:
            notify(company, breach, at=late, reasons=reasons)
    assert refused.value.article == "33(1)"
    row = notify(company, breach, at=late, reasons="Il fornitore ci ha avvisati tardi")
    assert row.is_late
    assert breaches.words_of(row) == {"reasons": "Il fornitore ci ha avvisati tardi"}


def test_a_processor_tells_the_controllers_it_acts_for_before_all_else(
    company: Company, breach: Breach
) -> None:
    """Art. 33(2): without undue delay; the controller, not the processor, notifies."""
    dpo = company.staff[Role.DPO]
    altra, terza = (
        ProcessingOnBehalf.objects.create(
            controller=company.controller, principal=name, principal_contact="privacy@x.example",
            processing_it="Assistenza", processing_en="Support",
        )
        for name in ("Altra S.p.A.", "Terza S.r.l.")
    )  # fmt: skip
    nobodys = known(BreachRisk.HIGH, is_ours=False)
    with pytest.raises(breaches.BreachStepError):
        breaches.describe(breach=breach, known=nobodys, by=dpo, now=SOON)
    theirs = known(BreachRisk.HIGH, is_ours=False, is_complete=True, principals=[altra, terza])
    breaches.describe(breach=breach, known=theirs, by=dpo, now=SOON)
    assert (step(breach), breaches.due_at(breach)) == (Step.TELL_CONTROLLER, None)
    assert breaches.untold(breach) == [altra, terza]
    for wrong in ({"told": Told.AUTHORITY}, {"told": Told.CONTROLLER}, {"told": Told.PEOPLE}):
        with pytest.raises(breaches.BreachStepError):
            notify(company, breach, at=SOON, **wrong)
    for principal in (altra, terza):
        told = notify(
            company, breach, at=SOON, told=Told.CONTROLLER, principal=principal, reference="PEC 1"
        )
        assert (told.principal, told.is_late) == (principal, False)
    assert (step(breach), breaches.untold(breach)) == (Step.NONE, [])
    with pytest.raises(breaches.BreachStepError):
        breaches.decide(breach=breach, exception=None, reasons="x", by=dpo, now=SOON)
    both = known(BreachRisk.RISK, principals=[altra])
    breaches.describe(breach=breach, known=both, by=dpo, now=SOON)
    assert (step(breach), breaches.due_at(breach)) == (Step.NOTIFY, END), "our own data, too"
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=SOON):
        rows = Entry.objects.filter(action=Action.BREACH_NOTIFIED)
        said = [bytes(entry.entry) for entry in rows]
    assert len(said) == 2
    assert all(b'"reason":"controller"' in entry for entry in said)


def test_another_number_of_hours_is_a_row_and_counts_from_its_day(
    company: Company, breach: Breach
) -> None:
    """Of the rows, the one in force on the day of awareness; a later one changes nothing."""
    day = AWARE.date()
    for value, start in (("48", day + timedelta(days=1)), ("96", day)):
        provisions.enter(
            controller=company.controller, parameter=Parameter.BREACH_HOURS, value=value,
            valid_from=start, source="Proposta", by=company.staff[Role.DPO], now=SOON,
        )  # fmt: skip
    assert breaches.due_at(breach) == AWARE + timedelta(hours=96)


def test_people_are_not_told_by_an_exception_of_the_article_alone(
    company: Company, breach: Breach
) -> None:
    dpo = company.staff[Role.DPO]
    with pytest.raises(breaches.BreachStepError):  # nothing is known yet
        breaches.decide(breach=breach, exception=None, reasons="x", by=dpo, now=SOON)
    breaches.describe(breach=breach, known=known(BreachRisk.HIGH), by=dpo, now=SOON)
    for exception in (None, Exception34.UNINTELLIGIBLE):
        with pytest.raises(breaches.BreachStepError):
            breaches.decide(breach=breach, exception=exception, reasons=" ", by=dpo, now=SOON)
    with pytest.raises(breaches.BreachStepError):  # it was not decided that they are told
        notify(company, breach, at=SOON, told=Told.PEOPLE)
    breaches.decide(
        breach=breach, exception=Exception34.UNINTELLIGIBLE, reasons="Cifrati", by=dpo, now=SOON
    )
    assert step(breach) is Step.NOTIFY, "the authority is notified all the same"
    breaches.decide(breach=breach, exception=None, reasons="La chiave è nota", by=dpo, now=END)
    notify(company, breach, at=END)
    assert step(breach) is Step.TELL, "the later decision counts"


def test_no_moment_that_can_not_be(company: Company, breach: Breach) -> None:
    dpo, hour = company.staff[Role.DPO], timedelta(hours=1)
    for aware, began in ((SOON + hour, None), (AWARE, AWARE + hour)):
        with pytest.raises(breaches.BreachTimeError):
            breaches.record(aware_at=aware, began_at=began, by=dpo, now=SOON)
    breaches.describe(breach=breach, known=known(BreachRisk.RISK), by=dpo, now=SOON)
    for sent in (AWARE - hour, SOON + 2 * hour):
        with pytest.raises(breaches.BreachTimeError):
            breaches.notify(
                breach=breach, told=Told.AUTHORITY, sent_at=sent, reference="", reasons="",
                by=dpo, now=SOON + hour,
            )  # fmt: skip
    second = breaches.record(aware_at=SOON, began_at=AWARE, by=dpo, now=SOON)
    assert second.number == 2


def test_what_was_said_of_it_is_written_once(company: Company, breach: Breach) -> None:
    dpo = company.staff[Role.DPO]
    breaches.describe(breach=breach, known=known(BreachRisk.HIGH), by=dpo, now=SOON)
    notify(company, breach, at=SOON)
    breaches.decide(breach=breach, exception=None, reasons="Sì", by=dpo, now=SOON)
    for model, change in (
        (Breach, {"aware_at": SOON}),
        (BreachReport, {"risk": "unlikely"}),
        (BreachNotification, {"sent_at": AWARE}),
        (BreachDecision, {"exception": "a"}),
    ):
        for attempt in (
            lambda m=model, c=change: m.objects.update(**c),
            lambda m=model: m.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
                attempt()


def test_words_rest_sealed_and_the_log_has_none_of_them(company: Company, breach: Breach) -> None:
    dpo = company.staff[Role.DPO]
    report = breaches.describe(breach=breach, known=known(BreachRisk.HIGH), by=dpo, now=SOON)
    report.refresh_from_db()
    assert b"Rossi" not in bytes(report.words)
    assert breaches.words_of(report)["happened"] == "Mario Rossi ha spedito un file"
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=SOON):
        said = Entry.objects.filter(action__startswith="breach.").order_by("id")
        assert [entry.action for entry in said] == [Action.BREACH_RECORDED, Action.BREACH_REPORTED]
        assert not any(b"Rossi" in bytes(entry.entry) for entry in said)
