"""Erasing one person among many, from plan to certificate (goal G6).

Sides: the whole erasure (plan, approval, freeze, rows of every table, keys, verification by
reading, audit, certificate), without the time in which it waits for a signed checkpoint, which is
reported apart; Django's `delete()` over ten related tables of plain text with signals; and the
limit, one DELETE whose foreign keys cascade in the database. Neither peer has audit, proof or
certificate. The time must not grow with the number of people.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from support import crowd, figures, ground, people, processes
from support.cascade import Cascade

ROUNDS = 5
EACH = 8  # erasures in a round
PATIENCE = 600.0
PAUSE = 2.0  # seconds after which the product asks again whether the log is signed
DONE = {"certified", "closed"}
# One person approves here: what a second one is for costs no time that is measured.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 people; half an hour")
    is_full = parser.parse_args().full
    sizes = [10_000, 100_000, 1_000_000] if is_full else [1_000, 10_000]
    with ground.installation() as superuser, processes.running():
        Bench(superuser, sizes, together=200 if is_full else 20).run()
    figures.end()


class Bench:
    """People to be erased, a growing crowd around them, and the peers."""

    def __init__(self, superuser: ground.Superuser, sizes: list[int], *, together: int) -> None:
        self._sizes, self._number = sizes, together
        seeds = len(sizes) * ROUNDS * EACH + together
        with psycopg.connect(os.environ["KEYSTORE_OWNER_URL"]) as keys:
            keys.execute(MANY)
        self.actor = people.company()
        self.subjects = people.with_history(self.actor, seeds)
        self.crowd = crowd.Crowd(superuser, seeds)
        self.cascade = Cascade(superuser)

    def run(self) -> None:
        sizes = self._sizes
        at_first: list[float] = []
        for size in sizes:
            self.crowd.grow(size)
            self.cascade.grow(size)
            ours, orm, limit, waits = [], [], [], []
            for _ in range(ROUNDS):
                work, wait = self._erase([self.subjects.pop() for _ in range(EACH)])
                ours.append(work)
                waits.append(wait)
                orm.append(self.cascade.by_orm(EACH))
                limit.append(self.cascade.by_database(EACH))
            among = f"among {size}"
            figures.show(
                f"G6 erasure {among} / Django delete with signals",
                [p / o for p, o in zip(orm, ours, strict=True)], goal=4,
            )  # fmt: skip
            figures.show(
                f"G6 time of an erasure {among} / cascade in the database",
                [o / p for p, o in zip(limit, ours, strict=True)], goal=3, is_most=True,
            )  # fmt: skip
            figures.show(f"waiting for checkpoints {among}", waits, goal=None, unit="seconds")
            figures.show(f"an erasure {among}", [o / EACH for o in ours], goal=None, unit="seconds")
            at_first = at_first or ours
        figures.show(
            f"G6 time among {sizes[-1]} / among {sizes[0]}",
            [o / f for f, o in zip(sorted(at_first), sorted(ours), strict=True)],
            goal=1.3, is_most=True,
        )  # fmt: skip
        self._together()

    def _together(self) -> None:
        """Erase many at once: they go through the same checkpoints."""
        started = time.perf_counter()
        _work, wait = self._erase([self.subjects.pop() for _ in range(self._number)])
        whole = time.perf_counter() - started
        figures.show(f"{self._number} erasures together", [whole], goal=None, unit="seconds")
        figures.show(f"waiting of {self._number} together", [wait], goal=None, unit="seconds")

    def _erase(self, subjects: list[UUID]) -> tuple[float, float]:
        """Erase some people; return the seconds of work, and those of waiting for checkpoints."""
        jobs = [self._asked(subject) for subject in subjects]
        started, waited = time.perf_counter(), 0.0
        waiting = [self._approved(job) for job in jobs]
        while waiting:
            waiting = [job for job in waiting if not self._carried_out(job)]
            if waiting:
                if waited > PATIENCE:
                    raise SystemExit("the erasures do not end")
                _, slept = _timed(lambda: time.sleep(PAUSE))
                waited += slept
        return time.perf_counter() - started - waited, waited

    def _asked(self, subject: UUID) -> UUID:
        from django.utils import timezone

        from dsar import requests
        from dsar.identity import Requester
        from governance.policy.vocabulary import Right

        now = timezone.now()
        request = requests.receive(
            self.dpo(), right=Right.ERASURE, channel="email", received_at=now, language="it",
            requester=Requester("Anna Bianchi", "anna@example.it", "", ""), subject=subject,
            now=now,
        )  # fmt: skip
        requests.identify(request.pk, "in_person", by=self.dpo(), now=now)
        return request.pk

    def _approved(self, request: UUID) -> UUID:
        from django.utils import timezone

        from dsar import erasure_right

        now = timezone.now()
        erasure = erasure_right.plan(request, self.dpo(), now)
        return erasure_right.approve(erasure.pk, self.dpo(), shown=erasure.plan_hash, now=now).pk

    def _carried_out(self, erasure: UUID) -> bool:
        from django.utils import timezone

        from dsar import saga

        now = timezone.now()
        return saga.carry_out(erasure, controller=self.actor.controller, now=now).state in DONE

    def dpo(self) -> Any:
        from registry.models import Staff

        return Staff.objects.get(username="dpo").actor()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


if __name__ == "__main__":
    main()
