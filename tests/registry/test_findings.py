"""Questions of discovery: from the columns of an import, and from what people wrote."""

import csv
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest

from audit.actions import Action
from audit.models import Entry
from crm import operations as crm
from crm.imports import landing
from crm.models import Interaction
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Duty, Operation, Role, Scope
from registry import findings, operations, tasks
from registry.discovery import freetext
from registry.findings import SeenColumn
from registry.gate import opening as gate
from registry.models import Finding, TextScan, WaitingText
from registry.questioning import Question
from tests.builders import NOW, Company, a_company, a_person, an_interaction
from tests.crypto.destroying import destroy_subject_keys

IBAN = "IT60X0542811101000000123456"
FISCAL_CODE = "RSSMRA80A01H501U"
CARD = "4111 1111 1111 1111"
PLACE = "crm.Interaction.body"


def a_customer(company: Company, given: str = "Anna", family: str = "Bianchi") -> UUID:
    """Somebody with an order, whom the care of customers may write about."""
    return a_person(company, given=given, family=family, orders=[date(2026, 1, 5)])


def entries(company: Company, action: Action) -> list[dict]:
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=NOW):
        rows = Entry.objects.filter(controller_id=company.controller.pk, action=action)
        return [orjson.loads(bytes(row.entry).split(b"\n")[0]) for row in rows.order_by("at")]


def asked(company: Company) -> list[tuple[str, str, str, str, int]]:
    rows = Finding.objects.filter(controller=company.controller).order_by("category", "kind")
    return [(f.place, f.category, f.kind, f.masked_sample, f.count) for f in rows]


def scan(company: Company) -> TextScan:
    return findings.scan_stored(company.controller.pk, now=NOW)


def the_row(company: Company, body: str) -> object:
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=NOW):
        return next(row.pk for row in Interaction.objects.all() if row.body == body)


def test_columns_are_asked_about_once_and_masked(company: Company) -> None:
    actor = company.actor(Role.DPO)
    columns = [
        SeenColumn("Conto", Category.BANK_ACCOUNT, Question.UNDECLARED_COLUMN, "iban", ["", IBAN]),
        SeenColumn("Pwd", Category.CREDENTIALS, Question.REFUSED_COLUMN, "password", ["Segreta1!"]),
        SeenColumn("Note", Category.HEALTH, Question.SPECIAL_CATEGORY, "health", ["asma", "x"]),
    ]
    assert findings.from_columns(actor, "Vecchio gestionale", columns, now=NOW) == 3
    assert findings.from_columns(actor, "Vecchio gestionale", columns, now=NOW) == 0
    assert asked(company) == [
        (
            "Vecchio gestionale › Conto",
            "bank_account",
            "undeclared_column",
            "IX99X9999999999999999999996",
            1,
        ),
        ("Vecchio gestionale › Pwd", "credentials", "refused_column", "••••••••", 1),
        ("Vecchio gestionale › Note", "health", "special_category", "••••", 2),
    ]
    (entry,) = entries(company, Action.FINDING_RAISED)
    assert entry["counts"] == {"bank_account": 1, "credentials": 1, "health": 1}
    assert "subj" not in entry


def test_an_import_asks_before_it_lands(company: Company, tmp_path: Path) -> None:
    file = tmp_path / "clienti.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Nome", "Cognome", "Email", "Password", "Religione", "Targa"])
        for n in range(30):
            writer.writerow(
                ["Anna", "Bianchi", f"a{n}@example.com", f"Segr3ta!{n}", "cattolica", "AB123CD"]
            )
    source = operations.add_source(
        controller=company.controller, name="Vecchio gestionale", kind="import",
        by=company.staff[Role.DPO], now=NOW,
    )  # fmt: skip
    landing.propose(
        file, source=source, purpose="order_management", by=company.staff[Role.SALES], now=NOW
    )
    found = [(p, c, k, n) for p, c, k, _shape, n in asked(company)]
    assert found == [
        ("Vecchio gestionale › Password", "credentials", "refused_column", 30),
        ("Vecchio gestionale › Targa", "property", "undeclared_column", 30),
        ("Vecchio gestionale › Religione", "religious_belief", "special_category", 30),
    ]


