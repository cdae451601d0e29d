"""From file to rows: what lands, what is refused, and what a second run changes."""

import io
from pathlib import Path

import pytest
from django.db import connection

from crm.imports import landing, rejects
from crm.imports.errors import ImportFileError
from crm.imports.targets import Entity
from crm.models import (
    Contact,
    ContactPoint,
    ImportBatch,
    Interaction,
    Order,
    OrderLine,
    RejectedRow,
)
from governance.crypto import keystore
from governance.crypto.errors import KeyDestroyedError
from governance.policy.vocabulary import Channel, Duty, Operation, Role, SubjectKind
from registry import operations
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ConsentStanding, DataSource, DataSubject, Objection
from registry.neutral import neutral
from registry.suppression import Reason
from tests.builders import NOW, Company, a_company
from tests.dsar import acts

pytestmark = pytest.mark.django_db

CUSTOMERS = (
    "CodiceCliente;Nome;Cognome;Email;Telefono;Indirizzo;CAP;Città;Password;NonContattare\n"
    "00042;Anna;Bianchi;anna@example.it;06 39733434;Via Roma, 1;00192;Roma;segreto1;no\n"
    '00043;Nicolò;D\'Angelo;nicolo@example.it;;"Via Lunga, 2\nscala B";09010;Cagliari;segreto2;sì\n'
    "00044;;;;;;;;segreto3;no\n"
    "00045;Carla;Verdi;carla@example.it;02 99887766;Via Po, 3;10124;Torino;segreto4;no;di troppo\n"
)
ORDERS = "NumeroOrdine;CodiceCliente;DataOrdine;Totale\nA1;00042;31/01/2026;1.234,50\nA2;00099;01/02/2026;10,00\nA3;00042;31/02/2026;10,00\n"


