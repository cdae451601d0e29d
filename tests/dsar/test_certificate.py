"""The certificate says what is true, and whoever has it can prove it without us."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import rfc8785
from django.utils import timezone

from audit import log, proofs
from audit.actions import Action
from audit.models import Entry
from audit.search import body_of
from audit.signer import Signer
from audit.signing import Folder
from dsar import certificate_page, commitment, erasure_right, handing, saga
from dsar.certificate import Certificate, body, reason
from dsar.certificate_page import Later
from dsar.certificate_pdf import pdf
from dsar.errors import ErasureStateError
from dsar.models import Erasure
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.vocabulary import Duty, Right, Role
from registry.datamap import Lookup
from registry.gate import opening as gate
from retention import accesslog
from tests.audit.history import an_old_entry, folder_here, seal
from tests.audit.sealing import connection_of
from tests.builders import Company, a_company, a_person
from tests.crypto.test_epochs import rotated
from tests.databases import Run
from tests.dsar.acts import ask_and_identify
from tests.dsar.certificates import HELD, NOW, the_facts, unpacked, verified
from tests.dsar.erasing import carried_out, certificates, newest

TODAY = timezone.now()
MINE = "email Anna.Bianchi@example.it\nphone 0039 347 1234567\n"


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company(now=TODAY)


@pytest.fixture
def folder(company: Company) -> Path:
    return folder_here()


@pytest.fixture
def erasure(company: Company) -> Erasure:
    """Anna, erased: her orders are kept."""
    anna = a_person(company, phone="+39 347 123 4567", orders=[TODAY.date()], now=TODAY)
    request = ask_and_identify(company, Right.ERASURE, subject=anna, now=TODAY)
    dpo = company.actor(Role.DPO)
    planned = erasure_right.plan(request.pk, dpo, TODAY)
    erasure_right.approve(planned.pk, dpo, shown=planned.plan_hash, now=TODAY)
    return carried_out(company, planned.pk, now=TODAY)


def said_of(company: Company, erasure: Erasure) -> dict[str, Any]:
    (said,) = certificates(company, erasure.pk)
    return said


def copy_for_the_file(company: Company, erasure: Erasure, language: str = "en") -> bytes:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()) as access:
        stored = access.rows(Erasure).get(pk=erasure.pk)
        return handing.archive(handing.Issued.of(stored), language=language)


# Provable without us


def test_it_verifies_offline_after_erasure_pruning_and_key_roll(
    company: Company, erasure: Erasure, folder: Path, tmp_path: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    with pytest.raises(proofs.NotYetProvableError):
        copy_for_the_file(company, erasure)
    old = datetime.now(UTC).replace(day=15) - timedelta(days=430)
    an_old_entry(superuser, company.controller.pk, at=old)
    seal(folder, at=old + timedelta(hours=1))
    seal(folder)
    first = unpacked(copy_for_the_file(company, erasure), tmp_path / "first")
    assert verified(first)[0] == 0, verified(first)
    assert sum(accesslog.prune_all(now=timezone.now())[company.controller.pk].values()) == 1
    with connection_of("custode_signer") as connection:
        Signer(Folder(folder), connection, name="acme.example").roll(datetime.now(UTC))
    seal(folder)
    later = unpacked(copy_for_the_file(company, erasure), tmp_path / "later")
    assert [path.name for path in (later / "keys").iterdir()] == ["2.note"]
    for held in (first, later):
        code, said = verified(held)
        assert (code, said.partition(" by ")[0]) == (0, "ok: certified"), said
    assert (first / "policy.txt").read_bytes() == (later / "policy.txt").read_bytes()


def test_the_entry_of_the_erasure_is_its_signature(
    company: Company, erasure: Erasure, folder: Path, tmp_path: Path
) -> None:
    seal(folder)
    handed = unpacked(copy_for_the_file(company, erasure), tmp_path / "handed")
    issued = newest(company, erasure.pk).certificate
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        (said,) = Entry.objects.filter(action=Action.SUBJECT_ERASED)
    assert body_of(said)["reason"] == issued.reason == reason(issued.body)
    assert issued.receipt == f"{said.pk}.{bytes(said.leaf_hash).hex()}"
    whole = json.loads((handed / "certificate.json").read_bytes())
    assert whole["body"] == issued.body
    whole["body"]["records"][0]["count"] += 1
    (handed / "certificate.json").write_bytes(rfc8785.dumps(whole))
    code, verdict = verified(handed)
    assert (code, verdict.partition(" at ")[0]) == (1, "TAMPERED: certificate_changed")


def test_one_of_version_1_can_be_read_and_its_entry_proved(
    company: Company, erasure: Erasure, folder: Path, tmp_path: Path
) -> None:
    dpo = company.actor(Role.DPO)
    event = log.Event(
        action=Action.SUBJECT_ERASED, purpose="duty:erasing", object_type="erasure",
        object_id=erasure.pk, reason="certified",
    )  # fmt: skip
    with gate.duty(dpo, Duty.ANSWERING, reference=erasure.pk, now=timezone.now()) as access:
        receipt = log.record(access.actor, event, now=access.now)
    gone = {"round", "logical_at", "physical_by", "stores", "recipients", "backups", "limits",
            "commitment", "former"}  # fmt: skip
    new = said_of(company, erasure)
    old = {name: value for name, value in new.items() if name not in gone}
    old |= {"version": 1, "approved_by": "dpo", "attempts": 1, "receipt": str(receipt)}
    issued = Certificate.of_stored(old, str(receipt))
    page = certificate_page.page(issued, Later(), language="en")
    assert "Approved by</dt><dd>data protection officer" in page
    assert "No disclosure" not in page, "of recipients it says nothing"
    seal(folder)
    with gate.duty(dpo, Duty.SUPERVISION, now=timezone.now()):
        archive = handing.archive(handing.Issued(issued), language="en")
    handed = unpacked(archive, tmp_path / "handed")
    assert (handed / "certificate.pdf").read_bytes().startswith(b"%PDF-1.7")
    code, verdict = verified(handed)
    assert (code, verdict.partition(" at ")[0]) == (2, "CANNOT TELL: version_1")


# Whose it is


def test_only_the_person_gets_the_secret_and_no_store_holds_it_afterwards(
    company: Company, erasure: Erasure, folder: Path, tmp_path: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    dpo, asked = company.actor(Role.DPO), erasure.request_id
    with pytest.raises(proofs.NotYetProvableError):
        handing.hand_over(erasure.pk, dpo, request=asked, now=timezone.now())
    seal(folder)
    file = unpacked(copy_for_the_file(company, erasure), tmp_path / "file")
    assert not (file / "mine.txt").exists()
    sealed = bytes(erasure.r)
    secret = commitment.opened(company.controller.pk, erasure.pk, sealed)
    content = handing.hand_over(erasure.pk, dpo, request=asked, now=timezone.now())
    theirs = unpacked(content, tmp_path / "theirs")
    assert (theirs / "mine.txt").read_text() == f"r {secret.hex()}\n"
    (theirs / "mine.txt").write_text((theirs / "mine.txt").read_text() + MINE)
    code, verdict = verified(theirs, "certificate", "--mine", "mine.txt")
    assert (code, verdict.rpartition("; ")[2]) == (0, "about the identifiers given")
    everything = list(whole_of(superuser))
    with Run.current.server.connect(Run.current.names.keys) as keys:
        everything += whole_of(keys)
    assert found_in(everything, said_of(company, erasure)["commitment"]["c"]) == {
        "dsar_certificate",
        "dsar_erasurestep",
    }
    for needle in (secret, sealed):
        for text in (needle.hex(), base64.b64encode(needle).decode()):
            assert found_in(everything, text) == set()
    with pytest.raises(KeyDestroyedError):  # what a backup would bring back does not open
        commitment.opened(company.controller.pk, erasure.pk, sealed)
    with pytest.raises(ErasureStateError):
        handing.hand_over(erasure.pk, dpo, request=asked, now=timezone.now())
    with gate.duty(dpo, Duty.SUPERVISION, now=timezone.now()):
        (said,) = Entry.objects.filter(action=Action.PACKAGE_DISCLOSED)
    assert body_of(said)["obj"] == {"t": "erasure", "id": str(erasure.pk)}


def whole_of(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    tables = connection.execute(
        "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    for table, name in tables:
        for (text,) in connection.execute(f"SELECT t::text FROM {table} t"):
            yield name, text


def found_in(everything: list[tuple[str, str]], needle: str) -> set[str]:
    return {name for name, text in everything if needle in text}


def test_a_secret_opens_for_its_own_erasure_only(company: Company, erasure: Erasure) -> None:
    other = UUID(int=7)
    _said, sealed = commitment.made(company.controller.pk, other, {Lookup.PHONE: ["+39061234567"]})
    assert len(commitment.opened(company.controller.pk, other, sealed)) == 32
    with pytest.raises(UnsealError):
        commitment.opened(company.controller.pk, other, bytes(erasure.r))


def test_what_has_no_normal_form_is_not_committed_to(company: Company) -> None:
    said, sealed = commitment.made(
        company.controller.pk, UUID(int=7),
        {Lookup.EMAIL: ["a@b.example", "A@B.example ", "nobody"], Lookup.NAME: ["Anna"]},
    )  # fmt: skip
    assert said is not None
    assert (said["email"], "phone" in said, len(sealed)) == (1, False, 60)
    assert commitment.made(company.controller.pk, UUID(int=7), {Lookup.EMAIL: ["nobody"]}) == (
        None,
        b"",
    )


# Logical and physical time


def test_the_physical_time_is_told_when_it_is_true_and_not_before(
    company: Company, erasure: Erasure, folder: Path, tmp_path: Path
) -> None:
    promised = datetime.fromisoformat(said_of(company, erasure)["logical_at"]) + timedelta(days=8)
    assert said_of(company, erasure)["physical_by"] == promised.astimezone(UTC).date().isoformat()
    seal(folder)
    assert looked_at_later(company, erasure, days=2) == "certified"
    before = unpacked(copy_for_the_file(company, erasure), tmp_path / "before")
    assert not (before / "keys-gone.json").exists()
    assert "This is not proved yet" in page_of(company, erasure)

    rotated()
    assert looked_at_later(company, erasure, days=4) == "closed"
    seal(folder)
    after = unpacked(copy_for_the_file(company, erasure), tmp_path / "after")
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()) as access:
        gone_at = access.rows(Erasure).get(pk=erasure.pk).physical_at
    assert gone_at > datetime.fromisoformat(said_of(company, erasure)["logical_at"])
    whole = gone_at.replace(microsecond=0) + timedelta(seconds=bool(gone_at.microsecond))
    code, said = verified(after, "keys-gone")
    assert (code, said.rpartition(" at ")[2]) == (0, f"{whole:%Y-%m-%dT%H:%M:%SZ}"), said
    assert (after / "certificate.json").read_bytes() == (before / "certificate.json").read_bytes()
    page = page_of(company, erasure)
    assert "The last traces of them were removed from the tables" in page
    assert "This is not proved yet" not in page


def looked_at_later(company: Company, erasure: Erasure, *, days: int) -> str:
    """The state of the erasure after its daily look at the keys, some days on."""
    later = timezone.now() + timedelta(days=days)
    return saga.carry_out(erasure.pk, controller=company.controller.pk, now=later).state


def page_of(company: Company, erasure: Erasure) -> str:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()) as access:
        issued = handing.Issued.of(access.rows(Erasure).get(pk=erasure.pk))
        return certificate_page.page(issued.certificate, issued.later(), language="en")


# What it says


def words(language: str, **more: Any) -> dict[str, str]:
    """The sections of a certificate by title, as text."""
    from django.utils import translation

    with translation.override(language):
        read = certificate_page.reading(Certificate(body(the_facts(**more)), "x"), Later())
    return {
        section.title: "\n".join(
            part
            for b in section.blocks
            for part in (b.text, *b.lines, *(f"{name}: {value}" for name, value in b.pairs))
            if part
        )
        for section in read.sections
    }


def test_what_is_kept_is_told_with_ground_law_and_last_day_in_words() -> None:
    assert words("en")["Kept, and why"] == (
        "Orders and invoices (3)\nUntil 2 March 2036.\n"
        "The law obliges us to keep it: Art. 17(3)(b), art. 2220 c.c.\nbilled to\n"
        "Conversations (2)\nUntil the reason ends.\n"
        "It is needed for legal claims: Art. 17(3)(e) GDPR\ntext"
    )
    assert words("it")["Conservato, e perché"].startswith(
        "Ordini e fatture (3)\nFino al 2 marzo 2036.\n"
        "La legge ci obbliga a conservarlo: Art. 17(3)(b), art. 2220 c.c.\n"
    )


def test_what_must_not_be_told_yet_is_nowhere_in_it() -> None:
    told = json.dumps(body(the_facts()))
    assert "17(3)(e)" in told
    assert '"kept"' in told
    said = body(the_facts(untold=frozenset(HELD.rows)))
    assert "17(3)(e)" not in json.dumps(said)
    assert [scope["scope"] for scope in said["scopes"]] == ["audit", "fiscal"]
    assert said["verification"]["found"] == {"crm_order": 3}
    assert "Conversazioni" not in json.dumps(said), "and it does not say that nothing was held"
    half = body(the_facts(untold=frozenset(HELD.rows[:1])))
    assert [record["count"] for record in half["records"]] == [1, 3, 1]
    assert "art. 2-undecies" in words("en", untold=frozenset(HELD.rows))["What this does not reach"]


def test_it_says_who_approved_who_was_told_and_what_backups_open() -> None:
    english, italian = words("en", round=2, former="ef" * 32), words("it")
    assert english["Recipients who are told of the erasure (Art. 19)"] == "Corriere (1)"
    assert "Until 20 December 2026 a backup still opens" in english["Keys and backups"]
    assert "Since 26 November 2026, 10:30" in english["Keys and backups"]
    assert "by 4 December 2026. This is not proved yet" in english["Keys and backups"]
    assert "The key for what is kept for a legal reason survives" in english["Keys and backups"]
    assert "them again. That memory ends if you ask for it." in english["Keys and backups"]
    told = words("it", remembered_until=date(2031, 11, 26))["Chiavi e copie di sicurezza"]
    assert "termina il 26 novembre 2031" in told
    assert "Approved by: data protection officer, legal office" in english["Verification"]
    assert f"Certificate before this one: SHA-256 {'ef' * 32}" in english["Verification"]
    assert (
        "entro il 4 dicembre 2026. Questo non è ancora provato"
        in italian["Chiavi e copie di sicurezza"]
    )


def test_the_same_facts_are_the_same_certificate_after_the_database() -> None:
    said = body(the_facts())
    assert reason(json.loads(json.dumps(said, sort_keys=True))) == reason(said)
    assert reason(body(the_facts(round=2))) != reason(said)
    assert rfc8785.dumps(said) == json.dumps(
        said, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()  # fmt: skip


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_pdf_is_tagged_for_screen_readers(language: str) -> None:
    issued = Certificate(body(the_facts()), "x.y")
    made = pdf(issued, Later(), language=language)
    assert made == pdf(issued, Later(), language=language)
    assert made.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in made
    assert f"/Lang({language})".encode() in made.replace(b" ", b"")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made, "typst refuses what is not PDF/UA-1"
    assert NOW.isoformat().encode() not in made


def test_no_text_of_anybody_is_read_as_markup() -> None:
    evil = '#panic("x") $ \\ *b* <script>alert(1)</script> #read("/etc/passwd")'
    issued = Certificate(body(the_facts(controller=evil)), "x.y")
    assert pdf(issued, Later(), language="it").startswith(b"%PDF")
    page = certificate_page.page(issued, Later(), language="it")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
