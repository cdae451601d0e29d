"""What a segment costs: found, counted and gated, against the bare SQL of the same filter.

People agreed to profiling, some withdrew, some objected; their orders are drawn into the analytic
extract. The segment is counted by reason with its entry in the log. Beside it runs SQL written by
hand that asks for the same filter, and a second one that also joins consents, objections and
restrictions, so that what the questions cost can be told from what the gate costs.

The bulk decision about all recipients is compared with deciding one by one, each in an access.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from support import figures, ground, people, processes

ROUNDS, ONE_BY_ONE = 5, 200
NOW = people.NOW
MEANT = {"all": [{"field": "reactions", "to": 0}, {"not": {"field": "orders", "from": 1}}]}
BARE = (
    "SELECT count(*) FROM crm_analyticrow WHERE extract_id = %s AND reactions <= 0 AND orders < 1"
)
JOINED = """
SELECT count(*) FROM crm_analyticrow AS r JOIN registry_datasubject AS s ON s.id = r.subject_id
WHERE r.extract_id = %s AND r.reactions <= 0 AND r.orders < 1 AND s.status = 'active'
    AND EXISTS (SELECT FROM registry_consentstanding AS c WHERE c.subject_id = s.id
        AND c.purpose_id = %s AND c.state = 'given')
    AND NOT EXISTS (SELECT FROM registry_objection AS o WHERE o.subject_id = s.id
        AND o.overruled_at IS NULL AND (o.to_marketing OR o.purpose_id = %s))
    AND NOT EXISTS (SELECT FROM registry_restriction AS x WHERE x.subject_id = s.id
        AND x.lifted_at IS NULL)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000,000 people; hours")
    parser.add_argument("--people", type=int, help="another size")
    said = parser.parse_args()
    size = said.people or (1_000_000 if said.full else 10_000)
    with ground.installation() as superuser, processes.running():
        Bench(superuser, size).run()
    figures.end()


class Bench:
    """People in an extract, a segment of them, and the same question in SQL."""

    def __init__(self, superuser: ground.Superuser, size: int) -> None:
        from crm.analysis import extract
        from governance.policy.vocabulary import Role

        self.size = size
        self.everybody: list[Any] = []
        self.agent = people.company()
        self.marketing = replace(self.agent, role=Role.MARKETING)
        made = 0
        while made < size:
            made += self._add(min(people.AT_ONCE, size - made))
        superuser.execute("ANALYZE")
        begun = time.perf_counter()
        self.source = extract.draw(self.marketing, "profiling", since=date(2020, 1, 1), now=NOW)
        figures.show(
            f"drawing the extract of {size}", [time.perf_counter() - begun], goal=None,
            unit="seconds",
        )  # fmt: skip
        superuser.execute("ANALYZE")

    def _add(self, number: int) -> int:
        """Add people who agree to both purposes."""
        from governance.policy.vocabulary import Operation, SubjectKind
        from registry.gate import opening as gate
        from registry.models import ConsentStanding, DataSource, Purpose

        source = DataSource.objects.get(controller=self.agent.controller, name="Interessato")
        purposes = Purpose.objects.filter(
            controller=self.agent.controller, key__in=["profiling", "newsletter"]
        )
        with gate.open(self.agent, "order_management", Operation.CREATE, now=NOW) as access:
            subjects = access.new_subjects([SubjectKind.CUSTOMER] * number, source=source)
            base: list[dict[str, Any]] = [
                {"controller_id": access.controller, "subject": s, "collected_at": NOW}
                for s in subjects
            ]
            for purpose in purposes:
                ConsentStanding.objects.bulk_create(
                    ConsentStanding(
                        **b, purpose=purpose, channel="email", since=NOW, state="given",
                    )
                    for b in base
                )  # fmt: skip
        self.everybody += [s.pk for s in subjects]
        return number

    def run(self) -> None:
        self._withdraw_and_object()
        ratios, joined = [], []
        for at in range(ROUNDS + 1):
            ours, counted = _timed(self._counted)
            bare, chosen = _timed(lambda: self._sql(BARE, [self.source.pk]))
            purpose = self.source.purpose_id
            same, admitted = _timed(lambda p=purpose: self._sql(JOINED, [self.source.pk, p, p]))
            if (counted.chosen, counted.admitted) != (chosen, admitted):
                raise SystemExit("the segment and the SQL written by hand differ")
            if at:  # the first warms up
                ratios.append(ours / bare)
                joined.append(ours / same)
        figures.show(
            f"segment of {self.size}, counted and gated / bare SQL of its filter", ratios,
            goal=1.3, is_most=True,
        )  # fmt: skip
        figures.show(
            f"segment of {self.size}, counted and gated / SQL that asks the same questions",
            joined, goal=1.3, is_most=True,
        )  # fmt: skip
        self._decisions()

    def _withdraw_and_object(self) -> None:
        """Let one of ten withdraw and one object, once all are in the extract."""
        from governance.policy.vocabulary import Duty
        from registry.gate import opening as gate
        from registry.models import ConsentStanding, Objection

        dpo = replace(self.agent, role=_role("dpo"))
        with gate.duty(dpo, Duty.ANSWERING, reference=self.source.pk, now=NOW) as access:
            ConsentStanding.objects.filter(subject__in=self.everybody[::10]).update(
                state="withdrawn"
            )
            Objection.objects.bulk_create(
                Objection(
                    controller_id=access.controller, subject_id=s, collected_at=NOW,
                    to_marketing=True, at=NOW,
                )
                for s in self.everybody[1::10]
            )  # fmt: skip

    def _counted(self) -> Any:
        from crm.segments import operations

        return operations.count(self.marketing, "profiling", MEANT, now=NOW)

    def _sql(self, statement: str, given: list[Any]) -> int:
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('custode.controller', %s, true)", [str(self.agent.controller)]
            )
            cursor.execute(statement, given)
            return int(cursor.fetchone()[0])

    def _decisions(self) -> None:
        """Decide about everybody at once, and about some one by one."""
        from governance.policy.vocabulary import Channel, Operation
        from registry.gate import opening as gate
        from registry.gate.errors import GateRefusedError
        from registry.models import DataSubject

        def bulk() -> int:
            everybody = DataSubject.objects.filter(pk__in=self.everybody).values_list(
                "pk", flat=True
            )
            with gate.open(
                self.marketing, "newsletter", Operation.LIST, subjects=everybody,
                channel=Channel.EMAIL, now=NOW,
            ) as access:  # fmt: skip
                return len(access.admitted or ())

        def each() -> int:
            admitted = 0
            for subject in self.everybody[:ONE_BY_ONE]:
                try:
                    with gate.open(
                        self.marketing, "newsletter", Operation.LIST, subjects=subject,
                        channel=Channel.EMAIL, now=NOW,
                    ):  # fmt: skip
                        admitted += 1
                except GateRefusedError:
                    continue
            return admitted

        bulk()
        rates = []
        for _round in range(ROUNDS):
            together, _n = _timed(bulk)
            apart, _n = _timed(each)
            rates.append((self.size / together) / (ONE_BY_ONE / apart))
        figures.show(f"decisions a second, {self.size} at once / one by one", rates, goal=100)


def _role(word: str) -> Any:
    from governance.policy.vocabulary import Role

    return Role(word)


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    done = act()
    return time.perf_counter() - begun, done


if __name__ == "__main__":
    main()