def a_file(tmp_path: Path, text: str, name: str = "clienti.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def verified(company: Company, name: str = "Gestionale") -> DataSource:
    by = company.staff[Role.DPO]
    source = operations.add_source(
        controller=company.controller, name=name, kind="import", by=by, now=NOW
    )
    operations.verify_source(source=source, by=by, now=NOW)
    return source


def run(company: Company, path: Path, source: DataSource, **more):
    by = company.staff[more.pop("role", Role.AGENT)]
    kind = more.pop("kind", SubjectKind.CUSTOMER)
    purpose = more.pop("purpose", "order_management")
    batch, mapping = landing.propose(path, source=source, purpose=purpose, by=by, now=NOW, **more)
    return batch, mapping, landing.land(path, batch, mapping, by=by, kind=kind, now=NOW)


def contacts(company: Company) -> dict[str, dict]:
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        found = {}
        for contact in access.rows(Contact):
            points = access.rows(ContactPoint).filter(subject=contact.subject_id)
            values = access.values(contact)
            for point in points:
                values |= {k: v for k, v in access.values(point).items() if v is not None}
            found[str(contact.external_id)] = values
        return found


def whole_database() -> bytes:
    """Every row of every table of the application, as text."""
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN ('public', 'audit') AND table_type = 'BASE TABLE'"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
            out.write("\n".join(row for (row,) in cursor.fetchall()).encode())
    return out.getvalue()


def test_people_land_with_their_values_as_written(company: Company, tmp_path: Path) -> None:
    _, _, report = run(company, a_file(tmp_path, CUSTOMERS), verified(company))
    assert (report.read, report.created, report.rejected) == (4, 2, 2)
    assert report.reasons == {"nobody": 1, "ragged_row": 1}
    assert report.dropped["Password"] == "secret"
    anna = contacts(company)["00042"]
    assert (anna["given_name"], anna["postal_code"], anna["phone"]) == (
        "Anna",
        "00192",
        "06 39733434",
    )
    nicolo = contacts(company)["00043"]
    assert (nicolo["given_name"], nicolo["family_name"]) == ("Nicolò", "D'Angelo")
    assert nicolo["street"] == "Via Lunga, 2\nscala B"


def test_secrets_and_plain_values_never_reach_a_table(company: Company, tmp_path: Path) -> None:
    batch, _, _ = run(company, a_file(tmp_path, CUSTOMERS), verified(company))
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        everything = whole_database()
        kept = list(rejects.rows_of(batch))
    assert b"order_management" in everything  # the search does find what is there
    for value in (
        b"segreto",
        b"anna@example.it",
        b"Bianchi",
        b"D'Angelo",
        b"39733434",
        b"Via Lunga",
    ):
        assert value not in everything
    assert [(line, code) for line, code, _, _ in kept] == [(5, "nobody"), (6, "ragged_row")]
    assert not any("segreto" in cell for _, _, _, cells in kept for cell in cells)


def test_a_second_run_changes_only_what_is_different(company: Company, tmp_path: Path) -> None:
    source = verified(company)
    run(company, a_file(tmp_path, CUSTOMERS), source)
    _, _, again = run(company, a_file(tmp_path, CUSTOMERS), source)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    moved = CUSTOMERS.replace("Via Roma, 1;00192;Roma", "Via Milano, 9;20121;Milano").replace(
        "Anna", "Annamaria"
    )
    _, _, third = run(company, a_file(tmp_path, moved), source)
    assert (third.created, third.updated, third.unchanged) == (0, 1, 1)
    anna = contacts(company)["00042"]
    assert (anna["given_name"], anna["city"], anna["postal_code"]) == (
        "Annamaria",
        "Milano",
        "20121",
    )
    assert len(contacts(company)) == 2


def test_a_no_is_kept_whoever_brings_it(company: Company, tmp_path: Path) -> None:
    text = "CustomerId,FirstName,LastName,HasOptedOutOfEmail,DoNotCall,Email\n1,Anna,Bianchi,true,false,a@example.it\n2,Berta,Neri,false,true,b@example.it\n"
    run(company, a_file(tmp_path, CUSTOMERS), verified(company))
    run(company, a_file(tmp_path, text, "Contact.csv"), verified(company, "Altro"))
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        standing = access.rows(ConsentStanding).values_list("channel", "state")
        assert set(standing) == {(Channel.EMAIL, "refused"), (Channel.PHONE, "refused")}
        assert access.rows(Objection).filter(to_marketing=True).count() == 1


def test_orders_belong_to_people_who_are_held(company: Company, tmp_path: Path) -> None:
    source = verified(company)
    run(company, a_file(tmp_path, CUSTOMERS), source)
    _, _, report = run(company, a_file(tmp_path, ORDERS, "ordini.csv"), source, entity=Entity.ORDER)
    assert (report.created, dict(report.reasons)) == (
        1,
        {"contact_not_found": 1, "invalid_date": 1},
    )
    lines = (
        "RigaId;NumeroOrdine;Prodotto;Prezzo;Quantità\n1;A1;Lampada;617,25;2\n2;A9;Lampada;1,00;1\n"
    )
    _, _, report = run(
        company, a_file(tmp_path, lines, "righe.csv"), source, entity=Entity.ORDER_LINE
    )
    assert (report.created, dict(report.reasons)) == (1, {"order_not_found": 1})
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        order = access.rows(Order).get()
        assert (str(order.total), order.scope, order.ordered_on.isoformat()) == (
            "1234.50",
            "fiscal",
            "2026-01-31",
        )
        line = access.rows(OrderLine).get()
        assert (line.subject_id, line.order_id, line.description) == (
            order.subject_id,
            order.pk,
            "Lampada",
        )
        assert DataSubject.objects.get(pk=order.subject_id).last_order_on == order.ordered_on


def test_an_unverified_source_lands_in_quarantine(company: Company, tmp_path: Path) -> None:
    by = company.staff[Role.DPO]
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import", by=by, now=NOW
    )
    run(company, a_file(tmp_path, CUSTOMERS), source)
    run(company, a_file(tmp_path, ORDERS, "ordini.csv"), source, entity=Entity.ORDER)

    def visible() -> int:
        everybody = DataSubject.objects.values_list("pk")
        with gate.open(
            company.actor(Role.AGENT),
            "order_management",
            Operation.LIST,
            subjects=everybody,
            now=NOW,
        ) as access:
            return access.rows(Contact).count()

    assert visible() == 0
    assert operations.verify_source(source=source, by=by, now=NOW) == 2
    assert visible() == 2


