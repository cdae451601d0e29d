"""The log in the portal: by person, by colleague with a reason, its state, its proofs, its export."""

import base64
import hashlib
import html
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.urls import reverse
from django.utils import timezone

from audit import log, proofs, search, status
from audit.actions import Action
from audit.models import Entry
from audit.verifier import note, tree
from crm.models import Contact
from dsar import erasure_right, requests, saga
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Operation, Role, Scope
from governance.portal import audit_state
from registry.gate import attempt
from registry.gate import opening as gate
from tests.audit.history import seal
from tests.builders import Company, a_company, a_person
from tests.crypto.destroying import destroy_subject_keys
from tests.dsar.erasing import newest
from tests.portal.conftest import As, ask, entries, new_entries

SEARCH = "admin:audit_search"


@pytest.fixture
def company(fresh_database: None, now: datetime) -> Company:
    return a_company(now=now)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signer"


@contextmanager
def sealing(folder: Path) -> Iterator[None]:
    """Sequence and sign in another thread, as two processes do."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(0.1):
            seal(folder)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def look_at(company: Company, subject: UUID, now: datetime) -> log.Receipt:
    actor = company.actor(Role.AGENT)
    with gate.open(actor, "order_management", Operation.READ, subjects=subject, now=now) as access:
        assert access.values(access.rows(Contact).get())
    receipt = attempt.last_receipt()
    assert receipt is not None
    return receipt


def body(entry: Entry) -> dict[str, Any]:
    return search.body_of(entry)


@pytest.fixture
def anna(company: Company, now: datetime) -> UUID:
    return a_person(company, orders=[timezone.localdate(now)], now=now)


def test_a_person_is_searched_without_their_name_in_an_address(
    company: Company, as_role: As, anna: UUID, now: datetime
) -> None:
    other = a_person(company, given="Ivo", family="Neri", now=now)
    receipt = look_at(company, anna, now)
    browser, before = as_role(Role.DPO), entries(company)
    answer = browser.post(reverse("admin:audit_person"), {"q": "anna.bianchi@example.it"})
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse(SEARCH)}?subject={anna}")
    page = browser.get(answer["Location"])
    assert page.context["entries"][1].id == str(receipt.id)
    assert {e.action for e in page.context["entries"]} == {"Data read", "Data recorded"} | {
        "Duty performed"  # the search itself was about her
    }
    assert page.context["found"].paginator.count == 3
    assert "Bianchi" not in page.content.decode()
    theirs = browser.get(f"{reverse(SEARCH)}?subject={other}")
    assert theirs.context["found"].paginator.count == 1
    assert (
        browser.get(f"{reverse(SEARCH)}?subject={other}&purpose=newsletter")
        .context["found"]
        .paginator.count
        == 0
    )
    said = new_entries(company, before)
    assert [e.action for e in said] == ["duty.performed"] * 4
    assert [body(e)["members"]["n"] for e in said] == [1] * 4


def test_nobody_and_several_are_no_person(company: Company, as_role: As, now: datetime) -> None:
    for given in ("Anna", "Ugo"):
        a_person(company, given=given, now=now)
    browser = as_role(Role.LEGAL)
    for text, said in (
        ("bianchi", "Several people match"), ("nobody@example.it", "Nobody matches"),
        ("\x00", "Nobody matches"),
    ):  # fmt: skip
        page = browser.post(reverse("admin:audit_person"), {"q": text}, follow=True)
        assert page.redirect_chain == [(reverse(SEARCH), 302)]
        assert said in page.content.decode()
    assert as_role(Role.AUDITOR).post(reverse("admin:audit_person"), {"q": "x"}).status_code == 403


def test_a_colleague_is_searched_for_an_incident_only(
    company: Company, as_role: As, anna: UUID, now: datetime
) -> None:
    look_at(company, anna, now)
    agent, browser = company.staff[Role.AGENT], as_role(Role.DPO)
    address = f"{reverse(SEARCH)}?colleague={agent.subject_id}"
    assert browser.get(address).status_code == 403
    asked = {"colleague": str(agent.pk), "reason": ""}
    page = browser.post(reverse("admin:audit_colleague"), asked, follow=True)
    assert "for no other reason" in page.content.decode()
    assert browser.get(address).status_code == 403
    before = entries(company)
    answer = browser.post(
        reverse("admin:audit_colleague"), {**asked, "reason": "incident.unlawful_access"}
    )
    assert answer["Location"] == address
    (said,) = new_entries(company, before)
    assert said.action == Action.DATA_SEARCHED
    assert (body(said)["reason"], body(said)["obj"]["t"]) == ("incident.unlawful_access", "staff")
    assert body(said)["members"]["n"] == 1
    page = browser.get(address)
    assert {e.who for e in page.context["entries"]} == {"acme-agent"}
    assert page.context["found"].paginator.count == 2
    legal = company.staff[Role.LEGAL].subject_id
    assert browser.get(f"{reverse(SEARCH)}?colleague={legal}").status_code == 403
    session = browser.session
    session["audit_colleague"] = [str(agent.subject_id), now.isoformat()]
    session.save()
    assert browser.get(address).status_code == 403  # the time is over


def test_an_entry_shows_its_bytes_and_its_proof(
    company: Company, as_role: As, anna: UUID, now: datetime, folder: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    receipt, browser = look_at(company, anna, now), as_role(Role.AUDITOR)
    address = reverse("admin:audit_entry", args=[receipt.id])
    proof_address = reverse("admin:audit_entry_proof", args=[receipt.id])
    assert "Not sealed yet" in browser.get(address).content.decode()
    assert browser.get(proof_address).status_code == 409
    seal(folder)
    page = browser.get(address)
    assert str(receipt) in page.content.decode()
    text = browser.get(reverse("admin:audit_entry_text", args=[receipt.id])).content
    assert tree.leaf_hash(text).hex() == receipt.leaf
    proof = browser.get(proof_address)
    assert "attachment" in proof["Content-Disposition"]
    assert proof.content.decode() == page.context["proof"]
    head, _, signed = proof.content.decode().partition("\n\n")
    _, index, *hashes = head.split("\n")
    row = superuser.execute("SELECT vkey, time_vkey FROM audit.signing_key").fetchone()
    opened = note.open_note(signed, [note.Key.parse(key) for key in row])
    checkpoint = note.Checkpoint.parse(opened.text)
    tree.check_inclusion(
        bytes.fromhex(receipt.leaf), int(index.split()[1]), checkpoint.size,
        proof=[base64.b64decode(h) for h in hashes], root=checkpoint.root,
    )  # fmt: skip
    other = a_company("beta", now=now)
    theirs = log.record_apart(
        other.actor(Role.DPO), log.Event(Action.PAGE_VIEWED, "access_logging"), now=now
    )
    for entry in (theirs.id, UUID(int=0)):
        for name in ("admin:audit_entry", "admin:audit_entry_text", "admin:audit_entry_proof"):
            assert browser.get(reverse(name, args=[entry])).status_code == 404


def test_the_state_says_what_is_signed_and_what_is_wrong(
    company: Company, as_role: As, folder: Path, superuser: psycopg.Connection[Any]
) -> None:
    browser, address = as_role(Role.DPO), reverse("admin:audit_state")
    assert "Nothing is signed yet." in browser.get(address).content.decode()
    seal(folder)
    page = browser.get(address)
    text = page.content.decode()
    newest = status.newest()
    assert newest.note.split("\n")[0] in text
    assert base64.b64encode(newest.root).decode().replace("+", "&#x2B;") in text or (
        base64.b64encode(newest.root).decode() in text
    )
    assert "Nobody verified the log from here yet." in text
    assert page.context["alarms"] == []
    browser.post(reverse("admin:audit_verify"))
    last = browser.get(address).context["verified"]
    assert last["count"] > 0
    superuser.execute("UPDATE audit.queue SET at = at - interval '20 seconds'")
    page = browser.get(address)
    assert [str(a) for a in page.context["alarms"]] == ["Entries wait for their place in the tree."]
    due = browser.get(reverse("admin:index")).context["dated"]
    assert [(r.item.kind, r.item.url) for r in due if r.item.kind == "Audit log"] == [
        ("Audit log", address)
    ]
    assert due[0].item.kind == "Audit log"
    assert as_role(Role.AGENT).get(address).status_code == 403


def test_the_export_is_recorded_before_it_leaves(
    company: Company, as_role: As, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, address = as_role(Role.AUDITOR), reverse("admin:audit_export")
    monkeypatch.setattr(audit_state, "PATIENCE", 0.0)
    waiting = browser.post(address, follow=True)
    assert "The newest entries are not signed yet." in waiting.content.decode()
    assert browser.get(address).status_code == 405
    monkeypatch.setattr(audit_state, "PATIENCE", 30.0)
    before = entries(company)
    with sealing(folder):
        answer = browser.post(address)
    (said,) = new_entries(company, before)  # before a byte was read
    content = answer.getvalue()
    assert (said.action, body(said)["actor"]["role"]) == (Action.LOG_EXPORTED, "auditor")
    assert body(said)["reason"] == f"sha256.{hashlib.sha256(content).hexdigest()[:32]}"
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("manifest.json"))
    assert manifest["controller"] == str(company.controller.pk)
    assert manifest["size"] == body(said)["counts"]["size"]


def test_a_person_is_told_when_and_why_and_in_which_role(
    company: Company, anna: UUID, now: datetime
) -> None:
    controller = company.controller.pk
    look_at(company, anna, now)
    later = timezone.now()
    with gate.duty(system(controller), Duty.SUPERVISION, now=now):
        told = search.accesses_of(controller, anna, now=later)
        assert search.accesses_of(controller, anna, now=now) == []
    assert [(t.action, t.purpose, t.role) for t in told] == [
        ("data.created", "order_management", "agent"),
        ("data.read", "order_management", "agent"),
    ]
    assert set(vars(told[0])) == {"at", "action", "purpose", "role"}
    destroy_subject_keys(
        controller, anna, scopes=[Scope.AUDIT], ordered_by=look_at(company, anna, now).id, now=now
    )
    with gate.duty(system(controller), Duty.SUPERVISION, now=now):
        assert search.accesses_of(controller, anna, now=later) == []


def test_the_certificate_of_an_erasure_carries_its_proof(
    company: Company, as_role: As, anna: UUID, now: datetime, folder: Path
) -> None:
    dpo = company.actor(Role.DPO)
    request = ask(company, "erasure", days=0, now=now)
    requests.identify(request.pk, "known_contact", by=dpo, now=now)
    planned = erasure_right.plan(request.pk, dpo, now)
    erasure_right.approve(planned.pk, dpo, shown=planned.plan_hash, now=now)
    saga.carry_out(planned.pk, controller=company.controller.pk, now=now)
    seal(folder)
    done = saga.carry_out(planned.pk, controller=company.controller.pk, now=now)
    assert done.state == "certified"
    issued = newest(company, planned.pk).certificate
    (said,) = [e for e in entries(company) if e.action == Action.SUBJECT_ERASED]
    assert issued.receipt == f"{said.pk}.{bytes(said.leaf_hash).hex()}"
    address = reverse("admin:certificate", args=[request.pk, planned.pk])
    browser = as_role(Role.DPO)
    early = browser.get(address).content.decode()
    assert issued.receipt in early
    assert "The entry is not signed yet" in early
    assert "This is not proved yet" in early, "no epoch has begun since"
    assert browser.get(f"{address}archive/").status_code == 409
    seal(folder)
    late = html.unescape(browser.get(address).content.decode())
    assert proofs.proof_of(said.pk) in late
    for form, start in (("pdf", b"%PDF-"), ("archive", b"PK")):
        answer = browser.get(f"{address}{form}/")
        assert answer.content.startswith(start)
        assert "no-store" in answer["Cache-Control"]
    detail = reverse("admin:dsar_subjectrequest_change", args=[request.pk])
    assert f"{address}hand-over/" in browser.get(detail).content.decode()
    assert as_role(Role.AUDITOR).post(f"{address}hand-over/").status_code == 403
    with zipfile.ZipFile(io.BytesIO(browser.post(f"{address}hand-over/").content)) as theirs:
        assert theirs.read("mine.txt").startswith(b"r ")
    assert f"{address}hand-over/" not in browser.get(detail).content.decode()
