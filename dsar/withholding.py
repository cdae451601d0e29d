"""What an answer leaves out because it was refused in part: taken out before anything is packed.

Whole kinds of record, or single fields of one, on a ground of the law that two people decided
(`dsar.second_person`). Every file of a copy is made of what is left here, and says what is not in
it, on which ground and why (Art. 12(4), 15(4)).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsar import answers, labels
from dsar.gathering import Gathered, Group
from dsar.models import Proposal
from governance.policy.refusals import THROUGH_THE_GARANTE


@dataclass(frozen=True)
class Withheld:
    """One thing that is left out.

    Attributes
    ----------
    record, field : the model, and the field or "" for the whole record
    title, label : what a person is told these are
    count : in how many records there is something that is not shown
    through_garante : whether the right can be exercised through the Garante (art. 160 Codice)
    """

    record: str
    field: str
    title: str
    label: str
    count: int
    ground: str
    ground_text: str
    reasons: str
    through_garante: bool


def of(parts: Sequence[Proposal], groups: Sequence[Group]) -> list[Withheld]:
    """Return what is left out of `groups`, in the language that is active."""
    return [
        Withheld(
            record=part.record,
            field=part.field,
            title=answers.title_of(part.record),
            label=labels.word(labels.FIELDS, part.field) if part.field else "",
            count=sum(_hits(group, part) for group in groups),
            ground=part.ground,
            ground_text=labels.word(labels.GROUNDS, part.ground),
            reasons=part.words or "",
            through_garante=part.ground in THROUGH_THE_GARANTE,
        )
        for part in parts
    ]


def _hits(group: Group, part: Proposal) -> int:
    if group.record != part.record:
        return 0
    return sum(not part.field or any(c.name == part.field for c in row.cells) for row in group.rows)


def shown(gathered: Gathered, parts: Sequence[Proposal]) -> Gathered:
    """Return what is held without what is left out."""
    whole = {part.record for part in parts if not part.field}
    fields = {(part.record, part.field) for part in parts}
    groups = [
        replace(group, rows=tuple(
            replace(row, cells=tuple(c for c in row.cells if (group.record, c.name) not in fields))
            for row in group.rows
        ))
        for group in gathered.groups
        if group.record not in whole
    ]  # fmt: skip
    return replace(gathered, groups=tuple(groups))
