"""What must be read before it is destroyed: which fields had a value, and the addresses.

Names of fields go to the certificate, which says *erased* only of what was there. Addresses
go, hashed, to the memory of deletions, so that the next import does not bring the person back.
"""

from collections import defaultdict
from uuid import UUID

from dsar import effects
from registry.datamap import Holding, Lookup, data_map
from registry.gate.access import Access
from registry.models import SubjectRow
from retention.plans import ERASED, ErasurePlan

Addresses = dict[Lookup, set[str]]
REMEMBERED = (Lookup.EMAIL, Lookup.PHONE)


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


def keep(access: Access, addresses: Addresses) -> int:
    """Add addresses to the memory of deletions; return how many there were."""
    effects.remember(
        access.controller, reason="erased", at=access.now,
        emails=addresses.get(Lookup.EMAIL, ()), phones=addresses.get(Lookup.PHONE, ()),
    )  # fmt: skip
    return sum(len(values) for values in addresses.values())
