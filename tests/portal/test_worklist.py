"""The home page: what is due, the soonest legal deadline first."""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from audit import log
from audit.actions import Action
from governance.policy import actors
from governance.policy.vocabulary import ConsentState, Duty, Role
from governance.portal.items import Item, arranged
from governance.portal.worklist import collect
from registry import operations
from registry.gate import opening as gate
from registry.models import ActivityVersion, DataSource, Finding, Recipient
from tests.builders import NOW, Company, a_consent, a_person
from tests.portal.conftest import As, ask, entries, new_entries

TODAY = date(2026, 11, 23)


def item(title: str, due: date | None, aim: date | None = None, since: date | None = None) -> Item:
    return Item("k", title, "d", "s", "/u", due, aim, since)


def test_order_urgency_and_time_used() -> None:
    items = [
        item("none", None),
        item("far", date(2026, 12, 23), date(2026, 12, 16), date(2026, 11, 23)),
        item("late", date(2026, 11, 20), date(2026, 11, 13), date(2026, 10, 20)),
        item("soon", date(2026, 11, 30), date(2026, 11, 23), date(2026, 10, 30)),
        item("very late", date(2026, 11, 2), None, date(2026, 10, 2)),
        item("today", date(2026, 11, 23), None, date(2026, 11, 13)),
    ]
    rows = arranged(items, today=TODAY)
    assert [(r.item.title, r.urgency, r.used) for r in rows] == [
        ("very late", "late", 100),
        ("late", "late", 100),
        ("today", "fine", 100),
        ("soon", "soon", 77),
        ("far", "fine", 0),
        ("none", "none", 0),
    ]


def test_the_page_shows_everything_that_is_due(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    late = ask(company, "access", days=45, now=now)
    fresh = ask(company, "erasure", days=1, now=now)
    version = ActivityVersion.objects.get(activity__purpose__key="customer_care")
    operations.redraft(version=version, by=company.staff[Role.LEGAL], now=now)
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import",
        by=company.staff[Role.DPO], now=now,
    )  # fmt: skip
    a_person(company, given="Gina", family="Neri", source=source, now=now)
    Finding.objects.create(
        controller=company.controller, place="x", category="health", kind="special_category"
    )
    today = timezone.localdate(now)
    Recipient.objects.filter(name="Commercialista").update(
        agreement_on=today - timedelta(days=300), agreement_until=today + timedelta(days=10)
    )
    browser = as_role(Role.DPO)
    before = entries(company)
    answer = browser.get(reverse("admin:index"))
    # Nothing orders the log of this database, of which the list says so in time.
    due = [r for r in answer.context["dated"] if r.item.kind != "Audit log"]
    dated = [(r.item.kind, r.urgency, r.item.step) for r in due]
    assert sorted(dated) == [
        ("Privacy notice", "fine", "Tell them"),
        ("Processor agreement", "soon", "Renew"),
        ("Request", "fine", "Confirm identity"),
        ("Request", "late", "Confirm identity"),
    ]
    assert [r.item.url for r in due if r.item.kind == "Request"] == [
        reverse("admin:dsar_subjectrequest_change", args=[request.pk]) for request in (late, fresh)
    ]
    undated = {(r.item.kind, r.item.title, r.item.detail) for r in answer.context["undated"]}
    assert undated == {
        ("Draft", "Customer care · v2", "Drafted, waits for approval"),
        ("Source not verified", "Fiera", "1 person in quarantine"),
        ("Source not verified", "Sistema gestionale precedente", "0 people in quarantine"),
        ("Findings", "1 open question", "in 1 place"),
        ("Processor agreement", "Fornitore di servizi informatici",
         "No agreement on record (Art. 28(3))"),
    }  # fmt: skip
    text = answer.content.decode()
    assert "Late" in text
    assert "Bianchi" not in text
    assert "no-store" in answer["Cache-Control"]
    assert [entry.action for entry in new_entries(company, before)] == ["duty.performed"]


def test_consents_that_end_soon_are_told_while_they_can_be_asked_for_again(
    company: Company,
) -> None:
    people = [a_person(company, now=NOW) for _ in range(3)]
    for person, days in zip(people, (10, 30, 31), strict=True):
        a_consent(company, person, expires_on=TODAY + timedelta(days=days))

    def told(now: datetime) -> list[tuple[str, date | None]]:
        with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
            found = collect(company.staff[Role.DPO], now=now)
        return [(item.detail, item.due_on) for item in found if item.kind == "Consenso"]

    first = TODAY + timedelta(days=10)
    with translation.override("it"):
        assert told(NOW) == [
            ("I consensi di 2 persone scadono: vanno richiesti finché valgono", first)
        ]
        later = NOW + timedelta(days=11)
        ends = [TODAY + timedelta(days=30)]
        assert [due for _detail, due in told(later)] == ends, "what is over is told no more"
        assert "2 persone" in told(later)[0][0]
        a_consent(company, people[1], state=ConsentState.WITHDRAWN, at=later)
        assert "1 persona" in told(later)[0][0]


def test_italian_comes_by_itself(company: Company, as_role: As) -> None:
    text = as_role(Role.DPO).get("/admin/", headers={"accept-language": "it"}).content.decode()
    assert '<html lang="it"' in text
    assert "In attesa di una decisione" in text
    assert "Registro degli accessi" in text


def test_verifying_a_source_releases_its_people(
    company: Company, as_role: As, now: datetime
) -> None:
    source = DataSource.objects.get(name="Sistema gestionale precedente")
    a_person(company, source=source, now=now)
    browser = as_role(Role.DPO)
    page = browser.get(reverse("admin:registry_datasource_change", args=[source.pk]))
    assert "1 person waits in quarantine" in page.content.decode()
    answer = browser.post(reverse("admin:source_verify", args=[source.pk]), follow=True)
    assert "Verified. 1 person left quarantine." in answer.content.decode()
    source.refresh_from_db()
    assert source.verified_by == company.staff[Role.DPO]


def test_a_recovery_kit_that_nobody_tries_is_due_after_a_year(
    company: Company, now: datetime
) -> None:
    def due(moment: datetime) -> list[tuple[str, date | None]]:
        actor = company.actor(Role.DPO)
        with gate.duty(actor, Duty.SUPERVISION, now=now):
            found = collect(company.staff[Role.DPO], now=moment)
        return [(one.title, one.due_on) for one in found if one.kind == "Recovery kit"]

    after = timezone.now() + timedelta(days=366)
    assert due(after) == [], "prepare warns of it"
    made = log.Event(action=Action.KIT_MADE, purpose="duty:security")
    log.record(actors.system(company.controller.pk), made, now=now)
    assert due(timezone.now() + timedelta(days=364)) == []
    last = date_format(timezone.localdate(), "j F Y")
    assert due(after) == [(f"Not tried since {last}", timezone.localdate(after))]
