"""Art. 32(1)(a): who steals a backup of the application reads nobody's name in it.

A dump taken under the backup role holds every row, and none of the e-mails, surnames,
phones, streets and cities that came in; a plain-text marker planted beside them is found.
"""

import os
import re
import subprocess

import psycopg

from governance.embedded import binaries
from tests.builders import a_company, a_person
from tests.realdata import (
    CRM,
    a_verified_source,
    bring_in,
    bring_in_chinook,
    needs_real_data,
    table,
)

HEX = re.compile(r"\\\\x[0-9a-f]+")
MARKER = "plaintextmarker4711"


def dump() -> str:
    programs = binaries.locate_postgres()
    taken = subprocess.run(
        [programs.program("pg_dump"), "--no-owner", "--dbname", os.environ["DATABASE_BACKUP_URL"]],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    return taken.stdout


def rows_in(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    table_name = ""
    for line in text.splitlines():
        if copy := re.match(r"COPY (\S+) \(", line):
            table_name = copy[1].replace('"', "")
            counts[table_name] = 0
        elif line == "\\.":
            table_name = ""
        elif table_name:
            counts[table_name] += 1
    return counts


def rows_of(superuser: psycopg.Connection) -> dict[str, int]:
    names = superuser.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('public', 'audit', 'custode') AND c.relkind = 'r'"
    ).fetchall()
    return {
        name: superuser.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names
    }


def words(text: str) -> tuple[str, set[str]]:
    """The dump without ciphertext, and its words: a name in hex digits is not a name."""
    readable = HEX.sub("", text)
    return readable, set(re.findall(r"[^\s\"'{}\[\],:;|\\]+", readable))


def leaked(values: set[str], text: str, before: set[str]) -> set[str]:
    readable, found = words(text)
    return {
        v
        for v in values
        if len(v) > 2 and (v in readable if re.search(r"\W", v) else v in found) and v not in before
    }


def test_an_invented_person_is_in_no_dump(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    company = a_company()
    anna = a_person(
        company,
        given="Eufrasia",
        family="Quintavalle",
        email="eufrasia.q@posta.example",
        phone="+39 06 39733434",
        orders=[],
    )
    a_person(company, given="Berta", family="Zuccarello", orders=[])
    company.controller.sector = MARKER
    company.controller.save(update_fields=["sector"])
    text = dump()
    assert rows_in(text) == rows_of(superuser)
    assert rows_in(text)["public.crm_contact"] == 2
    assert MARKER in text
    assert (
        leaked(
            {"Eufrasia", "Quintavalle", "eufrasia.q@posta.example", "39733434", "Zuccarello"},
            text,
            set(),
        )
        == set()
    )
    assert str(anna) in text  # the search does look at the rows


@needs_real_data
def test_real_exports_leave_nothing_readable(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    company = a_company()
    _, before = words(dump())
    bring_in_chinook(company)
    fake = CRM / "fakenamegenerator" / "FakeNameGenerator_odd_1500.csv"
    bring_in(company, fake, a_verified_source(company, "Fake"))
    company.controller.sector = MARKER
    company.controller.save(update_fields=["sector"])
    text = dump()
    assert MARKER in text
    assert rows_in(text) == rows_of(superuser)
    assert rows_in(text)["public.crm_contact"] == 59 + 8 + 1500
    customers, people = table(CRM / "chinook" / "Customer.csv"), table(fake)
    # Titles of tracks are a public catalogue; a surname that is a word of one proves nothing.
    catalogue = {
        w
        for row in table(CRM / "chinook" / "Track.csv")
        for v in row.values()
        for w in re.findall(r"\w+", v)
    }
    values = {
        row[c] for row in customers for c in ("Email", "LastName", "Phone", "Address") if row[c]
    }
    values |= {
        row[c]
        for row in people
        for c in (
            "EmailAddress",
            "Surname",
            "TelephoneNumber",
            "StreetAddress",
            "Password",
            "NationalID",
            "Username",
        )
        if row[c]
    }
    assert len(values) > 8000
    assert leaked(values - catalogue, text, before) == set()