def test_notes_are_read_and_asked_about_by_row(company: Company) -> None:
    anna = a_customer(company, given="Anna", family="Bianchi")
    body = (
        f"Codice fiscale {FISCAL_CODE}, bonifico su {IBAN}, carta {CARD}. Mio figlio è celiaco."
        " Rispondete ad anna.bianchi@example.com o al 347 1234567, via Roma 12, 20121 Milano."
    )
    an_interaction(company, anna, body=body)
    done = scan(company)
    assert asked(company) == [
        (PLACE, "bank_account", "free_text", "IX99X9999999999999999999996", 1),
        (PLACE, "health", "special_category", "•••••••", 1),
        (PLACE, "national_id", "free_text", "RXXXXX99X99X999U", 1),
        (PLACE, "payment_card", "free_text", "••••••••", 1),
    ]
    assert set(Finding.objects.values_list("row", flat=True)) == {the_row(company, body)}
    assert (done.rows_read, done.rows_unreadable, done.raised) == (2, 0, 4)
    (entry,) = entries(company, Action.FINDING_RAISED)
    assert entry["obj"] == {"t": "scan", "id": str(done.pk)}
    assert entry["counts"] == {
        "bank_account": 1, "health": 1, "national_id": 1, "payment_card": 1,
    }  # fmt: skip


def test_a_name_is_asked_about_unless_it_is_ones_own(company: Company) -> None:
    anna = a_customer(company, given="Anna", family="Bianchi")
    an_interaction(company, anna, body="Cordiali saluti, Anna Bianchi")
    assert scan(company).raised == 0
    an_interaction(company, anna, body="Ritira la merce mio cognato, il sig. Luca Moretti.")
    assert scan(company).raised == 1
    assert asked(company) == [(PLACE, "name", "mention", "Lxxx Xxxxxxi", 1)]


def test_a_second_scan_asks_nothing_again_and_keeps_the_answer(company: Company) -> None:
    anna = a_customer(company)
    an_interaction(company, anna, body=f"Il mio IBAN è {IBAN}")
    scan(company)
    question = Finding.objects.get()
    operations.answer_finding(
        finding=question, answer="dismissed", by=company.staff[Role.DPO], now=NOW
    )
    second = scan(company)
    assert (second.rows_read, second.raised) == (2, 0)
    assert [f.answer for f in Finding.objects.all()] == ["dismissed"]
    assert TextScan.objects.count() == 2


def test_a_scan_goes_on_where_it_stopped(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "BATCH", 2)
    anna = a_customer(company)
    for n in range(5):
        an_interaction(company, anna, body=f"Pratica {n}: il mio codice fiscale è {FISCAL_CODE}")
    actor = system(company.controller.pk)
    begun = findings.begin(company.controller.pk, now=NOW)
    progress = []
    while begun.rows_read < 5:
        read = begun.rows_read
        assert findings.scan_batch(begun.pk, actor=actor, now=NOW)
        begun.refresh_from_db()
        if begun.rows_read > read:
            progress.append((begun.place, begun.rows_read, begun.raised))
    # One contact, then the interactions two by two; the rest is a worker's that was killed.
    assert progress == [
        ("crm.Contact ", 1, 0),
        ("crm.Interaction", 3, 2),
        ("crm.Interaction", 5, 4),
    ]
    assert findings.begin(company.controller.pk, now=NOW).pk == begun.pk
    done = scan(company)
    assert (done.pk, done.rows_read, done.raised) == (begun.pk, 6, 5)
    assert Finding.objects.count() == 5


def test_a_row_without_key_is_counted_and_stops_nothing(company: Company) -> None:
    anna = a_customer(company, given="Anna", family="Bianchi")
    luca = a_customer(company, given="Luca", family="Moretti")
    for person in (anna, luca):
        an_interaction(company, person, body=f"IBAN {IBAN}")
    destroy_subject_keys(
        company.controller.pk, anna, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW
    )
    done = scan(company)
    # Contacts without a note have nothing to open; the letter of the person without key has.
    assert (done.rows_read, done.rows_unreadable, done.raised) == (4, 1, 1)


def test_a_scan_sees_one_controller_alone(company: Company) -> None:
    other = a_company("beta")
    an_interaction(other, a_customer(other), body=f"IBAN {IBAN}")
    assert scan(company).rows_read == 0
    assert scan(other).raised == 1
    assert Finding.objects.get().controller_id == other.controller.pk


def test_marketing_may_not_scan(company: Company) -> None:
    begun = findings.begin(company.controller.pk, now=NOW)
    with pytest.raises(GovernanceError) as refused:
        findings.scan_batch(begun.pk, actor=company.actor(Role.MARKETING), now=NOW)
    assert refused.value.code == "role_not_allowed"


# What is written is read within a minute (registry.findings.scan_written)


def read_written(company: Company) -> int:
    return findings.scan_written(company.controller.pk, now=NOW)


def rewrite(company: Company, before: str, after: str) -> None:
    with gate.duty(system(company.controller.pk), Duty.ANSWERING, reference=uuid4(), now=NOW):
        row = next(row for row in Interaction.objects.all() if row.body == before)
        row.body = after
        row.save(update_fields=["body"])