def test_somebody_who_was_erased_does_not_come_back_by_a_file(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    acts.remember(company, Reason.ERASED, email="Anna@Example.it")
    _, _, report = run(company, a_file(tmp_path, CUSTOMERS), source)
    assert dict(report.reasons) == {"suppressed": 1, "nobody": 1, "ragged_row": 1}
    assert sorted(contacts(company)) == ["00043"]


def test_nothing_lands_before_an_approved_activity_covers_it(db: None, tmp_path: Path) -> None:
    drafts = a_company(approved=False)
    source = DataSource.objects.get(controller=drafts.controller, name="Interessato")
    with pytest.raises(GateRefusedError) as error:
        run(drafts, a_file(tmp_path, CUSTOMERS), source)
    assert error.value.code == "no_active_activity"
    assert "approv" in str(error.value.advice)
    assert ImportBatch.objects.count() == 0


def test_a_column_no_activity_covers_is_dropped_and_said_so(
    company: Company, tmp_path: Path
) -> None:
    text = "CustomerId,FirstName,LastName,Email,AnnualIncome\n1,Anna,Bianchi,a@example.it,90000\n"
    _, _, report = run(company, a_file(tmp_path, text, "Customers.csv"), verified(company))
    assert report.uncovered == ["income"]
    assert contacts(company)["1"]["income"] is None


def test_the_key_of_rejected_rows_ends_with_the_batch(company: Company, tmp_path: Path) -> None:
    batch, mapping, _ = run(company, a_file(tmp_path, CUSTOMERS), verified(company))
    assert batch.expires_on.isoformat() == "2026-12-23"
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        file = io.StringIO()
        header = [column.header for column in mapping.columns]
        assert rejects.write_csv(batch, header, file) == 2
        keystore.destroy_controller_key(company.controller.pk, rejects.key_use(batch))
        with pytest.raises(KeyDestroyedError):
            list(rejects.rows_of(batch))
        assert RejectedRow.objects.count() == 2
    assert file.getvalue().startswith("line,reason,column,CodiceCliente")


def test_formulas_are_written_as_text() -> None:
    for cell in ("=1+1", "+1", "-1", "@x", "\tx", " =1", "＝1", "\ufeff=1"):
        assert neutral(cell) == "'" + cell
    assert neutral("Via Roma") == "Via Roma"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "binary_file"),
        (b"Nome,Nome\nAnna,Bianchi\n", "duplicate_header"),
        (",".join(f"c{i}" for i in range(200)).encode() + b"\n", "too_many_columns"),
    ],
)
def test_bad_files_name_what_is_wrong(
    company: Company, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    source = verified(company)
    with pytest.raises(ImportFileError) as error:
        landing.propose(
            path, source=source, purpose="order_management", by=company.staff[Role.AGENT], now=NOW
        )
    assert error.value.code == code
    assert str(error.value.advice)
    assert ImportBatch.objects.count() == 0


def test_cp1252_and_interactions_survive(company: Company, tmp_path: Path) -> None:
    source = verified(company)
    run(company, a_file(tmp_path, CUSTOMERS, encoding="cp1252"), source)
    assert contacts(company)["00043"]["given_name"] == "Nicolò"
    text = "Id;CodiceCliente;Data;Canale;Oggetto;Testo\n1;00042;2026-03-01 10:00;phone;Ritardo;La lampada è arrivata rotta\n"
    _, _, report = run(
        company, a_file(tmp_path, text, "contatti.csv"), source, entity=Entity.INTERACTION
    )
    assert report.created == 1
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        said = access.rows(Interaction).get()
        assert (said.channel, said.body) == ("phone", "La lampada è arrivata rotta")
        assert (
            DataSubject.objects.get(pk=said.subject_id).last_contact_on.isoformat() == "2026-03-01"
        )
