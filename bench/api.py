"""What the API costs: reading, listing, searching, ordering and changing, against bare DRF views.

Ours: token, purpose, decision, decryption or sealing, and a durable audit entry, over the whole
middleware. The peer: a `ModelSerializer` over plain tables of the same length, without middleware,
login, limit or entry (`support/plain.py`). Both are answered by one gunicorn, in turns, to
1, 8 and 32 clients, which are a process of their own on the same processors.

The people who are called about were made through the gate; the crowd around them are copies of
their rows that nobody opens. Sequencer and signer run as they do in production.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

sys.path.append(sys.path.pop(0))  # `api` is the product's package, not this program

import orjson
from support import calling, crowd, figures, ground, people, processes, serving
from support.calling import Call, Measured
from support.plainrows import FILL, PAGE, TABLES

ROUNDS = 5
SEEDS, FRESH = 200, 60
CLIENTS = (1, 8, 32)
READ, LIST, SEARCH = "contact read", f"list of {PAGE}", "search"
ORDER, PATCH = "order created", "contact changed"
GOALS = {READ: ("G1", 1.5), PATCH: ("G2", 1.5)}
GROWS = 1.3  # most that p99 of a read may grow from 100,000 to 1,000,000 people
ORDER_LINE = {"description": "Lampada", "quantity": "2", "unit_price": "19.90"}

Side = Callable[[int], list[Call]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 people; an hour")
    parser.add_argument("--calls", type=int, help="of a round; 32 unless said, 320 with --full")
    said = parser.parse_args()
    sizes = [10_000, 100_000, 1_000_000] if said.full else [10_000]
    with ground.installation() as superuser, processes.running():
        Bench(superuser, said.calls or (320 if said.full else 32)).run(sizes)
    figures.end()


class Bench:
    """People to call about, a crowd around them, and the peer's tables beside."""

    def __init__(self, superuser: ground.Superuser, calls: int) -> None:
        self._superuser, self._calls = superuser, calls
        self._agent = people.company()
        _customers(self._agent, "Bianchi", SEEDS)
        self._crowd = crowd.Crowd(superuser, SEEDS)
        self._crowd.grow(SEEDS * 2)  # who is made from now on is copied by nobody
        self._fresh = sorted(_customers(self._agent, "Rossetti", FRESH))
        self._token, self._secret = _token()
        self._plain = 0
        self._numbers = itertools.count()
        superuser.execute(TABLES)

    def run(self, sizes: list[int]) -> None:
        slowest: dict[int, float] = {}
        for size in sizes:
            self._grow(size)
            with serving.server() as port:
                self._check_searches(port)
                for clients in CLIENTS:
                    for what, sides in self._sides().items():
                        about = f"{what}, {clients} clients, among {size}"
                        rounds = self._measured(port, sides, clients)
                        measured = _show(about, rounds, *GOALS.get(what, ("", None)))
                        if what == READ and clients == CLIENTS[1]:
                            slowest[size] = measured
        if len(sizes) > 1:
            figures.show(
                f"p99 of a {READ} among {sizes[-1]} / among {sizes[-2]}",
                [slowest[sizes[-1]] / slowest[sizes[-2]]], goal=GROWS, is_most=True,
            )  # fmt: skip

    def _check_searches(self, port: int) -> None:
        """Stop unless a search finds one on both sides: that is what is measured."""
        for side in self._sides()[SEARCH]:
            found = orjson.loads(calling.answer(port, _host(), side(1)[0]))
            items = found["items"] if isinstance(found, dict) else found
            if len(items) != 1:
                raise SystemExit(f"a search finds {len(items)}")

    def _measured(
        self, port: int, sides: tuple[Side, Side], clients: int
    ) -> list[tuple[Measured, Measured]]:
        """Return what both sides did in each round, in turns."""
        number = max(self._calls, clients)
        rounds = []
        for _ in range(ROUNDS + 1):
            ours, plain = (
                calling.measure(port, _host(), side(number), clients=clients) for side in sides
            )
            rounds.append((ours, plain))
        return rounds[1:]  # the first warms up

    def _sides(self) -> dict[str, tuple[Side, Side]]:
        """Return how both sides are called for each thing that is measured."""
        head = (
            ("Authorization", f"Bearer {self._secret}"), ("X-Purpose", "order_management"),
            ("If-Match", "*"),
        )  # fmt: skip
        ours, plain = self._fresh, [_plain_id(at) for at in range(1, FRESH + 1)]
        cursor = self._cursor_before(ours[0])
        before = UUID(int=plain[0].int - 1)

        def calls(make: Callable[[int], Call]) -> Side:
            return lambda number: [make(at) for at in range(number)]

        def our(method: str, path: str, body: Any = None, status: int = 200) -> Call:
            sent = orjson.dumps(body) if body is not None else b""
            return Call(method, f"/api/v1/{path}", head, sent, status)

        def bare(method: str, path: str, body: Any = None, status: int = 200) -> Call:
            sent = orjson.dumps(body) if body is not None else b""
            return Call(method, f"/plain/{path}", (), sent, status)

        def order(at: int, person: UUID) -> dict[str, Any]:
            number = f"B-{next(self._numbers)}-{at}"
            return {
                "contact": str(person), "number": number, "ordered_on": "2026-11-20",
                "lines": [ORDER_LINE],
            }  # fmt: skip

        def mine(at: int) -> UUID:
            return ours[at % FRESH]

        def name_of(at: int) -> str:
            return f"Rossetti{_letters(at % FRESH)}"

        def theirs(at: int) -> UUID:
            return plain[at % FRESH]

        return {
            READ: (
                calls(lambda at: our("GET", f"contacts/{mine(at)}/")),
                calls(lambda at: bare("GET", f"contacts/{theirs(at)}/")),
            ),
            LIST: (
                calls(lambda _at: our("GET", f"contacts/?page_size={PAGE}&cursor={cursor}")),
                calls(lambda _at: bare("GET", f"contacts/?after={before}")),
            ),
            SEARCH: (
                calls(
                    lambda at: our(
                        "POST", "contacts/search/", {"q": f"Rossetti{_letters(at % FRESH)}"}
                    )
                ),
                calls(lambda at: bare("GET", f"contacts/?name=Bianchi{at % FRESH + 1}")),
            ),
            ORDER: (
                calls(lambda at: our("POST", "orders/", order(at, mine(at)), 201)),
                calls(
                    lambda at: bare("POST", "orders/", order(at, theirs(at)) | {"total": 40}, 201)
                ),
            ),
            PATCH: (
                calls(lambda at: our("PATCH", f"contacts/{mine(at)}/", {"job_title": f"n. {at}"})),
                calls(lambda at: bare("PATCH", f"contacts/{theirs(at)}/", {"value_3": f"n. {at}"})),
            ),
        }

    def _cursor_before(self, first: UUID) -> str:
        """Return the cursor of the list at the people who can be opened, after the copies."""
        from api.pagination import Page

        place = f"{self._token}|ContactsView|"
        return Page(PAGE, (), place).cursor([str(UUID(int=first.int - 1))])

    def _grow(self, size: int) -> None:
        self._crowd.grow(size)
        self._superuser.execute(FILL, [self._plain + 1, size])
        self._plain = size
        self._superuser.execute("ANALYZE")