def test_what_is_written_is_read_and_nothing_else(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = a_customer(company)
    an_interaction(company, anna, body=f"Il mio IBAN è {IBAN}")
    scan(company)
    read_written(company)
    assert read_written(company) == 0
    with monkeypatch.context() as patch:
        patch.delattr(gate, "duty")  # looking for nothing opens no access
        assert read_written(company) == 0
    an_interaction(company, anna, body=f"Carta {CARD}")
    assert read_written(company) == 1
    assert [(c, k) for _p, c, k, _s, _n in asked(company)] == [
        ("bank_account", "free_text"), ("payment_card", "free_text"),
    ]  # fmt: skip


def test_a_row_waits_in_the_transaction_that_writes_it(company: Company) -> None:
    anna = a_customer(company)
    WaitingText.objects.all().delete()
    actor, write = company.actor(Role.AGENT), Operation.CREATE
    with pytest.raises(ZeroDivisionError):
        with gate.open(actor, "order_management", write, subjects=anna, now=NOW) as access:
            crm.record_interaction(
                access, subject=anna, channel=Channel.EMAIL, direction="in", occurred_at=NOW,
                topic="Domanda", body=f"Carta {CARD}",
            )  # fmt: skip
            assert WaitingText.objects.count() == 1
            raise ZeroDivisionError
    assert WaitingText.objects.count() == 0
    an_interaction(company, anna, body=f"Carta {CARD}")
    assert list(WaitingText.objects.values_list("place", flat=True)) == ["crm.Interaction"]


def test_a_change_is_read_again_and_what_is_gone_is_answered(company: Company) -> None:
    anna = a_customer(company)
    body = f"Carta {CARD}, IBAN {IBAN}"
    an_interaction(company, anna, body=body)
    read_written(company)
    assert {f.answer for f in Finding.objects.all()} == {""}
    rewrite(company, body, f"IBAN {IBAN}")
    assert read_written(company) == 1
    assert dict(Finding.objects.values_list("category", "answer")) == {
        "payment_card": "removed", "bank_account": "",
    }  # fmt: skip
    assert Finding.objects.get(answer="removed").answered_by is None


def test_a_killed_reader_leaves_everything_to_the_next(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = a_customer(company)
    an_interaction(company, anna, body=f"Carta {CARD}")
    waiting = WaitingText.objects.count()

    def killed(*_args: object, **_kwargs: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(findings, "_raise", killed)
        with pytest.raises(KeyboardInterrupt):
            read_written(company)
    assert (WaitingText.objects.count(), Finding.objects.count()) == (waiting, 0)
    read_written(company)
    assert (WaitingText.objects.count(), Finding.objects.count()) == (0, 1)


def test_a_text_that_breaks_a_recogniser_stops_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    anna = a_customer(company)
    an_interaction(company, anna, body=f"maledetto {CARD}")
    an_interaction(company, anna, body=f"IBAN {IBAN}")
    whole = freetext.scan_many

    def fragile(texts: list[str], **kwargs: object) -> object:
        if any("maledetto" in text for text in texts):
            raise ValueError(texts)
        return whole(texts, **kwargs)

    monkeypatch.setattr(freetext, "scan_many", fragile)
    read_written(company)
    assert [c for _p, c, _k, _s, _n in asked(company)] == ["bank_account"]
    assert "ValueError" in caplog.text
    assert "maledetto" not in caplog.text


def test_a_text_of_somebody_erased_meanwhile_is_passed_over(company: Company) -> None:
    anna = a_customer(company)
    an_interaction(company, anna, body=f"Carta {CARD}")
    with gate.duty(system(company.controller.pk), Duty.ERASING, reference=uuid4(), now=NOW):
        Interaction.objects.all().delete()
    read_written(company)
    assert (WaitingText.objects.count(), Finding.objects.count()) == (0, 0)


def test_the_worker_reads_what_every_controller_wrote(company: Company) -> None:
    other = a_company("beta")
    for one in (company, other):
        an_interaction(one, a_customer(one), body=f"IBAN {IBAN}")
    tasks.read_written_text()
    owners = set(Finding.objects.values_list("controller_id", flat=True))
    assert owners == {company.controller.pk, other.controller.pk}
    assert WaitingText.objects.count() == 0


def test_all_text_is_read_once_and_then_as_it_is_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.scan_free_text, "delay", sent.append)
    assert tasks.scan_all_free_text() == 1
    scan(company)
    assert tasks.scan_all_free_text() == 0
    assert sent == [str(company.controller.pk)]
