"""Erasing one of two people who share everything leaves the other whole."""

from pathlib import Path
from uuid import UUID

import pytest

from crm.models import Account, Contact, Interaction, Membership
from governance.policy.vocabulary import Channel, Duty, Operation, Role, SubjectKind
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.models import SearchToken
from tests.builders import NOW, Company, a_company, a_consent, an_interaction
from tests.crm.imports.test_landing import a_file, contacts, run, verified
from tests.difference import between, snapshot
from tests.dsar import erasing

pytestmark = pytest.mark.django_db
SHARED = "famiglia.bianchi@example.it"
FILE = (
    "CodiceCliente;Nome;Cognome;Email;Telefono;Indirizzo;CAP;Città\n"
    f"1;Anna;Bianchi;{SHARED};06 39733434;Via Roma, 1;00192;Roma\n"
    f"2;Bruno;Bianchi;{SHARED};06 39733434;Via Roma, 1;00192;Roma\n"
)


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while an erasure is under way."""
    return a_company()


def a_couple(company: Company, tmp_path: Path, account: str) -> tuple[UUID, UUID, object]:
    """Two people with one e-mail, phone, street and account, who write about each other."""
    source = verified(company)
    run(company, a_file(tmp_path, FILE), source)
    dpo = company.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, reference=company.controller.pk, now=NOW) as access:
        anna, bruno = (
            next(c.subject_id for c in Contact.objects.all() if c.given_name == name)
            for name in ("Anna", "Bruno")
        )
        base = {"controller_id": access.controller, "collected_at": NOW, "source": source}
        shared = access.new_subject(kind=SubjectKind.ORGANISATION, source=source)
        house = Account(**base, subject=shared, kind=account, name="Bianchi")
        house.save()
        for person in (anna, bruno):
            Membership(**base, subject_id=person, account=house).save()
    an_interaction(company, anna, body=f"Scrivetemi a {SHARED}, o a Bruno")
    an_interaction(company, bruno, body=f"Ne parlo con Anna ({SHARED})")
    for person in (anna, bruno):
        a_consent(company, person)
    return anna, bruno, source


@pytest.mark.parametrize("account", ["household", "company"])
def test_erasing_one_changes_no_byte_of_the_other(
    company: Company, tmp_path: Path, account: str
) -> None:
    anna, _bruno, _source = a_couple(company, tmp_path, account)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        tokens = {
            ("registry_searchtoken", str(pk))
            for pk in SearchToken.objects.filter(subject=anna).values_list("pk", flat=True)
        }
    before = snapshot(company)
    done = erasing.erase(company, subject=anna, email=SHARED)
    assert done.state == "certified"
    # The file of the erasure itself is what the tables of requests and retention hold.
    found = between(before, snapshot(company)).outside(
        lambda table: table.startswith(("dsar_", "retention_"))
    )
    planned = {
        (holding["table"], row)
        for holding in done.plan["holdings"]
        if holding["decision"] == "erased"
        for row in holding["rows"]
    }
    assert found.gone == planned | tokens
    assert found.changed == {("registry_datasubject", str(anna))}
    # What is written into the file of the erasure waits to be read: its ids.
    assert {table for table, _row in found.new} == {"registry_suppression", "registry_waitingtext"}


def test_the_other_is_reachable_and_updated_by_imports(company: Company, tmp_path: Path) -> None:
    anna, bruno, source = a_couple(company, tmp_path, "household")
    erasing.erase(company, subject=anna, email=SHARED)
    with gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=bruno,
        channel=Channel.EMAIL, recipient=To.THE_PERSON, now=NOW,
    ):  # fmt: skip
        pass
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        (note,) = access.rows(Interaction).filter(subject=bruno)
        assert note.body == f"Ne parlo con Anna ({SHARED})"
        assert Membership.objects.get().subject_id == bruno
    again = FILE.replace("2;Bruno;Bianchi", "2;Bruno;Rossi")
    _, _, report = run(company, a_file(tmp_path, again), source)
    assert (report.created, report.updated, dict(report.reasons)) == (0, 1, {"suppressed": 1})
    assert {number: held["family_name"] for number, held in contacts(company).items()} == {
        "2": "Rossi"
    }
