"""What sealing costs where people work: a page, a search, an import, an export (goal G8).

The peer is the same table with plain text columns, an index for each search, and neither gate nor
audit, read and written through the same ORM. Each work is measured twice: inside its access
(keys fetched, unwrapped and derived, values opened) and as a whole (decision for each person,
audit entry and its members included). Reading 1,000 rows: `bench/sealed_read.py`.
"""

import argparse
import csv
import io
import time
from collections.abc import Callable, Iterable
from random import Random
from typing import Any
from uuid import uuid4

from faker import Faker
from support import figures, ground, people, processes

FIELDS = ("given_name", "family_name", "language", "company_name", "fiscal_code")
PAGE = 50
SEARCHES = 10
IMPORTED = 2_000
TABLE = "bench_person"
MADE = """
CREATE TABLE bench_person (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), controller_id uuid NOT NULL,
    subject_id uuid NOT NULL, source_id uuid, scope varchar(16) NOT NULL DEFAULT 'ordinary',
    collected_at timestamptz NOT NULL DEFAULT now(), stage varchar(12) NOT NULL DEFAULT 'customer',
    given_name text NOT NULL, family_name text NOT NULL, language text NOT NULL,
    company_name text NOT NULL, fiscal_code text NOT NULL);
CREATE INDEX ON bench_person (subject_id);
CREATE INDEX ON bench_person (lower(given_name) text_pattern_ops);
CREATE INDEX ON bench_person (lower(family_name) text_pattern_ops);
CREATE INDEX ON bench_person (fiscal_code);
GRANT SELECT, INSERT, DELETE ON bench_person TO custode_app;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="100,000 people and more rounds")
    is_full = parser.parse_args().full
    with ground.installation() as superuser, processes.running():
        bench = Bench(superuser, 100_000 if is_full else 10_000)
        rounds = 15 if is_full else 5
        bench.pages(rounds)
        bench.searches(rounds)
        bench.imports(rounds)
        bench.export(3 if is_full else 2)
    figures.end()


class Bench:
    """The same people sealed and in plain text, and the works on them."""

    def __init__(self, superuser: ground.Superuser, number: int) -> None:
        self.actor = people.company()
        self.values = list(_values(number))
        self.subjects = people.customers(self.actor, self.values)
        superuser.execute(MADE)
        self.peer = _peer()
        self._insert_plain(zip(self.subjects, self.values, strict=True))
        superuser.execute("ANALYZE")

    def pages(self, rounds: int) -> None:
        """Read fifty people, in the order of their ids, a page further each time."""
        taken = []
        for at in range(rounds + 1):
            chosen = self.subjects[at * PAGE : (at + 1) * PAGE]
            taken.append(self._both(lambda c=chosen: self._plain(c), lambda c=chosen: c))
        _show(f"G8 a page of {PAGE}", taken[1:], goal=0.25)

    def searches(self, rounds: int) -> None:
        """Find people by the first letters of a name, and read the first page of them."""
        from registry import search

        words = sorted({v["family_name"].split()[-1][:3].lower() for v in self.values})
        drawn = Random(7)  # noqa: S311 - draws words, not keys
        taken = []
        for _ in range(rounds + 1):
            sides = [0.0, 0.0, 0.0]
            for word in drawn.sample(words, SEARCHES):
                found = self._both(
                    lambda w=word: self._plain_found(w),
                    lambda w=word: search.subjects_matching(self.actor.controller, w).order_by(
                        "subject_id"
                    )[:PAGE],
                )
                sides = [x + y for x, y in zip(sides, found, strict=True)]
            taken.append(tuple(sides))
        _show(f"G8 a search, first page of {PAGE}", taken[1:], goal=None)

    def imports(self, rounds: int) -> None:
        """Insert people by the thousand, with what finds them."""
        ratios = []
        for at in range(rounds + 1):
            values = list(_values(IMPORTED, seed=at + 100))
            subjects, took = _timed(lambda v=values: people.customers(self.actor, v))
            _, plain = _timed(
                lambda s=subjects, v=values: self._insert_plain(zip(s, v, strict=True))
            )
            ratios.append(plain / took)
        figures.show(f"an import of {IMPORTED}, all included / plain", ratios[1:], goal=None)

    def export(self, rounds: int) -> None:
        """Write everybody into one file of comma-separated values."""
        everybody = self.subjects
        taken = [
            self._both(lambda: self._plain(everybody), lambda: everybody) for _ in range(rounds)
        ]
        _show(f"G8 an export of {len(everybody)}", taken, goal=0.25)

    def _both(
        self, plain: Callable[[], list[str]], subjects: Callable[[], Any]
    ) -> tuple[float, float, float]:
        """Return seconds in plain text, inside an access, and with the whole access."""
        expected, first = _timed(plain)
        (found, inside), whole = _timed(lambda: self._sealed(subjects()))
        if sorted(expected) != sorted(found):
            raise SystemExit("both sides do not say the same")
        return first, inside, whole

    def _sealed(self, subjects: Any) -> tuple[list[str], float]:
        from crm.models import Contact
        from governance.policy.vocabulary import Operation
        from registry.gate import opening as gate

        with gate.open(
            self.actor, "order_management", Operation.LIST, subjects=subjects, now=people.NOW
        ) as access:
            return _timed(
                lambda: _lines(access.rows(Contact).order_by("subject_id").iterator(2_000))
            )

    def _plain(self, subjects: Any) -> list[str]:
        rows = self.peer.objects.filter(subject_id__in=subjects).order_by("subject_id")
        return _lines(rows.iterator(2_000))

    def _plain_found(self, word: str) -> list[str]:
        from django.db.models import Q
        from django.db.models.functions import Lower

        rows = self.peer.objects.annotate(g=Lower("given_name"), f=Lower("family_name"))
        found = rows.filter(Q(g__startswith=word) | Q(f__startswith=word))
        return _lines(found.order_by("subject_id")[:PAGE])

    def _insert_plain(self, rows: Iterable[tuple[Any, dict[str, str]]]) -> None:
        from django.utils import timezone

        self.peer.objects.bulk_create(
            [
                self.peer(
                    controller_id=self.actor.controller, subject_id=subject,
                    collected_at=timezone.now(), **values,
                )
                for subject, values in rows
            ],
            batch_size=2_000,
        )  # fmt: skip


def _show(what: str, taken: list[tuple[float, float, float]], *, goal: float | None) -> None:
    figures.show(f"{what}, inside its access / plain", [p / i for p, i, _ in taken], goal=goal)
    figures.show(
        f"{what}, gate and audit included / plain", [p / w for p, _, w in taken], goal=None
    )


def _lines(rows: Iterable[Any]) -> list[str]:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([getattr(row, name) for name in FIELDS])
    return text.getvalue().splitlines()


def _values(number: int, *, seed: int = 1) -> Iterable[dict[str, str]]:
    """Yield values of people: names from Italian lists, one code for each."""
    fake = Faker("it_IT")
    fake.seed_instance(seed)
    given = [fake.first_name() for _ in range(500)]
    family = [fake.last_name() for _ in range(2_000)]
    drawn = Random(seed)  # noqa: S311 - draws names, not keys
    for at in range(number):
        yield {
            "given_name": drawn.choice(given),
            "family_name": drawn.choice(family),
            "language": "it",
            "company_name": f"Officine {drawn.choice(family)} S.r.l.",
            "fiscal_code": f"BNC{seed:03d}{at:06d}205X"[:16],
        }


def _peer() -> Any:
    from django.db import models

    fields: dict[str, Any] = {
        "id": models.UUIDField(primary_key=True, default=uuid4),
        "controller_id": models.UUIDField(),
        "subject_id": models.UUIDField(),
        "source_id": models.UUIDField(null=True),
        "scope": models.CharField(max_length=16, default="ordinary"),
        "collected_at": models.DateTimeField(),
        "stage": models.CharField(max_length=12, default="customer"),
        "Meta": type("Meta", (), {"app_label": "bench", "managed": False, "db_table": TABLE}),
        "__module__": __name__,
    }  # fmt: skip
    fields |= {name: models.TextField() for name in FIELDS}
    return type("BenchPerson", (models.Model,), fields)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


if __name__ == "__main__":
    main()