def _customers(agent: Any, family: str, number: int) -> list[UUID]:
    from crm.models import ContactPoint
    from governance.policy.vocabulary import Operation
    from registry.gate import opening as gate

    values = [
        {
            "given_name": "Maria Elena", "family_name": f"{family}{_letters(at)}", "language": "it",
            "company_name": "Officine Lombarde S.r.l.", "job_title": "Acquisti",
        }
        for at in range(number)
    ]  # fmt: skip
    made = people.customers(agent, values)
    with gate.open(agent, "order_management", Operation.UPDATE, subjects=made, now=people.NOW):
        ContactPoint.objects.bulk_create(
            ContactPoint(
                controller_id=agent.controller, subject_id=subject, collected_at=people.NOW,
                kind="email", email=f"{family}.{at}@example.it", is_primary=True,
            )
            for at, subject in enumerate(made)
        )  # fmt: skip
    return made


def _letters(at: int) -> str:
    """Return two letters for a number; a name of letters alone is one word, found by itself."""
    return chr(ord("a") + at // 26) + chr(ord("a") + at % 26)


def _token() -> tuple[UUID, str]:
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
    return issued.token.pk, issued.secret


def _plain_id(at: int) -> UUID:
    from hashlib import md5

    return UUID(md5(str(at).encode(), usedforsecurity=False).hexdigest())


def _show(
    about: str, rounds: list[tuple[Measured, Measured]], name: str, goal: float | None
) -> float:
    """Print the ratio of the sides and the times of each; return our p99."""
    ratios = [ours.rate / plain.rate for ours, plain in rounds]
    figures.show(f"{name} {about} / bare DRF".strip(), ratios, goal=goal)
    for side, measured in (("ours", [o for o, _ in rounds]), ("bare DRF", [p for _, p in rounds])):
        p50, p99 = (_median([one.at(share) * 1000 for one in measured]) for share in (0.5, 0.99))
        line = {"figure": f"{about}, {side}", "p50 ms": round(p50, 2), "p99 ms": round(p99, 2)}
        print(json.dumps(line), flush=True)
    return _median([ours.at(0.99) for ours, _ in rounds])


def _host() -> str:
    from django.conf import settings

    return str(settings.ALLOWED_HOSTS[0])


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
