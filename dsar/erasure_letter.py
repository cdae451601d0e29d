"""What the answer to a request for erasure tells: what went, what stays, why and until when.

By kind of record alone. Field by field it stands in the certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from dsar import labels
from registry.labels import titled
from retention.plans import ERASED, KEPT, ErasurePlan, HoldingPlan


@dataclass(frozen=True)
class Kept:
    """A kind of record that stays: why in words, by which law, and its last day if known."""

    title: str
    why: str
    law: str
    until: date | None


def facts(gone: ErasurePlan, after: ErasurePlan, *, told: int) -> dict[str, Any]:
    """Return what the template tells, in the language that is active.

    Arguments
    ---------
    gone : what was erased
    after : what stays, planned once the file of the request was closed
    told : how many recipients are told (Art. 19)
    """
    erased = [_title(one) for one in _seen(gone.holdings) if one.decision == ERASED]
    kept = [_kept(one) for one in _seen(after.holdings) if one.decision == KEPT]
    return {"erased": list(dict.fromkeys(erased)), "kept": list(dict.fromkeys(kept)), "told": told}


def reason(ground: str) -> str:
    """Return a ground of keeping in words."""
    clause = "18" if ground.startswith("18(") else ground
    return labels.word(labels.KEPT_BECAUSE, clause)


def _seen(holdings: Iterable[HoldingPlan]) -> list[HoldingPlan]:
    return [one for one in holdings if one.count and not one.is_derived]


def _title(one: HoldingPlan) -> str:
    return titled(one.title_it, one.title_en)


def _kept(one: HoldingPlan) -> Kept:
    law = one.law if one.ground in one.law else f"Art. {one.ground}, {one.law}".strip(", ")
    return Kept(_title(one), reason(one.ground), law, one.until)
