"""Art. 18: while processing is restricted everything stops but what the article names."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from dsar import restriction_right
from dsar.errors import GroundUnknownError, NothingSaidError
from governance.policy.vocabulary import Channel, Duty, Operation, RestrictionException, Right, Role
from registry import restriction
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.models import Restriction
from registry.restriction import RestrictionNotAnnouncedError
from tests.builders import NOW, Company, a_consent, a_person, amend
from tests.dsar.acts import ask_and_identify
from tests.scenarios.answering import LANGUAGES, the_letter

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=10)


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, orders=[date(2026, 1, 2)])


def restricted(company: Company, subject: UUID) -> Restriction:
    with duty(company, subject, NOW) as access:
        return restriction.place(access, subject=subject, ground="a", at=NOW)


def duty(company: Company, subject: UUID, now):
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    )


def used(company: Company, subject: UUID, role: Role, purpose: str, operation: Operation) -> str:
    more = {}
    if operation is Operation.SEND:
        more = {"channel": Channel.EMAIL, "recipient": To.THE_PERSON}
    try:
        with gate.open(
            company.actor(role), purpose, operation, subjects=subject, now=LATER, **more
        ):
            return "open"
    except GateRefusedError as refused:
        return refused.code


def test_stored_and_not_used(company: Company, anna: UUID) -> None:
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "open"
    restricted(company, anna)
    for operation in (Operation.READ, Operation.UPDATE, Operation.SEND):
        assert used(company, anna, Role.AGENT, "order_management", operation) == "restricted"
    with duty(company, anna, LATER) as access:
        assert access.admitted == {anna}, "answering the person goes on"


def test_the_refusal_names_the_restriction_and_the_way_on(company: Company, anna: UUID) -> None:
    placed = restricted(company, anna)
    with (
        pytest.raises(GateRefusedError) as refused,
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=LATER
        ),
    ):
        pass
    assert refused.value.article == "18(2)"
    assert refused.value.details["evidence"] == [f"restriction:{placed.pk}"]
    assert str(refused.value.advice)


def test_consent_given_after_it_lifts_it_for_its_purpose(company: Company, anna: UUID) -> None:
    a_consent(company, anna, at=NOW - timedelta(days=1))
    restricted(company, anna)
    assert used(company, anna, Role.MARKETING, "newsletter", Operation.SEND) == "restricted"
    a_consent(company, anna, at=NOW + timedelta(days=1))
    assert used(company, anna, Role.MARKETING, "newsletter", Operation.SEND) == "open"
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "restricted"


@pytest.mark.parametrize("exception", RestrictionException)
def test_an_activity_may_serve_what_the_article_names(
    company: Company, anna: UUID, exception: RestrictionException
) -> None:
    restricted(company, anna)
    amend(company, "order_management", despite_restriction=exception)
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "open"
    assert used(company, anna, Role.AGENT, "customer_care", Operation.READ) == "restricted"


def test_it_is_lifted_after_the_person_was_told_and_not_before(
    company: Company, anna: UUID
) -> None:
    placed = restricted(company, anna).pk
    with duty(company, anna, LATER) as access:
        with pytest.raises(RestrictionNotAnnouncedError):
            restriction.lift(access, placed)
        for never in (NOW - timedelta(days=1), LATER + timedelta(days=1)):
            with pytest.raises(RestrictionNotAnnouncedError):
                restriction.announce(access, placed, at=never, how="post", evidence="Letter")
        with pytest.raises(RestrictionNotAnnouncedError):
            restriction.announce(access, placed, at=LATER, how="post", evidence="  ")
        restriction.announce(access, placed, at=LATER, how="post", evidence="Letter of today")
        with pytest.raises(RestrictionNotAnnouncedError):
            restriction.lift(access, placed)  # telling somebody in the same moment is not before
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "restricted"
    with duty(company, anna, LATER + timedelta(days=1)) as access:
        restriction.lift(access, placed)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna,
        now=LATER + timedelta(days=2),
    ):  # fmt: skip
        pass
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=LATER):
        said = Entry.objects.filter(action__startswith="restriction.").order_by("at")
        assert [entry.action for entry in said] == [
            "restriction.placed", "restriction.announced", "restriction.lifted",
        ]  # fmt: skip


def test_the_table_too_refuses_to_lift_what_was_not_announced(company: Company, anna: UUID) -> None:
    placed = restricted(company, anna).pk
    with duty(company, anna, LATER), pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.filter(pk=placed).update(lifted_at=LATER)


@LANGUAGES
@pytest.mark.parametrize("ground", "abcd")
def test_asked_for_it_is_granted_on_each_ground_and_ends_after_a_letter_has_gone(
    company: Company, anna: UUID, language: str, ground: str
) -> None:
    dpo = company.actor(Role.DPO)
    request = ask_and_identify(company, Right.RESTRICTION, subject=anna, language=language)
    for wrong in ("", "e", "ab"):
        with pytest.raises(GroundUnknownError):
            restriction_right.grant(request.pk, wrong, by=dpo, now=NOW)
    restriction_right.grant(request.pk, ground, by=dpo, now=NOW)
    letter = the_letter(company, language)
    assert f"18, par. 1, lett. {ground}" in letter or f"18(1)({ground})" in letter
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "restricted"
    restriction_right.announce(request.pk, by=dpo, now=NOW)
    with pytest.raises(RestrictionNotAnnouncedError):
        restriction_right.lift(request.pk, by=dpo, now=LATER)  # written is not told
    assert "18" in the_letter(company, language, now=NOW + timedelta(minutes=1))
    with pytest.raises(NothingSaidError):
        restriction_right.announce(request.pk, by=dpo, now=LATER)
    assert restriction_right.lift(request.pk, by=dpo, now=LATER) == 1
    assert used(company, anna, Role.AGENT, "order_management", Operation.READ) == "open"
