"""Each disclosure is recorded with its recipient, in the access by which it was made."""

from datetime import timedelta
from uuid import UUID

import pytest

from crm.models import Contact
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError, SubjectErasingError
from registry.models import Disclosure, Recipient
from retention import disposal
from tests.builders import NOW, Company, a_consent, a_person

pytestmark = pytest.mark.django_db
PROVIDER = "Fornitore di servizi informatici"


def recipient(company: Company, name: str = PROVIDER) -> UUID:
    return Recipient.objects.get(controller=company.controller, name=name).pk


def a_mailing(company: Company, *subjects: UUID, to: UUID | To | None, known_as=None) -> None:
    """The newsletter's addresses go to somebody."""
    with gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=subjects,
        channel=Channel.EMAIL, recipient=to, now=NOW,
    ) as access:  # fmt: skip
        assert access.rows(Contact).count() == len(access.admitted)
        list(access.rows(Contact))
        access.names_outside = known_as or {}


def disclosures(company: Company) -> list[tuple[UUID, str, UUID, list[str], str | None]]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk, now=NOW
    ):
        return [
            (d.subject_id, d.activity, d.recipient_id, d.categories, d.external_id)
            for d in Disclosure.objects.order_by("subject_id")
        ]


def test_everybody_whose_data_went_out_is_noted_with_the_recipient(company: Company) -> None:
    anna, bruno, carla = (a_person(company, given=name) for name in ("Anna", "Bruno", "Carla"))
    for person in (anna, bruno):
        a_consent(company, person, at=NOW - timedelta(days=1))
    to = recipient(company)
    a_mailing(company, anna, bruno, carla, to=to, known_as={bruno: "list-4711"})
    categories = ["consent", "email", "language", "name", "phone", "preferences"]
    assert Category.CUSTOMER_NUMBER not in categories, "what names them is not what they were given"
    assert disclosures(company) == [
        (anna, "newsletter.v1", to, categories, None),
        (bruno, "newsletter.v1", to, categories, "list-4711"),
    ], "Carla has not consented: nothing of hers went out"
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        stored = b"".join(bytes(d.sealed) for d in Disclosure.objects.all())
    assert b"list-4711" not in stored
    assert stored


def test_what_stays_in_the_house_or_goes_to_the_person_is_no_disclosure(company: Company) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=1))
    a_mailing(company, anna, to=To.THE_PERSON)
    a_mailing(company, anna, to=To.OUR_STAFF)
    assert disclosures(company) == []


def test_nothing_goes_out_without_a_recipient_that_the_activity_names(company: Company) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=1))
    for to, code in ((None, "recipient_missing"),
                     (recipient(company, "Corriere"), "recipient_not_declared")):  # fmt: skip
        with pytest.raises(GateRefusedError) as refused:
            a_mailing(company, anna, to=to)
        assert refused.value.code == code
    assert disclosures(company) == []
    with pytest.raises(ValueError, match="gives data to nobody"):
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna,
            recipient=recipient(company), now=NOW,
        ).__enter__()  # fmt: skip


def test_an_access_that_fails_has_disclosed_nothing(company: Company) -> None:
    anna = a_person(company)
    a_consent(company, anna, at=NOW - timedelta(days=1))
    with (
        pytest.raises(LookupError),
        gate.open(
            company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=anna,
            channel=Channel.EMAIL, recipient=recipient(company), now=NOW,
        ) as access,
    ):  # fmt: skip
        list(access.rows(Contact))
        raise LookupError
    assert disclosures(company) == []


def test_of_somebody_who_is_being_erased_nothing_more_is_given_away(company: Company) -> None:
    anna = a_person(company, orders=[NOW.date()])
    with gate.duty(
        company.actor(Role.DPO), Duty.ERASING, subjects=anna, reference=anna, now=NOW
    ) as access:
        disposal.freeze(access, anna)
    office = Recipient.objects.get(controller=company.controller, name="Agenzia delle Entrate")
    with (
        pytest.raises(SubjectErasingError),
        gate.open(
            company.actor(Role.LEGAL), "accounting", Operation.EXPORT, subjects=anna,
            recipient=office.pk, now=NOW,
        ) as access,
    ):  # fmt: skip
        list(access.rows(Contact))
    assert disclosures(company) == []
