"""People who ask for somebody else's data, and people who ask for their own (P-4).

Each line of the table is a person: what they do to get a copy, what stops it, and which lawful way
on is offered. Nobody among them gets a copy; everybody among the honest does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from dsar import attaching, codes, deaths, representation, requests, withdrawal_right
from dsar.errors import (
    NotIdentifiedError,
    RequestStateError,
    SeveralPeopleError,
    UnknownIdentityLevelError,
)
from dsar.identity import OnBehalf
from dsar.identity_errors import (
    ChildDecidesError,
    CodeRefusedError,
    ForbiddenByDeceasedError,
    PersonDeadError,
    RepresentationError,
)
from dsar.models import Correspondence, IdentityCode, SubjectRequest
from governance.policy.identity import Behalf, Signal, Step
from governance.policy.vocabulary import ConsentState, Duty, Right
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.models import ConsentStanding
from tests.builders import NOW, Company, a_consent
from tests.dsar.asking import ANNA, YEAR, Scene

TODAY = NOW.date()
TEN_DAYS_AGO = NOW - timedelta(days=10)
OTHER = "somebody.else@example.org"
MOTHER = OnBehalf(Behalf.CHILD, "Anna Bianchi", "madre")
Story = Callable[[Scene], SubjectRequest]


@dataclass(frozen=True)
class Abuser:
    """Somebody who is not to get a copy."""

    who: str
    story: Story
    way_on: Step
    stopped_by: type[Exception] = NotIdentifiedError
    because: Signal | None = None


def from_address(email: str) -> Story:
    """Staff find Anna by her name, and take an answer from an address like hers for hers."""

    def story(s: Scene) -> SubjectRequest:
        request = s.ask(email, subject=s.anna())
        s.says(request)
        return request

    return story


def recycled(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.point(s.anna(), bounced_at=TEN_DAYS_AGO))
    s.says(request)
    return request


def spouse(s: Scene) -> SubjectRequest:
    s.anna(given="Bruno", email=ANNA)
    s.anna()
    request = s.ask(name="Anna Bianchi")
    s.says(request)
    return request


def two_people(s: Scene) -> SubjectRequest:
    s.anna(given="Bruno", email=ANNA)
    s.anna()
    return s.ask(name="")


def former_employee(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.left_company(s.anna()))
    s.says(request)
    return request


def successor_at_the_desk(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.left_company(s.anna()), behalf=Behalf.COMPANY_CONTACT)
    s.says(request)
    s.enters(request, "0000-0000-0000-0000")
    return request


def forged_mandate(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, subject=s.anna(), name="Avv. Finto", behalf=Behalf.MANDATE)
    s.says(request, "in_person")  # who the lawyer is; not that she sent them
    return request


def expired_mandate(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, subject=s.anna(), name="Avv. Tardi", behalf=Behalf.MANDATE)
    representation.verify(
        request.pk, evidence="Procura del 2024", valid_until=TODAY - timedelta(days=1), by=s.dpo,
        now=NOW,
    )  # fmt: skip
    return request


def agents_in_bulk(s: Scene) -> SubjectRequest:
    for given in ("Ada", "Bea", "Cleo", "Dora"):
        s.ask(OTHER, subject=s.anna(given=given), name="Agenzia", behalf=Behalf.MANDATE)
    request = s.ask(OTHER, subject=s.anna(), name="Agenzia", behalf=Behalf.MANDATE)
    s.says(request, "document")
    return request


def changed_address(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.point(s.anna(), changed_at=TEN_DAYS_AGO))
    s.says(request)
    return request


def added_phone(s: Scene) -> SubjectRequest:
    anna = s.another_point(s.known_for_years(s.anna()), days=5, phone="+39 347 1112223")
    request = s.ask(subject=anna)
    s.says(request)
    s.says(request, "called_back", point=s.key("+39 347 1112223", Lookup.PHONE))
    return request


def a_child(age: int) -> Story:
    def story(s: Scene) -> SubjectRequest:
        request = s.ask(subject=s.born(s.anna(), date(TODAY.year - age, 1, 1)))
        s.says(request)
        return request

    return story


def parent(age: int, right: Right = Right.ACCESS, *, is_seen: bool = True) -> Story:
    def story(s: Scene) -> SubjectRequest:
        child = s.born(s.anna(email="anna@scuola.example"), date(TODAY.year - age, 1, 1))
        request = s.ask(OTHER, name="Carla", subject=child, right=right, behalf=Behalf.CHILD)
        if is_seen:
            representation.verify(request.pk, evidence="Stato di famiglia", by=s.dpo, now=NOW)
        else:
            s.says(request, "document")
        return request

    return story


def guardian(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, name="Tutore", subject=s.anna(), behalf=Behalf.WARD)
    s.says(request, "in_person")
    return request


def as_the_deceased(s: Scene) -> SubjectRequest:
    anna = s.anna()
    deaths.record(anna, died_on=TODAY, evidence="Certificato del Comune", by=s.dpo, now=NOW)
    request = s.ask(subject=anna)  # whoever has the dead woman's mailbox
    s.says(request)
    return request


def heir(*, is_forbidden: bool) -> Story:
    def story(s: Scene) -> SubjectRequest:
        anna = s.anna()
        if is_forbidden:
            deaths.prohibit(
                anna, ["access", "portability"], statement="Nessuno legga le mie lettere.",
                said_on=TODAY - YEAR, is_free_and_informed=True, by=s.dpo, now=NOW,
            )  # fmt: skip
        request = s.ask(OTHER, name="Erede", subject=anna, behalf=Behalf.DECEASED)
        if is_forbidden:
            representation.verify(
                request.pk, evidence="Stato di famiglia", capacity="family", died_on=TODAY,
                by=s.dpo, now=NOW,
            )  # fmt: skip
        return request

    return story


def pressure(s: Scene) -> SubjectRequest:
    """The caller is loud; the operator tries, then says that they know her."""
    request = s.ask(subject=s.anna())
    with pytest.raises(NotIdentifiedError):
        s.release(request)
    for means in ("known_contact", "account", "in_person"):
        s.says(request, means)
    s.says(request, "decision", reason="La conosco")
    return request


def knows_everything(s: Scene) -> SubjectRequest:
    """By phone: name, orders, birthday; no way to reach her that we knew."""
    anna = s.anna(phone="+39 333 1234567")
    return s.ask("", subject=anna, phone="+39 347 9998887")


def code_to_the_new_address(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, subject=s.anna())
    with pytest.raises(CodeRefusedError):
        codes.send(request.pk, s.key(OTHER), by=s.dpo, now=NOW)
    return request


def code_to_a_changed_address(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.point(s.anna(), changed_at=TEN_DAYS_AGO))
    with pytest.raises(CodeRefusedError):
        codes.send(request.pk, s.key(ANNA), by=s.dpo, now=NOW)
    return request


def replayed_code(s: Scene) -> SubjectRequest:
    """The code of an old request of hers, found in a mailbox."""
    anna = s.anna()
    first = s.ask(subject=anna)
    code = s.code_to(first)
    assert s.enters(first, code)
    assert not s.enters(first, code)
    request = s.ask(OTHER, subject=anna)
    assert not s.enters(request, code)
    return request


def code_of_another(s: Scene) -> SubjectRequest:
    """Bruno asks for his own, gets a code at his address, and enters it for hers."""
    bruno = "bruno.neri@example.it"
    s.anna(given="Bruno", family="Neri", email=bruno)
    code = s.code_to(s.ask(bruno, name="Bruno Neri"), bruno)
    request = s.ask(OTHER, subject=s.anna())
    assert not s.enters(request, code)
    return request


def fifty_wrong_codes(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.anna())
    code = s.code_to(request)
    for number in range(50):
        assert not s.enters(request, f"{number:04}-0000-0000-0000")
    assert not s.enters(request, code)  # ten wrong ones ended it
    s.says(request)
    return request


def twice_the_same_way(s: Scene) -> SubjectRequest:
    """A new address, and twice an answer from the same old mailbox."""
    request = s.ask(OTHER, subject=s.anna())
    s.says(request, point=s.key(ANNA))
    s.says(request, point=s.key(ANNA))
    assert s.enters(request, s.code_to(request))
    return request


def yesterday_by_another_name(s: Scene) -> SubjectRequest:
    """They wrote for a child yesterday; today staff take the mother for the child."""
    child = s.born(s.anna(), date(TODAY.year - 12, 1, 1))
    request = s.ask(subject=child, name="Carla")
    representation.note(request.pk, MOTHER, by=s.dpo, now=NOW)
    s.says(request)
    return request


def vouched_code(s: Scene) -> SubjectRequest:
    """An operator says that the code was right, without one."""
    request = s.ask(subject=s.anna())
    with pytest.raises(UnknownIdentityLevelError):
        s.says(request, "code")
    return request


ABUSERS = [
    Abuser("has a plus in her address", from_address("anna.bianchi+crm@example.it"),
           Step.SEND_CODE, because=Signal.LOOK_ALIKE),
    Abuser("left out the dot", from_address("annabianchi@example.it"), Step.SEND_CODE,
           because=Signal.LOOK_ALIKE),
    Abuser("bought a domain that looks like hers", from_address("anna.bianchi@examp1e.it"),
           Step.ANSWER_ON_FILE, because=Signal.LOOK_ALIKE),
    Abuser("writes an a of another alphabet", from_address("аnna.bianchi@example.it"),
           Step.SEND_CODE, because=Signal.LOOK_ALIKE),
    Abuser("has the domain in punycode", from_address("anna.bianchi@xn--exmple-4nf.it"),
           Step.SEND_CODE, because=Signal.LOOK_ALIKE),
    Abuser("wants it sent to a new address", from_address(OTHER), Step.ANSWER_ON_FILE,
           because=Signal.NEW_ADDRESS),
    Abuser("has her old mailbox, given to somebody new", recycled, Step.DECIDE,
           because=Signal.MAILBOX_LOST),
    Abuser("shares the mailbox with her, and signs with her name", spouse, Step.DECIDE),
    Abuser("is one of two with this address", two_people, Step.DECIDE, SeveralPeopleError),
    Abuser("sits in the company she left", former_employee, Step.DECIDE,
           because=Signal.LEFT_COMPANY),
    Abuser("took over her desk and her mailbox", successor_at_the_desk, Step.DECIDE,
           because=Signal.LEFT_COMPANY),
    Abuser("shows a forged mandate", forged_mandate, Step.ASK_PERSON, RepresentationError,
           Signal.REPRESENTED),
    Abuser("had a mandate until yesterday", expired_mandate, Step.VERIFY, RepresentationError),
    Abuser("is a firm that writes for hundreds", agents_in_bulk, Step.NOT_VERIFIED,
           RepresentationError),
    Abuser("changed her address ten days ago", changed_address, Step.DECIDE,
           because=Signal.CONTACT_CHANGED),
    Abuser("added a phone number five days ago", added_phone, Step.DECIDE,
           because=Signal.CONTACT_CHANGED),
    Abuser("is twelve, and alone", a_child(12), Step.DECIDE, because=Signal.MINOR),
    Abuser("is fifteen, and alone", a_child(15), Step.DECIDE, because=Signal.MINOR),
    Abuser("is the mother of one of nineteen", parent(19), Step.TELL_CHILD, ChildDecidesError),
    Abuser("says she is the mother of one of twelve", parent(12, is_seen=False), Step.VERIFY,
           RepresentationError),
    Abuser("says he is the guardian", guardian, Step.VERIFY, RepresentationError),
    Abuser("writes from a dead woman's mailbox", as_the_deceased, Step.VERIFY, PersonDeadError),
    Abuser("is an heir whom she forbade it", heir(is_forbidden=True), Step.REFUSE,
           ForbiddenByDeceasedError),
    Abuser("says he is an heir", heir(is_forbidden=False), Step.VERIFY, RepresentationError),
    Abuser("presses the operator", pressure, Step.COLLEAGUE, because=Signal.PRESSURE),
    Abuser("knows everything about her, on the phone", knows_everything, Step.SEND_CODE,
           because=Signal.NEW_ADDRESS),
    Abuser("wants the code at the new address", code_to_the_new_address, Step.SEND_CODE),
    Abuser("wants the code where he changed it to", code_to_a_changed_address, Step.DECIDE),
    Abuser("found an old code", replayed_code, Step.ANSWER_ON_FILE),
    Abuser("enters the code of his own request", code_of_another, Step.SEND_CODE),
    Abuser("tries fifty codes", fifty_wrong_codes, Step.DECIDE, because=Signal.CODES_FAILED),
    Abuser("answers twice from one mailbox", twice_the_same_way, Step.DECIDE),
    Abuser("is taken for her own child", yesterday_by_another_name, Step.VERIFY,
           RepresentationError),
    Abuser("has an operator who vouches for a code", vouched_code, Step.SEND_CODE),
]  # fmt: skip


@pytest.mark.parametrize("one", ABUSERS, ids=lambda one: one.who)
def test_nobody_gets_a_copy_of_somebody_else(company: Company, one: Abuser) -> None:
    scene = Scene(company)
    request = one.story(scene)
    for by in (scene.dpo, scene.colleague):
        with pytest.raises(one.stopped_by):
            scene.release(request, by)
    assert scene.packages() == 0
    if one.stopped_by is not SeveralPeopleError:
        found = scene.assessed(request)
        assert one.way_on in found.steps
        assert one.because is None or one.because in found.because


def test_there_are_thirty_of_them() -> None:
    assert len({one.who for one in ABUSERS}) >= 30


def test_whoever_is_like_nobody_is_told_that_nothing_is_held(company: Company) -> None:
    """A look-alike whom nobody takes for her: an answer, and none of her data."""
    scene = Scene(company)
    scene.anna()
    for email in ("anna.bianchi+crm@example.it", "annabianchi@example.it", OTHER):
        request = scene.ask(email)
        assert not request.is_held
        scene.gets(request)
    assert scene.packages() == 0


# The honest


def by_an_answer(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.anna())
    s.says(request)
    return request


def by_a_code(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.anna())
    assert s.enters(request, s.code_to(request).lower().replace("-", " "))
    return request


def by_account(s: Scene) -> SubjectRequest:
    request = s.ask(subject=s.anna())
    s.says(request, "account")
    return request


def with_a_new_address(s: Scene) -> SubjectRequest:
    """A code at the old address and a call to the old number, or else the answer goes there."""
    anna = s.anna(phone="+39 333 1234567")
    request = s.ask(OTHER, subject=anna)
    assert s.enters(request, s.code_to(request))
    s.says(request, "called_back", point=s.key("+39 333 1234567", Lookup.PHONE))
    return request


def answered_on_file(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, subject=s.anna())
    representation.answer_on_file(request.pk, s.key(ANNA), by=s.dpo, now=NOW)
    assert s.enters(request, s.code_to(request))
    return request


def with_three_records(s: Scene) -> SubjectRequest:
    """We hold them three times; somebody looked and decided which is asked for."""
    subjects = [s.anna() for _ in range(3)]
    request = s.ask()
    assert request.identity == requests.AMBIGUOUS
    attaching.attach(request.pk, subjects[0], by=s.dpo, now=NOW)
    s.says(request, "decision", reason="Tre schede della stessa persona: stessi ordini")
    return request


def couple(s: Scene) -> SubjectRequest:
    """One mailbox for two: her own phone number tells her apart."""
    s.anna(given="Bruno", email=ANNA)
    anna = s.anna(phone="+39 333 1234567")
    request = s.ask(subject=anna)
    s.says(request, "called_back", point=s.key("+39 333 1234567", Lookup.PHONE))
    return request


def moved_last_week(s: Scene) -> SubjectRequest:
    """Her e-mail changed last week, her number is the old one; a colleague decides the rest."""
    request = s.ask(subject=s.point(s.anna(phone="+39 333 1234567"), changed_at=TEN_DAYS_AGO))
    s.says(request, "called_back", point=s.key("+39 333 1234567", Lookup.PHONE))
    s.says(request, "decision", reason="Risponde dal numero di sempre e conferma il cambio")
    return request


def left_her_job(s: Scene) -> SubjectRequest:
    anna = s.left_company(s.anna(phone="+39 333 1234567"))
    request = s.ask("", subject=s.another_point(anna, email="anna@casa.example"))
    s.says(request, "in_person")
    return request


def mandate_seen(s: Scene) -> SubjectRequest:
    request = s.ask(OTHER, subject=s.anna(), name="Avv. Vera", behalf=Behalf.MANDATE)
    representation.verify(request.pk, evidence="Procura speciale", by=s.dpo, now=NOW)
    return request


def mandate_confirmed_by_her(s: Scene) -> SubjectRequest:
    """She gives the lawyer the code that we sent her."""
    request = s.ask(OTHER, subject=s.anna(), name="Avv. Vera", behalf=Behalf.MANDATE)
    assert s.enters(request, s.code_to(request)) is True
    s.says(request, "account")
    return request


def answered_herself(s: Scene) -> SubjectRequest:
    """The agent shows nothing; she is asked at her address, and answered there."""
    request = forged_mandate(s)
    representation.not_verified(request.pk, evidence="Nessuna procura", by=s.dpo, now=NOW)
    assert not s.assessed(request).is_enough  # what was seen of the agent says nothing of her
    assert s.enters(request, s.code_to(request))
    return request


def mother_of_twelve(s: Scene) -> SubjectRequest:
    return parent(12)(s)


def heir_with_certificate(s: Scene) -> SubjectRequest:
    request = heir(is_forbidden=False)(s)
    representation.verify(
        request.pk, evidence="Stato di famiglia e certificato", capacity="family", died_on=TODAY,
        by=s.dpo, now=NOW,
    )  # fmt: skip
    return request


def heir_in_court(s: Scene) -> SubjectRequest:
    """The prohibition does not reach who defends a right in court (art. 2-terdecies(5))."""
    request = heir(is_forbidden=True)(s)
    representation.verify(
        request.pk, evidence="Atto di citazione", capacity="defence", by=s.dpo, now=NOW
    )
    return request


def of_fifteen_who_understands(s: Scene) -> SubjectRequest:
    request = a_child(15)(s)
    s.says(request, "decision", reason="Ha spiegato bene che cosa chiede e perché")
    return request


def with_an_old_bounce(s: Scene) -> SubjectRequest:
    """One address is dead; a code to the other, and her number."""
    anna = s.point(s.anna(phone="+39 333 1234567"), bounced_at=TEN_DAYS_AGO)
    s.another_point(anna, email="anna@casa.example")
    request = s.ask("anna@casa.example", subject=anna)
    assert s.enters(request, s.code_to(request, "anna@casa.example"))
    s.says(request, "called_back", point=s.key("+39 333 1234567", Lookup.PHONE))
    return request


HONEST: list[Story] = [
    by_an_answer, by_a_code, by_account, with_a_new_address, answered_on_file, with_three_records,
    couple, answered_herself, moved_last_week, left_her_job, mandate_seen, mandate_confirmed_by_her,
    mother_of_twelve, heir_with_certificate, heir_in_court, of_fifteen_who_understands,
    with_an_old_bounce,
]  # fmt: skip


@pytest.mark.parametrize("story", HONEST, ids=lambda story: story.__name__)
def test_the_honest_get_theirs(company: Company, story: Story) -> None:
    scene = Scene(company)
    request = story(scene)
    assert scene.assessed(request).is_enough
    scene.gets(request)
    assert scene.packages() == 1


def test_under_pressure_a_colleague_or_a_code_is_the_way(company: Company) -> None:
    scene = Scene(company)
    request = pressure(scene)
    assert scene.enters(request, scene.code_to(request))
    scene.gets(request)
    other = pressure(Scene(company))
    scene.says(other, "in_person", by=scene.colleague)
    scene.gets(other)
    assert scene.packages() == 2


@pytest.mark.parametrize("age", [14, 15, 17])
def test_a_parent_does_not_end_the_consent_of_a_child_who_can(company: Company, age: int) -> None:
    scene = Scene(company)
    child = scene.born(scene.anna(), date(TODAY.year - age, 1, 1))
    a_consent(company, child)
    mother = scene.ask(
        OTHER, name="Carla", subject=child, right=Right.WITHDRAWAL, behalf=Behalf.CHILD
    )
    with pytest.raises(RequestStateError):  # nothing to note: it is noted
        representation.note(mother.pk, MOTHER, by=scene.dpo, now=NOW)
    representation.verify(mother.pk, evidence="Stato di famiglia", by=scene.dpo, now=NOW)
    with pytest.raises(ChildDecidesError) as told:
        withdrawal_right.confirm(mother.pk, by=scene.dpo, now=NOW)
    assert str(told.value.advice)
    assert standing(company, child) == {ConsentState.GIVEN}
    own = scene.ask(subject=child, right=Right.WITHDRAWAL)
    assert standing(company, child) == {ConsentState.WITHDRAWN}
    scene.says(own)
    withdrawal_right.confirm(own.pk, by=scene.dpo, now=NOW)


def standing(company: Company, subject: UUID) -> set[str]:
    with gate.duty(Scene(company).dpo, Duty.DISCOVERY, now=NOW):
        return set(ConsentStanding.objects.filter(subject=subject).values_list("state", flat=True))


def test_a_code_leaves_no_trace_that_staff_could_read(company: Company) -> None:
    scene = Scene(company)
    request = scene.ask(subject=scene.anna())
    code = scene.code_to(request)
    with gate.duty(scene.dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        (letter,) = access.rows(Correspondence).filter(kind=codes.KIND)
        assert code not in (letter.body or "")
        assert codes.HIDDEN in (letter.body or "")
        stored = IdentityCode.objects.get()
        assert code.encode() not in bytes(stored.challenge)
