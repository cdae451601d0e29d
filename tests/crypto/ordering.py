"""A log in memory, in the form of entries, whose roots are told to the keystore as the signer does."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import rfc8785

from audit.verifier import form, tree
from governance.crypto import destruction, keystore
from governance.crypto.destruction import Evidence, Receipt
from governance.crypto.errors import OrderRefusedError
from governance.crypto.ids import uuid7
from governance.crypto.orders import Line, Order
from governance.policy.vocabulary import Scope
from tests.audit.sealing import connection_of

Keys = psycopg.Connection[tuple[Any, ...]]
SCOPES = [Scope.ORDINARY, Scope.AUDIT]
STATE = ("crypto_subjectkey", "crypto_wrapped", "crypto_ledger", "crypto_stop")
ANNA, BRUNO = "a" * 32, "b" * 32  # pseudonyms of two who approve
MONTH = "2026-11"


@dataclass
class Log:
    """Entries in their order; told to the keystore up to what was witnessed."""

    controller: UUID = field(default_factory=uuid4)
    raw: list[bytes] = field(default_factory=list)

    def say(
        self, act: str, about: UUID, *, age: timedelta = timedelta(), env: dict[str, Any] | None = None,
        **more: Any,
    ) -> int:  # fmt: skip
        """Append an entry and return its index."""
        body = {
            "act": act, "actor": {"k": "system", "role": "system"}, "id": str(uuid7()),
            "controller": str(self.controller), "month": MONTH, "mut": True, "v": 2,
            "obj": {"id": str(about), "t": "erasure"}, "outcome": "done", "purpose": "duty:erasing",
        } | more  # fmt: skip
        at = datetime.now(UTC) - age
        said = {
            "at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "db_user": "custode_app", "ver": 1,
            "wseq": len(self.raw) + 1, "xid": str(700 + len(self.raw)),
        } | (env or {})  # fmt: skip
        entry = rfc8785.dumps(body) + b"\n" + rfc8785.dumps(said)
        form.read(entry)
        self.raw.append(entry)
        return len(self.raw) - 1

    def approve(
        self, job: UUID, *, by: str = ANNA, role: str = "dpo", act: str = "erasure.approved",
        month: str = MONTH, **more: Any,
    ) -> int:  # fmt: skip
        """Append an approval of a job and return its index."""
        actor = {"k": "staff", "role": role, "p": by}
        return self.say(act, job, **({"actor": actor, "month": month} | more))

    def order(self, order: Order, **more: Any) -> int:
        """Append the order to destroy keys and return its index."""
        counts = {"rows": len(order.lines)}
        said = {"counts": counts, "reason": order.reason()} | more
        return self.say("key.destroyed", order.job, **said)

    def leaves(self) -> list[bytes]:
        return [tree.leaf_hash(entry) for entry in self.raw]

    def witness(self, *, epoch: int = 1) -> int:
        """Tell the keystore the tree as it is; return its size."""
        with connection_of("custode_keys_witness") as connection:
            size, root = len(self.raw), tree.root_of(self.leaves())
            connection.execute("SELECT keystore.witness(%s, %s, %s)", [epoch, size, root])
        return size

    def evidence(self, *indexes: int, size: int | None = None) -> list[Evidence]:
        """What shows that entries are in the tree of `size`."""
        leaves = self.leaves()
        return [
            Evidence(self.raw[i], i, tuple(tree.inclusion_proof(i, size or len(leaves), _node(leaves))))
            for i in indexes
        ]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A destruction that the keystore does, unless something of it is changed."""

    log: Log
    order: Order
    evidence: list[Evidence]
    size: int

    def but(self, **changes: Any) -> "Asked":
        return replace(self, **changes)

    def destroy(self) -> Receipt:
        return destruction.destroy(self.order, self.evidence, size=self.size)


def asked_for(
    log: Log, lines: list[Line], *, approved_by: tuple[str, ...] = (ANNA,), job: UUID | None = None,
    **more: Any,
) -> Asked:  # fmt: skip
    """Approve and order the end of keys, and tell the keystore."""
    order = Order.of(log.controller, job or uuid4(), lines)
    log.say("page.viewed", order.job)
    approvals = [log.approve(order.job, by=by) for by in approved_by]
    ordered = log.order(order, **more)
    log.say("page.viewed", order.job)
    size = log.witness()
    return Asked(log, order, log.evidence(ordered, *approvals), size)


def _node(leaves: list[bytes]) -> tree.Node:
    return lambda level, index: tree.root_of(leaves[index << level : (index + 1) << level])


def some_people(log: Log, count: int) -> list[UUID]:
    people = [uuid4() for _ in range(count)]
    keystore.create_subject_keys(log.controller, people, scopes=SCOPES)
    return people


def living(log: Log, people: list[UUID]) -> set[tuple[UUID, str]]:
    return set(keystore.subject_keys(log.controller, people, scopes=list(Scope)))


def lines(people: list[UUID], scope: str = "ordinary") -> list[Line]:
    return [Line(person, scope, 1) for person in people]


def state(keys: Keys) -> list[Any]:
    """Every row that a destruction could change."""
    return [keys.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in STATE]  # type: ignore[call-overload]  # names of this module


def refused(keys: Keys, asked: Asked) -> str:
    """Ask, be refused, and see that nothing was changed."""
    before = state(keys)
    with pytest.raises(OrderRefusedError) as error:
        asked.destroy()
    assert state(keys) == before
    return error.value.because
