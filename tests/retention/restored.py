"""A company whose database is backed up, people of whom are erased since, and its restore."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.db import connections

from audit import anchoring, bundle
from audit.anchors.directory import Directory
from audit.anchors.folder import ExportFolder
from crm.models import Contact
from dsar import erasure_right
from governance import provision
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty, Right, Role
from registry.datamap import data_map
from registry.gate import opening as gate
from tests.audit.history import folder_here, seal
from tests.builders import Company, a_company, a_person
from tests.databases import PROJECT, Run
from tests.dsar import acts, erasing

NOW = datetime.now(UTC)
OLD_RELEASE = (  # what `prepare` of version 0.1.0 does to a table, and to the functions of the gate
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    "DROP POLICY IF EXISTS gate ON {table}",
    (
        "CREATE POLICY gate ON {table} USING (custode.gate_must_be_open()"
        " AND controller_id = (SELECT custode.open_controller()))"
    ),
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO custode_app",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA custode TO custode_app",
)


class Installed:
    """The databases of this test process, with a folder for everything beside them."""

    def __init__(self, folder: Path, *, erased: int, kept: int = 2) -> None:
        self.folder, self.export = folder, ExportFolder(folder / "audit" / "export")
        self.signer = folder_here()  # of these databases: those made anew have another
        self.company: Company = a_company()
        self.erased = [self._person(f"Cancellato{n}") for n in range(erased)]
        self.kept = [self._person(f"Rimasto{n}") for n in range(kept)]

    def _person(self, family: str) -> UUID:
        return a_person(self.company, family=family, phone="02 1234567", now=NOW)

    def variables(self, **more: str) -> dict[str, str]:
        return {
            **os.environ, **Run.current.variables(), **more,
            "CUSTODE_AUDIT_FOLDER": str(self.folder / "audit"),
            "CUSTODE_SIGNER_FOLDER": str(self.signer),
        }  # fmt: skip

    def manage(self, *command: str, role: str = "owner") -> "subprocess.CompletedProcess[str]":
        """A command of manage.py, as an operator runs it."""
        argv = [sys.executable, str(PROJECT / "manage.py"), *command]
        environ = self.variables(CUSTODE_DATABASE_ROLE=role)
        return subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)

    def seal(self) -> None:
        """What sequencer, signer and relay have done within seconds."""
        seal(self.signer)
        anchoring.publish([Directory(self.export.path, bundle.segment, segment=13)])

    def back_up(self) -> Path:
        self.seal()
        done = self.manage("backup", "main", "--to", str(self.folder / "backups"), role="app")
        assert done.returncode == 0, done.stderr
        (made,) = (self.folder / "backups").iterdir()
        return made

    def erase_all(self) -> None:
        for subject in self.erased:
            self.erase(subject)

    def erase(self, subject: UUID) -> None:
        """A request, approved by two and carried out to its certificate."""
        email = self._address(subject)
        request = acts.ask_and_identify(
            self.company, Right.ERASURE, email=email, subject=subject, now=NOW
        )
        dpo = self.company.actor(Role.DPO)
        erasure = erasure_right.plan(request.pk, dpo, NOW)
        erasure_right.approve(erasure.pk, dpo, shown=erasure.plan_hash, now=NOW)
        lawyer = self.company.actor(Role.LEGAL)  # of fifty in a day one word is not enough
        erasure_right.approve_again(erasure.pk, lawyer, shown=erasure.plan_hash, now=NOW)
        done = erasing.carried_out(self.company, erasure.pk, now=NOW)
        assert done.state == "certified"

    def _address(self, subject: UUID) -> str:
        n = (self.erased + self.kept).index(subject)
        family = f"Cancellato{n}" if n < len(self.erased) else f"Rimasto{n - len(self.erased)}"
        return f"anna.{family}@example.it".lower()

    def empty(self) -> None:
        """The main database is lost; the operator makes an empty one."""
        connections.close_all()
        with Run.current.server.connect() as superuser:
            names = Run.current.names
            superuser.execute(f'DROP DATABASE "{names.main}" WITH (FORCE)')
            provision.make_databases(superuser, names)

    # What is found afterwards

    def rows_of(self, subjects: list[UUID]) -> dict[str, int]:
        """Rows of people in every table of the data map, past every rule."""
        found = {}
        with Run.current.server.connect(Run.current.names.main) as superuser:
            for holding in data_map().about_people():
                query = f'SELECT count(*) FROM "{holding.table}" WHERE {holding.subject_column} = ANY(%s)'
                (number,) = superuser.execute(query, [subjects]).fetchone()
                if number and holding.model != "registry.DataSubject":
                    found[holding.model] = number
        return found

    def why_locked(self) -> str:
        with Run.current.server.connect(Run.current.names.main) as superuser:
            return superuser.execute("SELECT custode.locked_because()").fetchone()[0]

    def names_read(self, subjects: list[UUID]) -> list[str]:
        """What the application can still read of people; refusals are words."""
        said = []
        for subject in subjects:
            try:
                with gate.duty(
                    self.company.actor(Role.DPO), Duty.ANSWERING, subjects=subject,
                    reference=subject, now=datetime.now(UTC),
                ) as access:  # fmt: skip
                    said += [row.family_name for row in access.rows(Contact)]
            except GovernanceError as refused:
                said.append(refused.code)
        return said


def prepare_as_before() -> None:
    """What the release before this one does to the database; it knows no lock."""
    with Run.current.server.connect(Run.current.names.main) as superuser:
        for holding in data_map().isolated():
            for statement in OLD_RELEASE:
                superuser.execute(statement.format(table=holding.table))
        superuser.execute("GRANT USAGE ON SCHEMA public, custode, audit TO custode_app")
        superuser.execute("GRANT SELECT ON audit.entry, audit.head TO custode_app")
