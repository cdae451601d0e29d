"""A person brings a file in: upload, proposal, landing, and the rows that were set aside."""

import csv
import io
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from crm import tasks
from crm.imports import expiry, jobs, staging
from crm.models import ContactPoint, ImportBatch
from governance.crypto.errors import KeyDestroyedError
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from governance.portal import imports as pages
from registry.gate import opening as gate
from registry.models import DataSource
from tests.builders import Company
from tests.portal.conftest import As, entries, new_entries

NEW = reverse("admin:import_new")
TABLE = [
    ["Nome", "Cognome", "Email", "Data di nascita", "Password", "Reddito"],
    ["Anna", "Bianchi", "anna.bianchi@example.it", "01/02/1980", "segreto1", "21000"],
    ["Luca", "Verdi", "luca.verdi@example.it", "23/07/1975", "segreto2", "34000"],
    ["Carla", "Neri", "carla.neri(at)example.it", "13/05/1991", "segreto3", "27000"],
]


@pytest.fixture(autouse=True)
def state(settings: Any, tmp_path: Path) -> Path:
    settings.STATE = tmp_path
    return tmp_path


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the portal asks of the broker, which no test has: the worker is called by hand."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.land_import, "delay", lambda *ids: asked.append(ids))
    return asked


def a_csv(rows: list[list[str]] = TABLE, name: str = "clienti.csv") -> SimpleUploadedFile:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return SimpleUploadedFile(name, text.getvalue().encode(), "text/csv")


def upload(browser: Client, file: SimpleUploadedFile, **said: str) -> Any:
    form = {
        "file": file, "new_source": "Gestionale 2019", "purpose": "order_management",
        "kind": "customer", "entity": "", "source": "", **said,
    }  # fmt: skip
    return browser.post(NEW, form)


def proposed(browser: Client) -> ImportBatch:
    answer = upload(browser, a_csv())
    batch = ImportBatch.objects.get()
    assert answer.status_code == 302
    assert answer.url == page_of(batch)
    return batch


def page_of(batch: ImportBatch) -> str:
    return reverse("admin:crm_importbatch_change", args=[batch.pk])


def text_of(browser: Client, batch: ImportBatch) -> str:
    content: str = browser.get(page_of(batch), headers={"Accept-Language": "it"}).content.decode()
    return content


def columns(browser: Client, batch: ImportBatch) -> dict[str, str]:
    form = browser.get(page_of(batch)).context["form"]
    return {name: field.initial for name, field in form.fields.items()}


def steer(browser: Client, batch: ImportBatch, do: str, **changed: str) -> Any:
    address = reverse("admin:import_steer", args=[batch.pk])
    return browser.post(address, {**columns(browser, batch), **changed, "do": do})


def started(browser: Client) -> ImportBatch:
    batch = proposed(browser)
    steer(browser, batch, "start")
    return batch


def held(company: Company) -> list[str]:
    with gate.duty(system(company.controller.pk), Duty.SECURITY, now=timezone.now()) as access:
        points = access.rows(ContactPoint).filter(kind="email")
        return sorted(point.email for point in points)


def test_from_upload_to_the_rejected_rows(
    company: Company, as_role: As, woken: list[tuple[str, ...]], state: Path
) -> None:
    browser = as_role(Role.AGENT)
    batch = proposed(browser)
    assert (batch.state, batch.entity, batch.mapping["kind"]) == ("proposed", "contact", "customer")
    assert batch.source == DataSource.objects.get(name="Gestionale 2019")
    assert "Gestire gli ordini e il contratto" in text_of(browser, batch)
    # Password: no field is offered. Income: offered, but the activity does not cover it.
    assert columns(browser, batch) == {
        "column_0": "given_name", "column_1": "family_name", "column_2": "email",
        "column_3": "birth_date", "column_5": "income",
    }  # fmt: skip
    lines = browser.get(page_of(batch)).context["lines"]
    assert [line["is_refused"] for line in lines] == [False] * 4 + [True, False]
    assert lines[5]["is_uncovered"] is True

    tried = steer(browser, batch, "try").context["tried"]
    assert (tried.read, tried.rejected, dict(tried.reasons)) == (3, 1, {"invalid_email": 1})
    assert held(company) == []

    assert steer(browser, batch, "start").status_code == 302
    staff = company.staff[Role.AGENT]
    ids = (str(batch.pk), str(company.controller.pk), str(staff.pk))
    assert woken == [ids]
    running = browser.get(page_of(batch)).content.decode()
    assert '<meta http-equiv="refresh" content="2">' in running
    assert tasks.land_import(*ids) is True
    batch.refresh_from_db()
    assert (batch.state, batch.rows_read, batch.rows_created, batch.rows_rejected) == (
        "done", 3, 2, 1,
    )  # fmt: skip
    assert held(company) == ["anna.bianchi@example.it", "luca.verdi@example.it"]
    assert list((state / "imports").iterdir()) == []

    done = browser.get(page_of(batch))
    assert done.context["reasons"] == [("invalid_email", "The cell is not an e-mail address.", 1)]
    assert dict(done.context["mapping"])["Reddito"] == "— (Not covered)"
    assert "http-equiv" not in done.content.decode()
    before = entries(company)
    answer = browser.get(reverse("admin:import_rejected", args=[batch.pk]))
    assert "no-store" in answer["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["line", "reason", "column", *TABLE[0]],
        ["4", "invalid_email", "Email", "Carla", "Neri", "carla.neri(at)example.it",
         "13/05/1991", "", "27000"],
    ]  # fmt: skip
    assert [entry.action for entry in new_entries(company, before)] == [Action.DATA_IMPORTED]


