"""The peer of an erasure: a person and nine tables of plain text, by Django or by cascade."""

from itertools import pairwise
from typing import Any

from support import ground

CHILDREN = 9
ROWS = 2  # of each child for each person
AT_ONCE = 50_000


class Cascade:
    """Two sets of the same ten tables: one whose foreign keys cascade, one that Django walks."""

    def __init__(self, superuser: ground.Superuser) -> None:
        self._superuser = superuser
        self._size = 0
        self._next = 1
        self.deleted = 0
        for kind, action in (("orm", ""), ("db", "ON DELETE CASCADE")):
            self._make(kind, action)
        self._parent = self._models()

    def grow(self, size: int) -> None:
        """Fill all tables up to `size` people."""
        for first, last in pairwise([*range(self._size, size, AT_ONCE), size]):
            for kind in ("orm", "db"):
                self._superuser.execute(
                    f"INSERT INTO bench_{kind}_0 SELECT n, 'Anna Bianchi', 'anna@example.it'"
                    f" FROM generate_series({first + 1}, {last}) AS n"
                )
                for child in range(1, CHILDREN + 1):
                    self._superuser.execute(
                        f"INSERT INTO bench_{kind}_{child} (person_id, what)"
                        " SELECT n, repeat('parola ', 12)"
                        f" FROM generate_series({first + 1}, {last}) AS n,"
                        f" generate_series(1, {ROWS})"
                    )
        self._size = size
        self._superuser.execute("ANALYZE")

    def by_orm(self, number: int) -> float:
        """Delete people through Django, with signals; return the seconds."""
        import time

        from django.db import transaction

        chosen = self._chosen(number)
        started = time.perf_counter()
        for key in chosen:
            with transaction.atomic():
                self._parent.objects.get(pk=key).delete()
        return time.perf_counter() - started

    def by_database(self, number: int) -> float:
        """Delete people by one statement each, the rest by cascade; return the seconds."""
        import time

        from django.db import connection

        chosen = self._chosen(number)
        started = time.perf_counter()
        for key in chosen:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM bench_db_0 WHERE id = %s", [key])
        return time.perf_counter() - started

    def _chosen(self, number: int) -> range:
        self._next += number
        return range(self._next - number, self._next)

    def _make(self, kind: str, action: str) -> None:
        self._superuser.execute(
            f"CREATE TABLE bench_{kind}_0 (id integer PRIMARY KEY, name text, email text)"
        )
        tables = [f"bench_{kind}_0"]
        for child in range(1, CHILDREN + 1):
            table = f"bench_{kind}_{child}"
            self._superuser.execute(
                f"CREATE TABLE {table} (id bigserial PRIMARY KEY, what text,"
                f" person_id integer NOT NULL REFERENCES bench_{kind}_0 {action})"
            )
            self._superuser.execute(f"CREATE INDEX ON {table} (person_id)")
            tables.append(table)
        for table in tables:
            self._superuser.execute(f"GRANT SELECT, DELETE ON {table} TO custode_app")

    def _models(self) -> Any:
        """Return the model of the person, with its children and a receiver of their deletion."""
        from django.db import models
        from django.db.models.signals import post_delete

        def counted(**_said: Any) -> None:
            self.deleted += 1

        def meta(at: int) -> dict[str, Any]:
            # An app that is installed: Django looks for referring models among those of such apps.
            said = {"app_label": "crm", "managed": False, "db_table": f"bench_orm_{at}"}
            return {"Meta": type("Meta", (), said), "__module__": __name__}

        parent = type(
            "BenchOrm0",
            (models.Model,),
            {
                **meta(0),
                "id": models.IntegerField(primary_key=True),
                "name": models.TextField(),
                "email": models.TextField(),
            },
        )
        made = [parent] + [
            type(
                f"BenchOrm{at}",
                (models.Model,),
                {
                    **meta(at),
                    "id": models.BigAutoField(primary_key=True),
                    "what": models.TextField(),
                    "person": models.ForeignKey(
                        parent, on_delete=models.CASCADE, related_name=f"bench_{at}"
                    ),
                },
            )
            for at in range(1, CHILDREN + 1)
        ]
        for model in made:
            post_delete.connect(counted, sender=model, weak=False)
        return parent
