"""Art. 30, and the promise of the project: changing the register changes the system."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from governance.policy.vocabulary import Duty, Operation, Role
from registry import operations, record
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion, ProcessingOnBehalf, Recipient, Transfer
from retention import operations as retention
from tests.api.world import Answer, World
from tests.builders import NOW, Company, a_person, amend
from tests.dsar.acts import ask_and_identify, copy_of, data_of

LATER = NOW + timedelta(hours=1)
ORDERED = date(2026, 3, 2)


def the_record(company: Company) -> dict:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=LATER):
        return record.record(company.controller, now=LATER, language="en")


def test_a_category_taken_from_an_activity_is_returned_no_more(company: Company) -> None:
    now = timezone.now()
    subject = a_person(company, phone="+393331234567", orders=[ORDERED], now=now)
    api = World(company, now)

    def read() -> Answer:
        return api.call("GET", f"contacts/{subject}/")

    assert b"+393331234567" in read().raw
    kept = set(version(company, "order_management").categories) - {"phone"}
    amend(company, "order_management", categories=sorted(kept), now=timezone.now())
    answer = read()
    assert answer.status == 200
    assert b"Bianchi" in answer.raw
    assert b"+393331234567" not in answer.raw


def version(company: Company, key: str) -> ActivityVersion:
    return ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key=key, state="approved"
    )


def test_a_withdrawn_approval_stops_reads_with_a_reason(company: Company) -> None:
    subject = a_person(company)
    operations.retire(
        version=version(company, "order_management"), by=company.staff[Role.LEGAL], now=NOW
    )
    with (
        pytest.raises(GateRefusedError) as refused,
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.READ, subjects=subject,
            now=LATER,
        ),
    ):  # fmt: skip
        pass
    assert refused.value.code == "no_active_activity"
    assert refused.value.advice


def test_a_shorter_period_lets_the_preview_grow(company: Company) -> None:
    a_person(company, orders=[date(2020, 3, 1)])

    def to_erase() -> int:
        return retention.preview(company.actor(Role.DPO), now=LATER).preview["to_erase"]

    before = to_erase()
    for key in ("order_management", "accounting"):
        amend(company, key, lambda draft: draft.retention_rules.update(period="P2Y"))
    assert to_erase() > before


def test_a_recipient_that_was_approved_is_named_in_the_answer_of_article_15(
    company: Company,
) -> None:
    a_person(company, orders=[ORDERED])
    printer = Recipient.objects.create(
        controller=company.controller, name="Tipografia Verdi", category_it="Stampatori",
        category_en="Printers", country="CH",
    )  # fmt: skip
    Transfer.objects.create(
        controller=company.controller, recipient=printer, country="CH", mechanism="adequacy"
    )

    def named() -> dict[str, str]:
        with translation.override("it"):
            told = data_of(copy_of(company, ask_and_identify(company)))["letter"]
        return {row["name"]: row["safeguard"] for row in told["recipients"]}

    assert "Tipografia Verdi" not in named()
    amend(company, "order_management", lambda draft: draft.recipients.add(printer))
    assert named()["Tipografia Verdi"] == "CH: Decisione di adeguatezza (art. 45(3))"


def test_the_record_says_every_letter_and_what_we_do_for_others(company: Company) -> None:
    a_person(company)
    provider = Recipient.objects.get(
        controller=company.controller, name="Fornitore di servizi informatici"
    )
    Transfer.objects.create(
        controller=company.controller, recipient=provider, country="US",
        mechanism="standard_clauses", document="SCC 2021/914", assessment="TIA",
        assessed_on=date(2026, 1, 1),
    )  # fmt: skip
    Recipient.objects.filter(name="Corriere").update(
        role="joint", contact="privacy@corriere.example", arrangement="Consegna insieme"
    )
    ProcessingOnBehalf.objects.create(
        controller=company.controller, principal="Altra S.p.A.", processing_it="Assistenza",
        principal_contact="privacy@altra.example", processing_en="Support",
        measure_kinds=["backups"],
    )  # fmt: skip
    made = the_record(company)
    (joint,) = made["joint_controllers"]
    assert (joint["name"], joint["contact"]) == ("Corriere", "privacy@corriere.example")
    newsletter = next(a for a in made["activities"] if a["reference"] == "newsletter.v1")
    (transfer,) = newsletter["transfers"]["recipients"]
    assert (transfer["country"], transfer["article"], transfer["document"]) == (
        "US", "46(2)(c)", "SCC 2021/914",
    )  # fmt: skip
    assert {m["word"] for m in newsletter["measure_kinds"]} >= {"encryption_at_rest", "backups"}
    assert newsletter["first_recorded_on"] <= newsletter["reviewed_on"] < newsletter["review_on"]
    leads = next(a for a in made["activities"] if a["reference"] == "lead_management.v1")
    assert leads["basis"]["balance"]["word"] == "prevails_with_safeguards"
    (other,) = made["on_behalf"]
    assert (other["controller"], other["processing"]) == ("Altra S.p.A.", "Support")
    assert other["measure_kinds"] == [{"word": "backups", "text": "Encrypted backups"}]


def test_a_machine_that_decides_alone_is_told_in_the_answer_of_article_15(company: Company) -> None:
    """Art. 15(1)(h) from the register: a sentence of the letter is no promise the code makes."""
    a_person(company, orders=[ORDERED])
    amend(
        company, "order_management", automated_decisions=True,
        decision_logic="Oltre 500 euro di arretrati", decision_significance="Si paga prima",
    )  # fmt: skip
    with translation.override("it"):
        files = copy_of(company, ask_and_identify(company))
    (told,) = data_of(files)["letter"]["automated_decisions"]
    assert (told["logic"], told["significance"]) == ("Oltre 500 euro di arretrati", "Si paga prima")
    letter = next(text.decode() for name, text in files.items() if name.endswith("letter.html"))
    assert "Oltre 500 euro di arretrati" in letter
    assert "Non prendiamo decisioni" not in letter
