"""O2, O26: people who come by a public form, by a link of others, or from elsewhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from crm.acquisition import arrivals, referrals, webforms
from crm.acquisition.arrivals import Arrival, Box, Taken
from crm.acquisition.errors import FormInvalidError, FormNotFoundError
from crm.acquisition.webforms import Asking
from crm.conversations import own_links
from crm.conversations.outgoing import Letter
from crm.models import Contact, ContactPoint, Interaction, ReferralLink, WebForm
from crm.workflows.errors import RuleApprovalError
from dsar import links, notice, preferences
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role, SubjectKind
from registry import consent, notices, operations
from registry.consent import Evidence, Said
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.models import ConsentEvent, DataSubject, NoticeGiven, PrivacyNotice
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.webforms import ASKING, BOXES, a_form

TODAY = NOW.date()
SAID = {"given_name": "Anna", "family_name": "Bianchi", "email": "anna@example.it",
        "message": "Vorrei un preventivo"}  # fmt: skip
TICKED = [Box(b["purpose"], Channel(b["channel"]), f"[x] {b['text_it']}") for b in BOXES]


def a_notice(company: Company) -> PrivacyNotice:
    texts = notice.texts(company.controller, now=NOW)
    made = notices.draft(company.controller, texts, by=company.staff[Role.DPO], now=NOW)
    notices.approve(
        company.controller, made[0].number, saying=texts, by=company.staff[Role.LEGAL], now=NOW
    )
    found = notices.in_force(company.controller.pk, "it")
    assert found
    return found


def asking_at_the_address(access: Access, said: Said, how: Evidence) -> Letter:
    _event, token = preferences.ask(access, said, how, until=TODAY + timedelta(days=30))
    return Letter(Channel.EMAIL, own_links.place(links.digest_of(token)), "Una domanda")


def taken(form: WebForm, arrival: Arrival) -> arrivals.Result:
    return arrivals.take(form, arrival, ask=asking_at_the_address, now=NOW)


def held(company: Company, subject: UUID, model: Any) -> list[Any]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        rows = list(access.rows(model).order_by("id"))
        for row in rows:
            row.__dict__["shown"] = access.values(row)
    return rows


def people(company: Company) -> int:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return DataSubject.objects.filter(controller=company.controller).count()


def test_o2_a_post_makes_contact_source_notice_and_consents_of_the_boxes_that_were_ticked(
    company: Company,
) -> None:
    form, shown = a_form(company), a_notice(company)
    result = taken(form, Arrival(SAID, TICKED[:1], shown))
    assert (result.taken, len(result.questions)) == (Taken.NEW, 1)
    subject = result.subject
    assert subject
    (contact,) = held(company, subject, Contact)
    assert (contact.shown["given_name"], contact.stage) == ("Anna", "prospect")
    assert (contact.source, contact.source.from_subject) == (company.source, True)
    assert [p.shown["email"] for p in held(company, subject, ContactPoint)] == ["anna@example.it"]
    assert [(g.notice_id, g.how) for g in held(company, subject, NoticeGiven)] == [
        (shown.pk, "form")
    ]
    assert [(e.channel, e.state, e.method, e.shown["statement"]) for e in held(company, subject, ConsentEvent)] == [
        ("email", "requested", "form", "[x] Scrivetemi le novità per e-mail")
    ]  # fmt: skip
    message, asked = held(company, subject, Interaction)
    assert (asked.direction, asked.state, result.questions) == ("out", "waiting", [asked.pk])
    assert (message.direction, message.channel, message.shown["body"]) == (
        "in", "web", "Vorrei un preventivo",
    )  # fmt: skip


def test_o2_nothing_ticked_is_nothing_agreed(company: Company) -> None:
    result = taken(a_form(company), Arrival(SAID))
    assert result.subject
    assert held(company, result.subject, ConsentEvent) == []


def test_o2_an_electronic_channel_is_confirmed_at_the_address(company: Company) -> None:
    result = taken(a_form(company), Arrival(SAID, TICKED))
    assert result.subject
    states = [(e.channel, e.state) for e in held(company, result.subject, ConsentEvent)]
    assert sorted(states) == [("email", "requested"), ("phone", "given")]

    def newsletter_goes() -> bool:
        try:
            with gate.open(
                company.actor(Role.MARKETING), "newsletter", Operation.SEND,
                subjects=result.subject, channel=Channel.EMAIL, recipient=To.THE_PERSON,
                offers_opt_out=True, now=NOW,
            ):  # fmt: skip
                return True
        except GateRefusedError:
            return False

    assert not newsletter_goes()
    (asked,) = (e for e in held(company, result.subject, ConsentEvent) if e.channel == "email")
    link = links.Link(
        asked.pk, company.controller.pk, result.subject, links.Kind.CONFIRM, asked.purpose_id,
        "email", asked.pk,
    )  # fmt: skip
    preferences.confirm(link, now=NOW)
    assert newsletter_goes()


def test_o2_whoever_posts_a_known_address_changes_nothing_of_the_person(company: Company) -> None:
    anna = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management",
                    role=Role.SALES, email="anna@example.it")  # fmt: skip
    before = people(company)
    result = taken(a_form(company), Arrival({**SAID, "given_name": "Mallory"}, TICKED))
    assert (result.taken, result.subject, people(company)) == (Taken.KNOWN, anna, before)
    (contact,) = held(company, anna, Contact)
    assert contact.shown["given_name"] == "Anna"
    assert {e.state for e in held(company, anna, ConsentEvent)} == {"requested"}, (
        "none by a stranger"
    )
    came = [m for m in held(company, anna, Interaction) if m.direction == "in"]
    assert [m.shown["body"] for m in came] == ["Vorrei un preventivo"]


def test_o2_whoever_objected_is_not_brought_back_as_somebody_new(company: Company) -> None:
    anna = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management",
                    role=Role.SALES, email="anna@example.it")  # fmt: skip
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        consent.object_to(access, subject=anna, at=NOW, purpose=company.purpose("lead_management"))
    before = people(company)
    assert taken(a_form(company), Arrival(SAID, TICKED)).taken is Taken.NOT_USED
    assert (people(company), held(company, anna, Interaction)) == (before, [])


@pytest.mark.parametrize(
    ("changed", "misfit"),
    [
        ({"fields": ["email", "birth_date"]}, ("fields/birth_date", "unknown_field")),
        ({"fields": ["given_name"], "required": []}, ("fields", "no_address")),
        ({"required": ["phone"]}, ("required/phone", "not_asked")),
        ({"boxes": [{**BOXES[0], "purpose": "order_management"}]},
         ("boxes/0/purpose", "not_by_consent")),
        ({"boxes": [{**BOXES[0], "channel": "pigeon"}]}, ("boxes/0/channel", "unknown_channel")),
        ({"boxes": [{**BOXES[0], "ticked": "yes"}]}, ("boxes/0", "parts")),
        ({"boxes": [{**BOXES[0], "text_en": " "}]}, ("boxes/0", "parts")),
    ],
)  # fmt: skip
def test_o2_a_form_that_asks_without_a_purpose_is_refused(
    company: Company, changed: dict[str, Any], misfit: tuple[str, str]
) -> None:
    with pytest.raises(FormInvalidError) as refused:
        a_form(company, replace(ASKING, **changed))
    assert misfit in refused.value.details["misfits"]


def test_o2_a_field_outside_the_categories_of_the_activity_is_refused(company: Company) -> None:
    with pytest.raises(FormInvalidError) as refused:
        webforms.draft(
            "x", Asking("a", "b", ["email", "job_title"]), purpose=company.purpose("newsletter"),
            by=company.staff[Role.SALES], now=NOW,
        )  # fmt: skip
    assert refused.value.details["misfits"] == [("fields/job_title", "no_purpose")]


def test_o2_a_form_is_approved_by_another_person_and_stays(company: Company) -> None:
    drafted = webforms.draft(
        "contatto", ASKING, purpose=company.purpose("lead_management"),
        by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    with pytest.raises(FormNotFoundError):
        webforms.opened(company.controller.pk, "contatto")
    for by in (Role.DPO, Role.SALES):
        with pytest.raises(RuleApprovalError):
            webforms.approve(drafted, by=company.staff[by], now=NOW)
    webforms.approve(drafted, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        WebForm.objects.filter(pk=drafted.pk).update(fields=["email", "phone"])


# O26


def test_o26_an_imported_lead_without_notice_is_in_the_worklist_and_gets_no_marketing(
    company: Company,
) -> None:
    fair = operations.add_source(
        controller=company.controller, name="Fiera", kind="import", by=company.staff[Role.DPO],
        now=NOW,
    )  # fmt: skip
    operations.verify_source(source=fair, by=company.staff[Role.DPO], now=NOW)
    lead = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management",
                    role=Role.SALES, source=fair)  # fmt: skip
    a_consent(company, lead)
    due = NOW + timedelta(days=31)

    def goes(now: Any) -> str:
        try:
            with gate.open(
                company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=lead,
                channel=Channel.EMAIL, recipient=To.THE_PERSON, offers_opt_out=True, now=now,
            ):  # fmt: skip
                return "sent"
        except GateRefusedError as refused:
            return refused.code

    assert goes(due) == "notice_overdue"
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=due):
        waiting = list(notices.owed().values_list("pk", "tell_by"))
    ((who, tell_by),) = waiting
    assert who == lead
    assert TODAY + timedelta(days=29) <= tell_by < due.date()
    told = notices.Told(a_notice(company), due, notices.Telling.EMAIL)
    assert notices.give_owed(company.actor(Role.DPO), tell_by=tell_by, told=told, now=due) == 1
    assert goes(due) == "sent"


def test_o26_a_friend_comes_by_a_link_and_not_by_what_somebody_says_of_them(
    company: Company,
) -> None:
    form = a_form(company)
    anna = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management", role=Role.SALES)
    with gate.open(
        company.actor(Role.SALES), "lead_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        token = referrals.issue(access, anna, form, until=TODAY + timedelta(days=30))
    before = people(company)
    for word, counts in ((token, True), ("nobody", False), ("x" * 99, False), (token, True)):
        assert referrals.arrived(form, word, now=NOW, today=TODAY) is counts
    late = TODAY + timedelta(days=31)
    assert not referrals.arrived(form, token, now=NOW + timedelta(days=31), today=late)
    (link,) = held(company, anna, ReferralLink)
    assert (link.arrivals, people(company)) == (2, before), "a link makes nobody"
    names = {f.name for f in ReferralLink._meta.fields}
    assert names.isdisjoint({"friend", "email", "name", "arrived_subject"})


def test_o26_who_came_by_a_link_has_said_it_themselves(company: Company) -> None:
    result = taken(a_form(company), Arrival(SAID))
    assert result.subject
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert DataSubject.objects.get(pk=result.subject).notice_due_on is None
    assert ConsentState.GIVEN not in {e.state for e in held(company, result.subject, ConsentEvent)}
