"""Reading sealed rows: 1,000 rows of 1,000 people, five fields each, a key for every person.

Peers in the same database, with the same other columns, read through the same ORM: five plain
text columns; and five columns each encrypted by Fernet under one key for everybody, which is
what field-encryption packages for Django do. Two shapes of our rows: five fields in one data
category (one blob), and in four (four blobs). Rows are read inside an open access, the keys
of all the people fetched and unwrapped within the measured time; what the access itself costs
(decision for each person, audit entry, names of the members) is a figure of its own.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet
from support import figures, ground, people

PEOPLE = 1_000
ROUNDS = 5
TURNS = 3
SINGLES = 40
NOW = people.NOW
PERSON = ("given_name", "family_name", "fiscal_code", "company_name", "language")
ADDRESS = ("street", "city", "region", "postal_code", "country")
VALUES = {
    "given_name": "Maria Elena",
    "family_name": "Bianchi Rossetti",
    "fiscal_code": "BNCMLN80A41F205X",
    "company_name": "Officine Meccaniche Lombarde S.r.l.",
    "language": "it",
    "street": "Corso Vittorio Emanuele II 124, interno 7",
    "city": "Torino",
    "region": "Piemonte",
    "postal_code": "10121",
    "country": "IT",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds")
    rounds = ROUNDS * (4 if parser.parse_args().full else 1)
    with ground.installation() as superuser:
        Bench(superuser).run(rounds)
    figures.end()


class Bench:
    """The three forms of the same rows, and what reads them."""

    def __init__(self, superuser: ground.Superuser) -> None:
        self.superuser = superuser
        self.actor, self.subjects = _people()
        self.fernet = Fernet(Fernet.generate_key())
        self.peers = {
            (kind, names): self._peer(kind, names)
            for kind in ("plain", "fernet")
            for names in (PERSON, ADDRESS)
        }

    def run(self, rounds: int) -> None:
        from crm.models import Contact, ContactPoint

        for model, names, shape in (
            (ContactPoint, ADDRESS, "one category"),
            (Contact, PERSON, "four categories"),
        ):
            taken = [self._round(model, names) for _ in range(rounds + 1)][1:]  # the first warms up
            title = f"{PEOPLE} sealed rows x 5 fields in {shape}"
            figures.show(
                f"G8 {title} / plaintext", [t["plain"] / t["sealed"] for t in taken], goal=0.25
            )
            figures.show(f"G8 {title} / Fernet", [t["fernet"] / t["sealed"] for t in taken], goal=5)
            figures.show(
                f"{title}, gate and audit included / plaintext",
                [t["plain"] / t["access"] for t in taken],
                goal=None,
            )
            self._storage(model, names, shape)
        self._single(rounds)

    def _round(self, model: Any, names: tuple[str, ...]) -> dict[str, float]:
        """Return the best time of each form out of a few turns that take each form once."""
        turns = [self._turn(model, names) for _ in range(TURNS)]
        return {form: min(turn[form] for turn in turns) for form in turns[0]}

    def _turn(self, model: Any, names: tuple[str, ...]) -> dict[str, float]:
        """Read the rows once in each form, and see that all say the same."""
        plain, expected = _timed(lambda: self._read_plain("plain", names, lambda text: text))
        fernet, decrypted = _timed(
            lambda: self._read_plain(
                "fernet", names, lambda t: self.fernet.decrypt(t.encode()).decode()
            )
        )
        access, (sealed, unsealed) = _timed(lambda: self._read_sealed(model, names, self.subjects))
        if not expected == decrypted == unsealed:
            raise SystemExit("the three forms do not say the same")
        return {"plain": plain, "fernet": fernet, "sealed": sealed, "access": access}

    def _read_plain(
        self, kind: str, names: tuple[str, ...], open_: Callable[[str], str]
    ) -> list[list[str]]:
        rows = self.peers[kind, names].objects.filter(subject_id__in=self.subjects)
        return [
            [open_(getattr(row, name)) for name in names] for row in rows.order_by("subject_id")
        ]

    def _read_sealed(
        self, model: Any, names: tuple[str, ...], subjects: Any
    ) -> tuple[float, list[list[str]]]:
        from governance.policy.vocabulary import Operation
        from registry.gate import opening as gate

        with gate.open(
            self.actor, "order_management", Operation.LIST, subjects=subjects, now=NOW
        ) as access:
            return _timed(
                lambda: [
                    [getattr(row, name) for name in names]
                    for row in access.rows(model).order_by("subject_id")
                ]
            )

    def _single(self, rounds: int) -> None:
        """One row of one person at a time: the read inside its access, against the plain read."""
        from crm.models import ContactPoint

        ratios = []
        for at in range(rounds):
            plain = sealed = 0.0
            for subject in self.subjects[at * SINGLES : (at + 1) * SINGLES]:
                plain += _timed(lambda s=subject: self._read_plain_row(s))[0]
                sealed += self._read_sealed(ContactPoint, ADDRESS, subject)[0]
            ratios.append(plain / sealed)
        figures.show("G8 one sealed row x 5 fields / one plaintext row", ratios, goal=0.95)

    def _read_plain_row(self, subject: UUID) -> list[str]:
        row = self.peers["plain", ADDRESS].objects.get(subject_id=subject)
        return [getattr(row, name) for name in ADDRESS]

    def _storage(self, model: Any, names: tuple[str, ...], shape: str) -> None:
        sealed = self._bytes(model._meta.db_table, ["sealed"])
        plain, fernet = (
            self._bytes(self.peers[kind, names]._meta.db_table, names)
            for kind in ("plain", "fernet")
        )
        title = f"storage of the values, 5 fields in {shape}"
        figures.show(f"G8 {title}, sealed / plaintext", [sealed / plain], goal=2.1, is_most=True)
        figures.show(f"{title}, Fernet / plaintext", [fernet / plain], goal=None)

    def _bytes(self, table: str, columns: Any) -> float:
        total = " + ".join(f"sum(pg_column_size({column}))" for column in columns)
        (size,) = self.superuser.execute(f"SELECT {total} FROM {table}").fetchone() or (0,)
        return float(str(size))

    def _peer(self, kind: str, names: tuple[str, ...]) -> Any:
        """Make a table like ours with five text columns in place of the sealed one."""
        from django.db import models

        table = f"bench_{kind}_{len(names[0])}"
        columns = ", ".join(f"{name} text NOT NULL" for name in names)
        self.superuser.execute(
            f"CREATE TABLE {table} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
            " controller_id uuid NOT NULL, subject_id uuid NOT NULL, source_id uuid,"
            " scope varchar(16) NOT NULL DEFAULT 'ordinary',"
            f" collected_at timestamptz NOT NULL DEFAULT now(), origin_key bytea, {columns})"
        )
        self.superuser.execute(f"CREATE INDEX ON {table} (subject_id)")
        self.superuser.execute(f"GRANT SELECT ON {table} TO custode_app")
        values = [VALUES[name] for name in names]
        for subject in self.subjects:
            stored = values
            if kind == "fernet":
                stored = [self.fernet.encrypt(value.encode()).decode() for value in values]
            self.superuser.execute(
                f"INSERT INTO {table} (controller_id, subject_id, {', '.join(names)})"
                f" VALUES (%s, %s{', %s' * len(names)})",
                [self.actor.controller, subject, *stored],
            )
        self.superuser.execute(f"ANALYZE {table}")
        fields: dict[str, Any] = {
            "id": models.UUIDField(primary_key=True),
            "controller_id": models.UUIDField(),
            "subject_id": models.UUIDField(),
            "source_id": models.UUIDField(null=True),
            "scope": models.CharField(max_length=16),
            "collected_at": models.DateTimeField(),
            "origin_key": models.BinaryField(null=True),
            "Meta": type("Meta", (), {"app_label": "bench", "managed": False, "db_table": table}),
            "__module__": __name__,
        }
        fields |= {name: models.TextField() for name in names}
        return type(f"Peer{table}", (models.Model,), fields)


def _people() -> tuple[Any, list[UUID]]:
    """Make an approved company, and people with a contact, an address and a contract."""
    from crm.models import ContactPoint
    from governance.policy.vocabulary import Operation
    from registry.gate import opening as gate
    from registry.models import DataSource

    actor = people.company()
    person, address = ({n: VALUES[n] for n in names} for names in (PERSON, ADDRESS))
    subjects = people.customers(actor, [person] * PEOPLE)
    source = DataSource.objects.get(controller=actor.controller, name="Interessato")
    with gate.open(actor, "order_management", Operation.UPDATE, subjects=subjects, now=NOW):
        ContactPoint.objects.bulk_create(
            [
                ContactPoint(
                    controller_id=actor.controller, subject_id=subject, source=source,
                    collected_at=NOW, kind="post", **address,
                )
                for subject in subjects
            ]
        )  # fmt: skip
    return actor, sorted(subjects)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
