"""What must be read before it is destroyed: which fields had a value, and the addresses.

Names of fields go to the certificate, which says *erased* only of what was there. Addresses
go, hashed, to the memory of deletions, so that the next import does not bring the person back.
"""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from dsar import effects, requests
from dsar.errors import NotIdentifiedError
from dsar.identity import Requester
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry import suppression
from registry.datamap import Holding, Lookup, data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import SubjectRow
from registry.suppression import REMEMBERED, Reason
from retention import memory
from retention.plans import ERASED, ErasurePlan

Addresses = dict[Lookup, set[str]]


def read(access: Access, plan: ErasurePlan) -> tuple[list[list[str]], Addresses]:
    """Return the fields that have a value, for each holding of the plan in its order, and the
    addresses among the rows that go.
    """  # noqa: D205 - one sentence
    by_table = {holding.table: holding for holding in data_map().about_people()}
    addresses: Addresses = defaultdict(set)
    held = []
    for planned in plan.holdings:
        goes = planned.decision == ERASED and not planned.is_derived
        found = _read(access, by_table[planned.table], planned.rows, addresses if goes else None)
        held.append([name for name, _category in planned.fields if name in found])
    return held, addresses


def _read(
    access: Access, holding: Holding, ids: tuple[UUID, ...], addresses: Addresses | None
) -> set[str]:
    found: set[str] = set()
    for row in holding.model_class._default_manager.filter(pk__in=ids):
        values = (
            access.values(row)
            if isinstance(row, SubjectRow)
            else {name: getattr(row, name) for name in holding.personal()}
        )
        for name, value in values.items():
            if value is None or value == "":
                continue
            found.add(name)
            lookup = holding.personal()[name].lookup
            if addresses is not None and lookup in REMEMBERED:
                addresses[lookup].add(str(value))
    return found


def keep(access: Access, addresses: Addresses) -> tuple[int, date | None]:
    """Add addresses to the memory of deletions; return how many there were, and its last day."""
    kept = suppression.worth_remembering(addresses)
    suppression.remember(access.controller, Reason.ERASED, kept, at=access.now)
    until = memory.last_day(access.controller, Reason.ERASED, at=access.now)
    return sum(len(values) for values in kept.values()), until


def end(request_id: UUID, *, by: Actor, now: datetime) -> int:
    """End the memory of a deletion at the wish of the person whose address it is.

    Returns how many identifiers were forgotten: those of the request, whose sender was identified.

    Raises
    ------
    RequestNotFoundError, NotIdentifiedError
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id)
        if request.identified_at is None:
            raise NotIdentifiedError
        asked = Requester(email=request.requester_email or "", phone=request.requester_phone or "")
        return suppression.forget(access, effects.identifiers(asked), why="wished")
