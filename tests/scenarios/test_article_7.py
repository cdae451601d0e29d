"""Art. 7: consent is shown, is withdrawn as easily as it is given, and nobody else gives it."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import translation

from audit.verifier import form
from crm.models import Contact
from dsar import links, notice, preferences, receipts, withdrawal_right
from dsar.errors import LinkEndedError, PreferencesChangedError
from dsar.links import Kind, Link, Wanted
from governance.policy.consents import Mechanism
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Right, Role
from registry import notices
from registry.consent import Evidence, Said
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ConsentEvent, ConsentStanding, Objection, Purpose
from tests.builders import NOW, Company, a_consent, a_person
from tests.dsar.acts import ask_and_identify
from tests.scenarios.answering import LANGUAGES, the_letter

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def in_italian() -> Iterator[None]:
    with translation.override("it"):
        yield


def a_link(
    company: Company,
    subject: UUID,
    kind: Kind = Kind.PREFERENCES,
    purpose: Purpose | None = None,
    asked: UUID | None = None,
) -> Link:
    """The link as the page finds it; that it does so by its own role is shown in tests/dsar."""
    channel = Channel.EMAIL if purpose else None
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        links.issue(access, [Wanted(subject, kind, purpose, channel, asked)])
    key = purpose.pk if purpose else None
    return Link(subject, company.controller.pk, subject, kind, key, channel or "", asked)


def ledger(company: Company, subject: UUID) -> list[ConsentEvent]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=LATER
    ) as access:
        return list(access.rows(ConsentEvent).order_by("at", "channel"))


def may_be_written_to(company: Company, subject: UUID) -> bool:
    try:
        with gate.open(
            company.actor(Role.MARKETING), "newsletter", Operation.READ, subjects=subject,
            channel=Channel.EMAIL, now=LATER,
        ) as access:  # fmt: skip
            return access.rows(Contact).exists()
    except GateRefusedError:
        return False


EACH = ("email", "sms", "phone", "post")


def test_nothing_is_chosen_before_the_person_chooses(company: Company) -> None:
    subject = a_person(company)
    page = preferences.read(a_link(company, subject), now=NOW)
    assert [choice.purpose.key for choice in page.choices] == [
        "birthday",
        "call_recording",
        "newsletter",
        "profiling",
    ]
    assert [s.channel for s in page.switches] == [*EACH, "web", *EACH, "web"]
    assert str(page.switches[-1].label) == "sì", "nothing is sent for it: it has no channels"
    assert not any(switch.is_on for switch in page.switches)


def test_a_save_is_recorded_with_the_words_that_were_shown(company: Company) -> None:
    version = notice.draft(company.controller, by=company.staff[Role.DPO], now=NOW)[0]
    notice.approve(company.controller, version.number, by=company.staff[Role.LEGAL], now=NOW)
    subject = a_person(company)
    link = a_link(company, subject)
    shown = preferences.read(link, now=NOW).digest
    assert not may_be_written_to(company, subject)
    assert preferences.save(link, ["newsletter:email"], shown=shown, now=NOW) == 1
    assert may_be_written_to(company, subject)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=LATER
    ) as access:
        (line,) = access.rows(ConsentEvent)
        assert line.statement == ("Inviare novità e offerte. Acconsento a questo: [x] per e-mail")
        in_force = notices.in_force(company.controller.pk, "it")
        assert in_force is not None
        assert (line.method, line.door, line.state) == ("preferences", "person", "given")
        assert (line.notice, line.notice_digest) == ("1/it", in_force.digest)
    assert preferences.save(link, ["newsletter:email"], shown=shown, now=LATER) == 0


def test_withdrawing_takes_the_same_step_and_works_at_once(company: Company) -> None:
    subject = a_person(company)
    link = a_link(company, subject)
    shown = preferences.read(link, now=NOW).digest
    preferences.save(link, ["newsletter:email", "newsletter:sms"], shown=shown, now=NOW)
    preferences.save(link, ["newsletter:sms"], shown=shown, now=LATER)
    assert not may_be_written_to(company, subject)
    on = [s.name for s in preferences.read(link, now=LATER).switches if s.is_on]
    assert on == ["newsletter:sms"]


def test_refusing_everything_ends_what_stands_and_decides_the_rest(company: Company) -> None:
    subject = a_person(company)
    link = a_link(company, subject)
    shown = preferences.read(link, now=NOW).digest
    preferences.save(link, ["newsletter:email"], shown=shown, now=NOW)
    assert preferences.refuse_all(link, shown=shown, now=LATER) == 10
    assert preferences.refuse_all(link, shown=shown, now=LATER) == 0
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=LATER
    ):
        rows = ConsentStanding.objects.values_list("purpose__key", "channel", "state")
        states = {f"{purpose}:{channel}": state for purpose, channel, state in rows}
    assert states.pop("newsletter:email") == "withdrawn"
    assert {"newsletter:sms", "newsletter:phone", "newsletter:post", "profiling:web"} <= set(states)
    assert set(states.values()) == {"refused"}


def test_other_words_than_were_shown_are_not_recorded(company: Company) -> None:
    subject = a_person(company)
    link = a_link(company, subject)
    shown = preferences.read(link, now=NOW).digest
    newsletter = company.purpose("newsletter")
    newsletter.text_it = "Vendere i Suoi dati"
    newsletter.save(update_fields=["text_it"])
    with pytest.raises(PreferencesChangedError):
        preferences.save(link, ["newsletter:email"], shown=shown, now=NOW)
    assert not may_be_written_to(company, subject)


def test_one_click_ends_one_purpose_and_can_do_nothing_else(company: Company) -> None:
    subject = a_person(company)
    own = a_link(company, subject)
    shown = preferences.read(own, now=NOW).digest
    preferences.save(own, ["newsletter:email", "newsletter:sms"], shown=shown, now=NOW)
    out = a_link(company, subject, Kind.UNSUBSCRIBE, company.purpose("newsletter"))
    for _again in range(2):
        preferences.leave(out, one_click=True, now=LATER)
    lines = ledger(company, subject)
    assert [(e.channel, e.state, e.method) for e in lines][-1] == (
        "email",
        "withdrawn",
        "one_click",
    )
    assert len(lines) == 3
    on = [s.name for s in preferences.read(own, now=LATER).switches if s.is_on]
    assert on == ["newsletter:sms"]


def test_leaving_a_purpose_of_interest_is_an_objection(company: Company) -> None:
    subject = a_person(company)
    out = a_link(company, subject, Kind.UNSUBSCRIBE, company.purpose("lead_management"))
    for _again in range(2):
        preferences.leave(out, one_click=True, now=NOW)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=LATER
    ):
        assert Objection.objects.get().purpose == company.purpose("lead_management")


def test_a_consent_that_was_asked_for_counts_when_it_is_confirmed(company: Company) -> None:
    subject = a_person(company)
    newsletter = company.purpose("newsletter")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        asked, _token = preferences.ask(
            access,
            Said(subject, newsletter, Channel.EMAIL, ConsentState.GIVEN),
            Evidence(NOW, Mechanism.FORM, "Voglio novità e offerte per e-mail"),
            until=NOW.date() + timedelta(days=7),
        )
    link = a_link(company, subject, Kind.CONFIRM, newsletter, asked.pk)
    looked = preferences.question(link, now=NOW)
    assert (looked.statement, looked.is_answered) == ("Voglio novità e offerte per e-mail", False)
    assert not may_be_written_to(company, subject)  # looking, as a scanner does, gave nothing
    for _again in range(2):
        preferences.confirm(link, now=LATER)
    assert may_be_written_to(company, subject)
    lines = ledger(company, subject)
    assert [(e.state, e.method, e.previous) for e in lines] == [
        ("requested", "form", None),
        ("given", "double_opt_in", asked.pk),
    ]
    assert preferences.question(link, now=LATER).is_answered


def test_the_receipt_is_checked_without_us(company: Company) -> None:
    subject = a_person(company)
    link = a_link(company, subject)
    shown = preferences.read(link, now=NOW).digest
    preferences.save(link, ["newsletter:email"], shown=shown, now=NOW)
    preferences.save(link, [], shown=shown, now=LATER)
    found = json.loads(receipts.receipt(link, now=LATER))
    body, signature = found["receipt"], found["signature"]
    key = base64.b64decode(receipts.public_key(company.controller.pk))
    assert base64.b64decode(signature["key"]) == key
    value = base64.b64decode(signature["value"])
    Ed25519PublicKey.from_public_bytes(key).verify(value, form.canonical(body))
    (record,) = body["records"]
    assert record["state"] == "https://w3id.org/dpv#ConsentWithdrawn"
    assert record["pii_processing"]["lawful_basis"] == "https://w3id.org/dpv#Consent"
    states = [event["event_state"].partition("#")[2] for event in record["events"]]
    assert states == ["ConsentGiven", "ConsentWithdrawn"]
    assert record["events"][0]["statement"].endswith("[x] per e-mail")
    assert "bianchi" not in json.dumps(body).lower()


def test_a_link_does_only_what_it_is_for(company: Company) -> None:
    subject = a_person(company)
    with pytest.raises(LinkEndedError):
        preferences.leave(a_link(company, subject), one_click=True, now=NOW)
    with pytest.raises(LinkEndedError):
        preferences.confirm(a_link(company, subject), now=NOW)


def test_the_same_link_is_written_into_every_message(company: Company) -> None:
    subject = a_person(company)
    newsletter = company.purpose("newsletter")
    wanted = [
        Wanted(subject),
        Wanted(subject, Kind.UNSUBSCRIBE, newsletter, Channel.EMAIL),
        Wanted(subject, Kind.UNSUBSCRIBE, newsletter, Channel.SMS),
    ]
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        first, again = links.issue(access, wanted), links.issue(access, wanted)
    assert first == again
    assert len(set(first)) == 3
    assert not any(str(subject)[:8] in token for token in first)


@LANGUAGES
def test_a_withdrawal_by_request_counts_from_its_receipt_and_is_confirmed(
    company: Company, language: str
) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=1))
    request = ask_and_identify(company, Right.WITHDRAWAL, subject=anna, language=language)
    withdrawal_right.confirm(request.pk, by=company.actor(Role.DPO), now=LATER)
    letter = the_letter(company, language, now=LATER)
    assert ("novità e offerte" in letter) == (language == "it")
    assert ("news and offers" in letter) == (language == "en")
