"""What the gate costs: a bulk of recipients, and one read over the API (goal G1).

Bulk: everybody who may get a newsletter by e-mail, out of 10,000 and more people of whom a fifth
may not: decided, counted by reason, fetched, decrypted and recorded, against fetching and
decrypting the same recipients through the same rows and keys with nothing decided or recorded. The
time must grow no faster than the number of people.

Single: `GET /api/v1/contacts/{id}/` with token, purpose, decision, decryption and a durable entry,
against a `RetrieveAPIView` with a `ModelSerializer` over twenty plain text columns, without
middleware, login or entry. Both run in this process behind Django's WSGI handler, in turns.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any
from uuid import UUID

from support import figures, ground, people, processes

ROUNDS = 5
READS = 100  # of a round
NOW = people.NOW
COLUMNS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 people; hours")
    parser.add_argument("--people", type=int, action="append", help="another size than these")
    said = parser.parse_args()
    sizes = said.people or ([10_000, 100_000, 1_000_000] if said.full else [10_000])
    with ground.installation() as superuser, processes.running():
        bench = Bench(superuser)
        bench.single()
        bench.bulk(sizes)
    figures.end()


class Bench:
    """People who may and may not get a newsletter, and a plain table beside them."""

    def __init__(self, superuser: ground.Superuser) -> None:
        from governance.policy.vocabulary import Role

        self.superuser = superuser
        self.agent = people.company()
        self.marketing = replace(self.agent, role=Role.MARKETING)
        self.made = 0

    # Bulk

    def bulk(self, sizes: list[int]) -> None:
        each: dict[int, float] = {}
        for size in sizes:
            while self.made < size:
                self._add(min(people.AT_ONCE, size - self.made))
            self.superuser.execute("ANALYZE")
            decided, gated, bare = [], [], []
            for at in range(ROUNDS + 1):
                decision = _timed(self._decided)[0]
                whole, admitted = _timed(self._gated)
                plain, fetched = _timed(lambda ids=admitted: self._bare(ids))
                if len(admitted) != fetched:
                    raise SystemExit("the two forms do not fetch the same people")
                if at:  # the first warms up
                    decided.append(decision)
                    gated.append(whole)
                    bare.append(plain)
            each[size] = sorted(gated)[ROUNDS // 2] / size
            figures.show(
                f"time of a bulk among {size}, gate and entry included / fetching and decrypting",
                [g / b for g, b in zip(gated, bare, strict=True)], goal=1.3, is_most=True,
            )  # fmt: skip
            figures.show(f"deciding about {size}", decided, goal=None, unit="seconds")
            figures.show(f"the whole bulk among {size}", gated, goal=None, unit="seconds")
        if len(sizes) > 1:
            figures.show(
                f"time for each among {sizes[-1]} / among {sizes[0]}",
                [each[sizes[-1]] / each[sizes[0]]], goal=1.3, is_most=True,
            )  # fmt: skip

    def _add(self, number: int) -> None:
        """Add people with an e-mail address: of ten, eight agreed, one withdrew, one objected."""
        from crm.models import ContactPoint
        from governance.policy.vocabulary import Operation, SubjectKind
        from registry.gate import opening as gate
        from registry.models import ConsentStanding, DataSource, Objection, Purpose

        source = DataSource.objects.get(controller=self.agent.controller, name="Interessato")
        newsletter = Purpose.objects.get(controller=self.agent.controller, key="newsletter")
        with gate.open(self.agent, "order_management", Operation.CREATE, now=NOW) as access:
            subjects = access.new_subjects([SubjectKind.CUSTOMER] * number, source=source)
            base = [
                {"controller_id": access.controller, "subject": s, "collected_at": NOW}
                for s in subjects
            ]
            ContactPoint.objects.bulk_create(
                ContactPoint(**b, kind="email", email=f"anna.{self.made + at}@example.it")
                for at, b in enumerate(base)
            )
            ConsentStanding.objects.bulk_create(
                ConsentStanding(
                    **b, purpose=newsletter, channel="email", since=NOW,
                    state="withdrawn" if at % 10 == 0 else "given",
                )
                for at, b in enumerate(base)
            )  # fmt: skip
            Objection.objects.bulk_create(
                Objection(**b, to_marketing=True, at=NOW) for b in base[1::10]
            )
        self.made += number

    def _decided(self) -> int:
        from governance.policy.vocabulary import Channel, Operation
        from registry.gate import opening as gate

        with gate.open(
            self.marketing, "newsletter", Operation.LIST, subjects=_everybody(),
            channel=Channel.EMAIL, now=NOW,
        ) as access:  # fmt: skip
            return len(access.admitted or ())

    def _gated(self) -> set[UUID]:
        from governance.policy.vocabulary import Channel, Operation
        from registry.gate import opening as gate

        with gate.open(
            self.marketing, "newsletter", Operation.LIST, subjects=_everybody(),
            channel=Channel.EMAIL, now=NOW,
        ) as access:  # fmt: skip
            _decrypt(access)
            return set(access.members)

    def _bare(self, subjects: set[UUID]) -> int:
        """Fetch and decrypt the same rows with the same keys; decide and record nothing."""
        from django.db import connection, transaction

        from governance.policy.categories import Category
        from registry.gate import context
        from registry.gate.access import Access

        access = Access(
            actor=self.marketing, categories=frozenset({Category.EMAIL}), admitted=subjects,
            now=NOW,
        )  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('custode.controller', %s, true)", [str(access.controller)]
            )
            context.enter(access)
            try:
                return _decrypt(access)
            finally:
                context.leave()

    # Single

    def single(self) -> None:
        """Read one contact over the API, and one plain row by a plain view."""
        subject, row = self._contact(), self._plain_row()
        ours = _handler(f"/api/v1/contacts/{subject}/", f"Bearer {self._token()}", row.model)
        plain = _handler(f"/plain/{row.pk}/", "", row.model, middleware=[])
        ratios, singles = [], []
        for at in range(ROUNDS + 1):
            gated, _ = _timed(lambda: [ours() for _ in range(READS)])
            ungated, _ = _timed(lambda: [plain() for _ in range(READS)])
            if at:
                ratios.append(ungated / gated)
                singles.append(gated / READS)
        figures.show("G1 gated audited read / unaudited DRF read", ratios, goal=1.5)
        figures.show("a gated audited read", singles, goal=None, unit="seconds")

    def _contact(self) -> UUID:
        values = {
            "given_name": "Maria Elena", "family_name": "Bianchi Rossetti", "language": "it",
            "fiscal_code": "BNCMLN80A41F205X", "company_name": "Officine Lombarde S.r.l.",
        }  # fmt: skip
        return people.customers(self.agent, [values])[0]

    def _token(self) -> str:
        from datetime import timedelta

        from django.utils import timezone

        from api import tokens
        from governance.policy.vocabulary import Role
        from registry.models import Staff

        now = timezone.now()
        issued = tokens.issue(
            by=Staff.objects.get(username="dpo"), role=Role.AGENT, name="bench",
            purposes=["order_management"], expires_at=now + timedelta(days=1), now=now,
        )  # fmt: skip
        return issued.secret

    def _plain_row(self) -> Any:
        from django.db import models

        names = [f"value_{at}" for at in range(COLUMNS)]
        self.superuser.execute(
            "CREATE TABLE bench_plain (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
            f" {', '.join(f'{name} text NOT NULL' for name in names)})"
        )
        self.superuser.execute("GRANT SELECT, INSERT ON bench_plain TO custode_app")
        fields: dict[str, Any] = {name: models.TextField() for name in names}
        fields |= {
            "id": models.UUIDField(primary_key=True),
            "Meta": type(
                "Meta", (), {"app_label": "bench", "managed": False, "db_table": "bench_plain"}
            ),
            "__module__": __name__,
        }
        model = type("Plain", (models.Model,), fields)
        row = model(id=UUID(int=1), **dict.fromkeys(names, "Corso Vittorio Emanuele II 124"))
        row.save(force_insert=True)
        row.model = model
        return row


def _everybody() -> Any:
    from registry.models import DataSubject

    return DataSubject.objects.values_list("pk")


def _decrypt(access: Any) -> int:
    from crm.models import ContactPoint

    return sum(1 for point in access.rows(ContactPoint).iterator() if point.email)


def _handler(
    path: str, token: str, model: Any, *, middleware: list[str] | None = None
) -> Callable[[], bytes]:
    """Return a call of one address through a WSGI handler of its own."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory, override_settings

    _addresses(model)
    changed = {} if middleware is None else {"MIDDLEWARE": middleware}
    with override_settings(**changed):
        handler = WSGIHandler()
    host = settings.ALLOWED_HOSTS[0]
    headers = {"HTTP_AUTHORIZATION": token, "HTTP_X_PURPOSE": "order_management"} if token else {}

    def call() -> bytes:
        environ = RequestFactory(SERVER_NAME=host).get(path, **headers).environ
        said: list[str] = []
        body = b"".join(handler(environ, lambda status, *_rest: said.append(status)))
        if not said[0].startswith("200"):
            raise SystemExit(f"{path}: {said[0]} {body[:300]!r}")
        return body

    return call


def _addresses(model: Any) -> None:
    """Put the plain view beside the addresses of the product."""
    from django.conf import settings
    from django.urls import clear_url_caches, path
    from rest_framework.generics import RetrieveAPIView
    from rest_framework.serializers import ModelSerializer

    from governance import urls

    if "bench_urls" in sys.modules:
        return
    serializer = type(
        "PlainSerializer", (ModelSerializer,),
        {"Meta": type("Meta", (), {"model": model, "fields": "__all__"})},
    )  # fmt: skip
    view = type(
        "PlainView", (RetrieveAPIView,),
        {
            "queryset": model.objects.all(), "serializer_class": serializer,
            "authentication_classes": [], "permission_classes": [], "throttle_classes": [],
        },
    )  # fmt: skip
    module = ModuleType("bench_urls")
    module.urlpatterns = [path("plain/<uuid:pk>/", view.as_view()), *urls.urlpatterns]  # type: ignore[attr-defined]
    sys.modules["bench_urls"] = module
    settings.ROOT_URLCONF = "bench_urls"
    clear_url_caches()


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