def test_nothing_readable_lies_on_the_disk(company: Company, as_role: As, state: Path) -> None:
    batch = proposed(as_role(Role.AGENT))
    folder = state / "imports"
    sealed = list(folder.iterdir())
    assert sealed == [folder / f"{batch.pk.hex}.sealed"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(sealed[0].stat().st_mode) == 0o600
    content = sealed[0].read_bytes()
    for word in (b"Bianchi", b"anna.bianchi", b"segreto", b"Cognome", b"1980"):
        assert word not in content
    with staging.opened(batch) as path:
        assert path.read_bytes() == a_csv().read()


@pytest.mark.parametrize("size", [0, 1, staging.PIECE, staging.PIECE + 1, 3 * staging.PIECE])
def test_a_sealed_file_opens_as_it_was(company: Company, as_role: As, size: int) -> None:
    batch = proposed(as_role(Role.AGENT))
    content = os.urandom(size)
    staging.seal(batch, [content[:7], content[7:]])
    with staging.opened(batch) as path:
        assert path.read_bytes() == content


def test_a_sealed_file_that_was_cut_or_changed_does_not_open(company: Company, as_role: As) -> None:
    batch = proposed(as_role(Role.AGENT))
    staging.seal(batch, [b"x" * (3 * staging.PIECE)])
    sealed = staging.sealed_path(batch.pk)
    whole = sealed.read_bytes()
    piece = staging.PIECE + staging.TAG
    swapped = whole[:7] + whole[7 + piece : 7 + 2 * piece] + whole[7 : 7 + piece]
    for damaged in (whole[:-piece], whole[:-1], b"", whole[:7], swapped + whole[7 + 2 * piece :]):
        sealed.write_bytes(damaged)
        with pytest.raises(staging.StagedFileError), staging.opened(batch):
            pass


def test_a_task_that_runs_twice_lands_once(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    started(as_role(Role.AGENT))
    assert tasks.land_import(*woken[0]) is True
    before = entries(company)
    assert tasks.land_import(*woken[0]) is False
    assert new_entries(company, before) == []
    assert len(held(company)) == 2


def test_a_worker_that_was_killed_leaves_a_job_that_another_finishes(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    batch = started(as_role(Role.AGENT))
    tasks.wake_imports()
    assert woken[1] == woken[0]
    # As after a death between the last row and the last word: landed, and not called done.
    with staging.opened(batch) as path:
        content = path.read_bytes()
    tasks.land_import(*woken[0])
    ImportBatch.objects.update(state="running")
    staging.seal(batch, [content])
    assert tasks.land_import(*woken[0]) is True
    batch.refresh_from_db()
    assert (batch.state, batch.rows_created, batch.rows_unchanged) == ("done", 0, 2)
    assert len(held(company)) == 2
    assert jobs.waiting() == []


def test_two_workers_never_land_one_import_at_a_time(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    batch = started(as_role(Role.AGENT))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            name = int.from_bytes(batch.pk.bytes[8:], signed=True)
            cursor.execute("SELECT pg_advisory_lock(%s)", [name])
        assert tasks.land_import(*woken[0]) is False
        batch.refresh_from_db()
        assert batch.state == "running"
        with other.cursor() as cursor:  # closing ends the session a moment later
            cursor.execute("SELECT pg_advisory_unlock(%s)", [name])
    finally:
        other.close()
    assert tasks.land_import(*woken[0]) is True


def test_an_import_is_started_once(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    browser = as_role(Role.AGENT)
    batch = proposed(browser)
    address = reverse("admin:import_steer", args=[batch.pk])
    said = {**columns(browser, batch), "do": "start"}
    assert browser.post(address, said).status_code == 302
    assert browser.post(address, said).status_code == 409
    assert len(woken) == 1


@pytest.mark.parametrize("role", [Role.MARKETING, Role.DPO, Role.AUDITOR, Role.ADMINISTRATOR])
def test_a_role_without_import_is_refused(
    company: Company, as_role: As, role: Role, state: Path
) -> None:
    batch = proposed(as_role(Role.AGENT))
    browser = as_role(role)
    before = entries(company)
    address = reverse("admin:import_steer", args=[batch.pk])
    assert browser.get(NEW).status_code == 403
    assert upload(browser, a_csv()).status_code == 403
    assert browser.post(address, {"do": "start"}).status_code == 403
    assert browser.get(reverse("admin:import_rejected", args=[batch.pk])).status_code == 403
    said = [e.action for e in new_entries(company, before)]
    assert said == [Action.ACCESS_REFUSED] * 4
    assert ImportBatch.objects.get().state == "proposed"
    assert len(list((state / "imports").iterdir())) == 1


def test_only_purposes_of_the_role_are_offered(company: Company, as_role: As) -> None:
    def offered(browser: Client) -> set[str]:
        form = browser.get(NEW).context["form"]
        return {key for key, _text in form.fields["purpose"].choices}

    legal = as_role(Role.LEGAL)
    assert "order_management" in offered(as_role(Role.AGENT)) & offered(as_role(Role.SALES))
    assert "order_management" not in offered(legal)
    refused = upload(legal, a_csv())
    assert refused.status_code == 422
    assert ImportBatch.objects.count() == 0


def test_a_purpose_of_another_role_is_not_steered(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    batch = proposed(as_role(Role.AGENT))
    legal = as_role(Role.LEGAL)
    address = reverse("admin:import_steer", args=[batch.pk])
    for do in ("try", "start", "discard"):
        assert legal.post(address, {"do": do}).status_code == 403
    assert legal.get(reverse("admin:import_rejected", args=[batch.pk])).status_code == 403
    assert (ImportBatch.objects.get().state, woken) == ("proposed", [])


def test_the_gate_decides_again_when_the_rows_come(
    company: Company, as_role: As, woken: list[tuple[str, ...]], state: Path
) -> None:
    browser = as_role(Role.AGENT)
    batch = started(browser)
    staff = company.staff[Role.LEGAL]
    assert tasks.land_import(woken[0][0], woken[0][1], str(staff.pk)) is True
    batch.refresh_from_db()
    assert (batch.state, batch.mapping["failed"]) == ("failed", "role_not_allowed")
    assert held(company) == []
    assert list((state / "imports").iterdir()) == []
    text = browser.get(page_of(batch)).content.decode()
    assert "Your role may not act for this purpose." in text


@pytest.mark.parametrize(
    ("file", "code", "status"),
    [
        (SimpleUploadedFile("foto.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)), "binary_file", 415),
        (SimpleUploadedFile("a.csv", b"Nome;Nome\nAnna;Bianchi\n"), "duplicate_header", 400),
        (SimpleUploadedFile("a.csv", b"foo;bar\nx;y\nz;w\n"), "unknown_entity", 400),
    ],
)
def test_a_bad_file_shows_its_code_and_leaves_nothing(
    company: Company, as_role: As, state: Path, *, file: Any, code: str, status: int
) -> None:
    browser = as_role(Role.AGENT)
    file.seek(0)
    answer = upload(browser, file)
    assert answer.status_code == status
    assert f"<code>{code}</code>" in answer.content.decode()
    assert ImportBatch.objects.count() == 0
    assert not DataSource.objects.filter(name="Gestionale 2019").exists()
    assert not (state / "imports").exists()


def test_a_bad_file_is_explained_in_italian(company: Company, as_role: As) -> None:
    browser = as_role(Role.AGENT)
    file = SimpleUploadedFile("a.csv", b"Nome;Nome\nAnna;Bianchi\n")
    form = {"file": file, "new_source": "X", "purpose": "order_management", "kind": "customer"}
    answer = browser.post(NEW, form, headers={"accept-language": "it"})
    assert "Le colonne 1 e 2 hanno lo stesso nome." in answer.content.decode()


def test_a_file_over_the_limit_is_dropped(
    company: Company, as_role: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIMIT", 1000)
    monkeypatch.setattr(pages, "SLACK", 0)
    answer = upload(as_role(Role.AGENT), SimpleUploadedFile("a.csv", b"x" * 5000))
    assert answer.status_code == 413
    assert "<code>file_too_large</code>" in answer.content.decode()
    assert ImportBatch.objects.count() == 0


def test_an_upload_never_touches_the_temporary_folder(
    company: Company, as_role: As, settings: Any, tmp_path: Path
) -> None:
    watched = tmp_path / "tmp"
    watched.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(watched)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10  # Django's own handlers would write this one
    made = watched.stat().st_mtime_ns
    assert upload(as_role(Role.AGENT), a_csv()).status_code == 302
    assert watched.stat().st_mtime_ns == made


def test_an_upload_needs_the_token_against_forged_forms(company: Company) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        company.staff[Role.AGENT], backend="django.contrib.auth.backends.ModelBackend"
    )
    assert upload(browser, a_csv()).status_code == 403
    browser.get(NEW)
    token = browser.cookies["csrftoken"].value
    assert upload(browser, a_csv(), csrfmiddlewaretoken=token).status_code == 302


def test_a_person_places_columns_but_not_a_refused_one(company: Company, as_role: As) -> None:
    browser = as_role(Role.AGENT)
    batch = proposed(browser)
    twice = steer(browser, batch, "try", column_3="email")
    assert twice.status_code == 422
    assert "Another column goes there already." in twice.content.decode()
    steer(browser, batch, "try", column_0="family_name", column_1="given_name", column_5="",
          column_4="username")  # fmt: skip
    assert columns(browser, batch) == {
        "column_0": "family_name", "column_1": "given_name", "column_2": "email",
        "column_3": "birth_date", "column_5": "",
    }  # fmt: skip


def test_a_workbook_comes_in_as_well(
    company: Company, as_role: As, woken: list[tuple[str, ...]]
) -> None:
    book = openpyxl.Workbook()
    for row in TABLE:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    browser = as_role(Role.SALES)
    upload(browser, SimpleUploadedFile("clienti.xlsx", file.getvalue()))
    batch = ImportBatch.objects.get()
    steer(browser, batch, "start")
    assert tasks.land_import(*woken[0]) is True
    assert held(company) == ["anna.bianchi@example.it", "luca.verdi@example.it"]


def test_a_discarded_or_expired_file_is_gone(company: Company, as_role: As, state: Path) -> None:
    browser = as_role(Role.AGENT)
    batch = proposed(browser)
    steer(browser, batch, "discard")
    with pytest.raises(KeyDestroyedError), staging.opened(batch):
        pass
    batch.refresh_from_db()
    assert batch.state == "expired"
    upload(browser, a_csv())
    other = ImportBatch.objects.get(state="proposed")
    assert expiry.expire(other, now=timezone.now() + timedelta(days=31)) is True
    assert list((state / "imports").iterdir()) == []


def test_an_import_of_another_company_does_not_exist(
    company: Company, as_role: As, now: Any
) -> None:
    from tests.builders import a_company

    other = a_company("other", now=now)
    batch = ImportBatch.objects.create(
        controller=other.controller, source=other.source, entity="contact",
        purpose="order_management", digest="0" * 64, expires_on=now.date(),
    )  # fmt: skip
    browser = as_role(Role.AGENT)
    assert browser.get(page_of(batch)).status_code == 404
    assert browser.get(reverse("admin:import_rejected", args=[batch.pk])).status_code == 404
    address = reverse("admin:import_steer", args=[batch.pk])
    assert browser.post(address, {"do": "discard"}).status_code == 404
    staff = company.staff[Role.AGENT]
    ids = (str(batch.pk), str(company.controller.pk), str(staff.pk))
    assert tasks.land_import(*ids) is False


@pytest.fixture(autouse=True)
def _no_plaintext(state: Path) -> Iterator[None]:
    """Whatever a test did: nothing that it uploaded lies readable under the state folder."""
    yield
    for file in state.rglob("*"):
        assert not file.is_file() or b"Bianchi" not in file.read_bytes()
