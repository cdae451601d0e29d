"""Art. 21 and art. 130 of the Italian code: whom marketing may reach, by which channel, how often."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, transaction

from crm.models import ContactPoint
from governance.policy.provisions import Parameter
from governance.policy.register import Balance
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    LawfulBasis,
    Operation,
    Role,
)
from registry import consent, operations, opposition, provisions
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion, OppositionList, Provision, Purpose, Recipient, Sending
from registry.opposition import OppositionListInvalidError
from registry.provisions import ProvisionRefusedError
from tests.builders import NOW, Company, a_company, a_consent, a_person, amend

pytestmark = pytest.mark.django_db
NUMBER = "347 1234567"
DAY = timedelta(days=1)


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company, phone=NUMBER, orders=[date(2026, 1, 2)])


def reached(
    company: Company,
    subject: UUID | list[UUID],
    channel: Channel = Channel.EMAIL,
    *,
    now: datetime = NOW,
    opt_out: bool = True,
    to: UUID | To = To.THE_PERSON,
    operation: Operation = Operation.SEND,
) -> str:
    try:
        with gate.open(
            company.actor(Role.MARKETING), "newsletter", operation, subjects=subject,
            channel=channel, recipient=to, offers_opt_out=opt_out, now=now,
        ) as access:  # fmt: skip
            list(access.rows(ContactPoint))
            return "open" if access.admitted else "|".join(access.excluded)
    except GateRefusedError as refused:
        return refused.code


def by_interest(company: Company, *, soft_opt_in: bool, now: datetime = NOW) -> None:
    """Marketing on legitimate interest: the register says so, and the gate does it."""
    amend(
        company, "newsletter", now=now, basis=LawfulBasis.LEGITIMATE_INTEREST,
        soft_opt_in=soft_opt_in, interest="Far conoscere i propri prodotti",
        necessity="Nessun mezzo meno invasivo", balancing="Clienti, pochi messaggi, rifiuto facile",
        balance=Balance.PREVAILS,
    )  # fmt: skip


def answered(company: Company, *lines: str, on: date | None = None, **more) -> OppositionList:
    text = "\n".join(["numero;iscritto;iscritto_dal", *lines])
    said = {"channel": Channel.PHONE, "by": company.staff[Role.DPO], "now": NOW} | more
    return opposition.take(content=text.encode(), checked_on=on or NOW.date(), **said)


def qualified(company: Company, subject: UUID, **more) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        consent.qualify(access, subject=subject, **more)


# Art. 21


def test_an_objection_to_marketing_ends_profiling_for_it_too(db: None) -> None:
    """21(2): a purpose of profiling for marketing is a marketing purpose, on whatever basis."""
    company = a_company("profila", approved=False)  # what is approved stays what it is
    Purpose.objects.filter(controller=company.controller, key="lead_management").update(
        is_marketing=True
    )
    for version in ActivityVersion.objects.filter(controller=company.controller):
        operations.approve(version=version, by=company.staff[Role.LEGAL], now=NOW)
    anna = a_person(company, orders=[NOW.date()])

    def profiled() -> str:
        try:
            with gate.open(
                company.actor(Role.SALES), "lead_management", Operation.READ, subjects=anna, now=NOW
            ):
                return "open"
        except GateRefusedError as refused:
            return refused.code

    assert profiled() == "open"
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        said = consent.object_to(
            access, subject=anna, at=NOW, purpose=company.purpose("newsletter")
        )
    assert profiled() == "objected"
    assert said.to_marketing


# Art. 130(1), (2), (4)


def test_electronic_channels_need_consent_on_whatever_basis(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    assert reached(company, anna, Channel.EMAIL) == "consent_needed"
    assert reached(company, anna, Channel.SMS) == "consent_needed"
    a_consent(company, anna, channel=Channel.SMS, at=NOW - DAY)
    assert reached(company, anna, Channel.SMS) == "open"
    assert reached(company, anna, Channel.EMAIL) == "consent_needed"


def test_soft_opt_in_reaches_the_address_of_a_sale_by_e_mail_alone(
    company: Company, anna: UUID
) -> None:
    by_interest(company, soft_opt_in=True)
    assert reached(company, anna) == "no_soft_opt_in", "she has ordered, and was not told"
    qualified(company, anna, kind="order", at=NOW - DAY, soft_opt_in=True)
    assert reached(company, anna) == "open"
    assert reached(company, anna, opt_out=False) == "opt_out_missing"
    assert reached(company, anna, Channel.SMS) == "consent_needed"
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        consent.object_to(access, subject=anna, at=NOW)
    assert reached(company, anna) == "objected"


# Registro pubblico delle opposizioni


def test_a_number_is_called_after_a_check_that_is_in_date(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    assert reached(company, anna, Channel.PHONE) == "opposition_unchecked"
    proof = answered(company, f"{NUMBER};no;", on=NOW.date() - 15 * DAY)
    assert (proof.lines, proof.enrolled, proof.matched) == (1, 0, 1)
    assert len(proof.sha256) == 64
    assert reached(company, anna, Channel.PHONE) == "open"
    assert reached(company, anna, Channel.PHONE, now=NOW + DAY) == "opposition_outdated"
    answered(company, f"{NUMBER};no;")
    assert reached(company, anna, Channel.PHONE, now=NOW + DAY) == "open"


def test_an_enrolled_number_is_not_called_but_for_later_consent_or_a_contract(
    company: Company, anna: UUID
) -> None:
    by_interest(company, soft_opt_in=False)
    enrolled_on = NOW.date() - 20 * DAY
    a_consent(company, anna, channel=Channel.PHONE, at=NOW - 20 * DAY)
    answered(company, f"{NUMBER};si;{enrolled_on:%d/%m/%Y}")
    assert reached(company, anna, Channel.PHONE) == "opposition_registered", "the same day"
    qualified(company, anna, kind="contract", at=NOW - 400 * DAY, ended_on=NOW.date() - 30 * DAY)
    assert reached(company, anna, Channel.PHONE) == "open"
    assert reached(company, anna, Channel.PHONE, now=NOW + DAY) == "opposition_registered"
    a_consent(company, anna, channel=Channel.PHONE, at=NOW - 19 * DAY)
    assert reached(company, anna, Channel.PHONE, now=NOW + DAY) == "open"


def test_an_order_is_no_contract_that_runs(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    qualified(company, anna, kind="order", at=NOW - DAY)
    assert reached(company, anna, Channel.PHONE) == "opposition_unchecked"
    qualified(company, anna, kind="contract", at=NOW - DAY)
    assert reached(company, anna, Channel.PHONE) == "open"


def test_every_number_of_a_person_has_to_be_checked(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    answered(company, f"{NUMBER};no;")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        point = ContactPoint(controller=company.controller, subject_id=anna, kind="phone")
        point.phone = "02 7654321"
        point.save()
    assert reached(company, anna, Channel.PHONE) == "opposition_unchecked"
    answered(company, "02 7654321;si;2026-11-01")
    assert reached(company, anna, Channel.PHONE) == "opposition_registered"
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        (changed,) = [p for p in access.rows(ContactPoint) if p.phone == "02 7654321"]
        changed.phone = "02 7654322"
        changed.save(update_fields=["phone"])
    assert reached(company, anna, Channel.PHONE) == "opposition_unchecked"


def test_an_older_answer_does_not_replace_a_newer_one(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    answered(company, f"{NUMBER};si;")
    answered(company, f"{NUMBER};no;", on=NOW.date() - DAY)
    assert reached(company, anna, Channel.PHONE) == "opposition_registered"
    again = answered(company, f"{NUMBER};si;")
    assert OppositionList.objects.count() == 2
    assert again.matched == 1


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ([f"{NUMBER};forse;"], {}),
        ([f"{NUMBER};si;31/02/2026"], {}),
        ([NUMBER], {}),
        ([f"{NUMBER};no;"], {"on": NOW.date() + DAY}),
        ([f"{NUMBER};no;"], {"channel": Channel.EMAIL}),
    ],
)
def test_what_is_no_answer_of_the_register_is_not_taken(company: Company, lines, more) -> None:
    with pytest.raises(OppositionListInvalidError):
        answered(company, *lines, **more)


def test_only_the_dpo_and_legal_bring_answers(company: Company) -> None:
    with pytest.raises(OppositionListInvalidError):
        answered(company, by=company.staff[Role.MARKETING])


# Hours and frequency


def test_nobody_is_called_at_night_or_on_a_holiday(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False, now=NOW)
    answered(company, f"{NUMBER};no;")
    evening = datetime(2026, 11, 23, 19, 1, tzinfo=UTC)  # after eight in Rome
    sunday = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
    holiday = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)  # a Tuesday
    for moment in (evening, sunday, holiday):
        assert reached(company, anna, Channel.PHONE, now=moment) == "outside_hours"
    assert reached(company, anna, Channel.PHONE) == "open"


def test_messages_are_counted_as_they_leave(company: Company, anna: UUID) -> None:
    a_consent(company, anna, at=NOW - DAY)
    bruno = a_person(company, given="Bruno")
    a_consent(company, bruno, at=NOW - DAY)
    provisions.enter(
        controller=company.controller, parameter=Parameter.FREQUENCY_EMAIL, value="2/P7D",
        valid_from=NOW.date(), source="prova", by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    assert reached(company, anna, to=To.OUR_STAFF) == "open"
    assert reached(company, anna) == "open"
    provider = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    everybody = [anna, bruno]
    assert reached(company, everybody, to=provider.pk, operation=Operation.EXPORT) == "open"
    assert reached(company, anna) == "too_often"
    assert reached(company, bruno) == "open"
    assert reached(company, [anna, bruno]) == "too_often"
    assert reached(company, anna, now=NOW + 7 * DAY) == "open"
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert Sending.objects.filter(subject=anna).count() == 3


# Provisions and agreements


def test_a_change_of_law_is_a_row_with_a_day(company: Company, anna: UUID) -> None:
    by_interest(company, soft_opt_in=False)
    answered(company, f"{NUMBER};no;", on=NOW.date() - 20 * DAY)
    assert reached(company, anna, Channel.PHONE) == "opposition_outdated"
    provisions.enter(
        controller=company.controller, parameter=Parameter.OPPOSITION_VALID_FOR, value="P1M",
        valid_from=NOW.date() + DAY, source="D.M. di prova", by=company.staff[Role.LEGAL], now=NOW,
    )  # fmt: skip
    assert reached(company, anna, Channel.PHONE) == "opposition_outdated"
    assert reached(company, anna, Channel.PHONE, now=NOW + DAY) == "open"


def test_where_nobody_entered_the_law_nothing_is_sent_by_guess(
    company: Company, anna: UUID
) -> None:
    a_consent(company, anna, at=NOW - DAY)
    company.controller.country = "FR"
    company.controller.save(update_fields=["country"])
    assert reached(company, anna) == "law_unknown"


def test_nothing_more_goes_to_a_processor_whose_agreement_has_ended(
    company: Company, anna: UUID
) -> None:
    a_consent(company, anna, at=NOW - DAY)
    provider = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    provider.agreement_on, provider.agreement_until = date(2025, 1, 1), NOW.date()
    provider.save(update_fields=["agreement_on", "agreement_until"])
    assert reached(company, anna, to=provider.pk) == "open"
    assert reached(company, anna, to=provider.pk, now=NOW + DAY) == "agreement_ended"
    export = {"to": provider.pk, "operation": Operation.EXPORT, "now": NOW + DAY}
    assert reached(company, anna, **export) == "agreement_ended"


def test_an_export_for_marketing_says_by_which_channel(company: Company, anna: UUID) -> None:
    with (
        pytest.raises(GateRefusedError) as refused,
        gate.open(
            company.actor(Role.MARKETING), "newsletter", Operation.EXPORT, subjects=[anna],
            recipient=To.OUR_STAFF, now=NOW,
        ),
    ):  # fmt: skip
        pass
    assert refused.value.code == "channel_missing"


def test_a_withdrawal_between_two_steps_stops_the_second(company: Company, anna: UUID) -> None:
    a_consent(company, anna, at=NOW - DAY)
    assert reached(company, anna) == "open"
    a_consent(company, anna, state=ConsentState.WITHDRAWN, at=NOW)
    assert reached(company, anna, now=NOW + timedelta(seconds=1)) == "no_consent"


def test_an_installation_of_before_loads_what_its_register_lacks(company: Company) -> None:
    out = StringIO()
    call_command("load_provisions", company.staff[Role.DPO].username, stdout=out)
    assert out.getvalue().startswith("0 provisions entered")
    with pytest.raises(ProvisionRefusedError):
        provisions.enter(
            controller=company.controller, parameter=Parameter.BREACH_HOURS, value="1",
            valid_from=NOW.date(), source="x", by=company.staff[Role.MARKETING], now=NOW,
        )  # fmt: skip
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Provision.objects.filter(controller=company.controller).update(value="1")
