"""What is due, for one person and for all: the pure decision applied to rows, and the preview.

`decide_person` is the only place where a row becomes due. The preview counts what it says and
the sweep carries out what it says, so that the two can only differ by what changed between.

Two things go beyond the single row. A row stays while a row that stays refers to it: an
order is not torn from its lines. And evidence on which decisions about a person rest (that
there is a contract, a consent, an objection) stays while ordinary data about them stays;
otherwise retention would by its own work end the basis of what it keeps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum, unique
from typing import Any, assert_never

from governance.policy.retention import (
    BasisEnded,
    Decision,
    Due,
    Held,
    Indeterminate,
    Kept,
    Rule,
    Uncovered,
    decide,
    decide_parts,
)
from governance.policy.vocabulary import (
    WITHOUT_A_DUTY,
    RetentionAction,
    Scope,
    SubjectStatus,
)
from retention.people import Person, Row, is_ordinary
from retention.rules import RegisteredRule, RuleBook

DESTROYS = frozenset({RetentionAction.ERASE, RetentionAction.ANONYMISE})
GONE = frozenset({SubjectStatus.ERASING, SubjectStatus.ERASED})


@unique
class Outcome(StrEnum):
    """What is true of a row today."""

    DUE = "due"
    KEPT = "kept"
    HELD = "held"
    INDETERMINATE = "indeterminate"
    UNCOVERED = "uncovered"


TOLD = frozenset({Outcome.DUE, Outcome.UNCOVERED})  # of parts; the rest stays as its row does


@unique
class Reason(StrEnum):
    """Why."""

    PERIOD_OVER = "period_over"
    BASIS_ENDED = "basis_ended"  # Art. 17(1)(b)-(d)
    PERIOD_RUNNING = "period_running"
    IN_ARCHIVE = "in_archive"  # not in use any more, until the archive ends
    REFERRED_TO = "referred_to"  # a row that stays points to it
    RELIED_ON = "relied_on"  # evidence for decisions about data that stays
    LEGAL_HOLD = "legal_hold"
    RESTRICTION = "restriction"
    OPEN_REQUEST = "open_request"
    NO_DATE = "no_date"
    NO_RULE = "no_rule"


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision about one row.

    Attributes
    ----------
    rule : the rule that decides: the one that ends last, or whose date is missing
    until : last day of keeping, where there is one
    action : what to do with a row that is due
    parts : of a row that stays, categories that are due or that no rule needs, with the decision
    otherwise : for a held row, what would be true without the hold
    """

    row: Row
    outcome: Outcome
    reason: Reason
    rule: Rule | None = None
    until: date | None = None
    action: RetentionAction | None = None
    otherwise: Outcome | None = None
    parts: tuple[tuple[str, "Decided"], ...] = ()

    @property
    def goes(self) -> bool:
        """Whether the row is to be destroyed: a row to be reviewed or archived stays."""
        return self.outcome is Outcome.DUE and self.action in DESTROYS

    @property
    def is_archived(self) -> bool:
        """Whether the row is in the archive, or is to go there."""
        is_due = self.outcome is Outcome.DUE and self.action is RetentionAction.ARCHIVE
        return is_due or self.row.scope == Scope.ARCHIVE

    @property
    def loses(self) -> frozenset[str]:
        """The categories that are to be taken out of a row that stays."""
        return frozenset(category for category, decided in self.parts if decided.goes)


def decide_person(person: Person, book: RuleBook, *, today: date) -> list[Decided]:
    """Decide about every row of a person, in the order in which they can go."""
    decided = [_decide_row(row, person, book, today) for row in person.rows]
    return _keep_evidence(_keep_referred(decided))


def applying(
    row: Row, person: Person, book: RuleBook
) -> tuple[tuple[RegisteredRule, ...], tuple[RegisteredRule, ...]]:
    """Return the rules that apply to a row, and those whose basis does not hold.

    Once a person is erased, only duties keep what is ordinary: what a hold kept back goes when
    the hold is lifted, whatever period would still run.
    """
    applies, lapsed = book.for_row(row.table.record_class, person.kind, held_by=person.bases)
    if person.status in GONE and row.scope in WITHOUT_A_DUTY:
        kept = tuple(entry for entry in applies if entry.is_statutory)
        lapsed += tuple(entry for entry in applies if not entry.is_statutory)
        return kept, lapsed
    return applies, lapsed


def _decide_row(row: Row, person: Person, book: RuleBook, today: date) -> Decided:
    applies, lapsed = applying(row, person, book)
    freezes = [f for f in person.freezes if f.covers(row.table.record_class)]
    asked: dict[str, Any] = {
        "rules_that_apply": [entry.rule for entry in applies],
        "rules_without_basis": [entry.rule for entry in lapsed],
        "anchors": {**person.dates, **row.dates},
        "today": today,
        # What is kept of somebody who was erased, nobody uses.
        "in_archive": row.scope == Scope.ARCHIVE
        or not row.table.has_archive
        or person.status in GONE,
    }
    decided = _flat(row, decide(**asked, holds=[f.hold for f in freezes]))
    is_leaving = decided.outcome is Outcome.DUE and decided.action is not RetentionAction.ARCHIVE
    if is_leaving or person.status in GONE:
        return decided  # what is kept of somebody who was erased, the erasure has cut down
    # What a basis that is still to come alone needs is nobody's yet: it stays with its row.
    ended = [e.rule for e in lapsed if e.rule.activity not in person.to_come]
    asked["rules_without_basis"] = ended
    parts: dict[str, Decision] = {}
    for part in sorted(row.parts):
        holds = [f.hold for f in freezes if f.needs(part)]
        parts |= decide_parts([part], **asked, holds=holds)
    told = [(part, _flat(row, of)) for part, of in parts.items()]
    is_frozen = any(freeze.hold.freezes(today) for freeze in freezes)
    if told and not is_frozen and all(of.goes for _part, of in told):
        return told[0][1]  # nothing would be left in it
    told = [(part, of) for part, of in told if of.outcome in TOLD]
    return replace(decided, parts=tuple(told))


def _flat(row: Row, decision: Decision) -> Decided:
    match decision:
        case Due(rule, until, action):
            return Decided(row, Outcome.DUE, Reason.PERIOD_OVER, rule, until, action)
        case BasisEnded(lapsed, action):
            return Decided(row, Outcome.DUE, Reason.BASIS_ENDED, lapsed[0], None, action)
        case Kept(rule, until):
            is_there = row.scope == Scope.ARCHIVE
            reason = Reason.IN_ARCHIVE if is_there else Reason.PERIOD_RUNNING
            return Decided(row, Outcome.KEPT, reason, rule, until)
        case Indeterminate(undated, at_least):
            return Decided(row, Outcome.INDETERMINATE, Reason.NO_DATE, undated[0], at_least)
        case Uncovered():
            return Decided(row, Outcome.UNCOVERED, Reason.NO_RULE)
        case Held(holds, otherwise):
            without = _flat(row, otherwise)
            return replace(
                without,
                outcome=Outcome.HELD,
                reason=Reason(holds[0].kind.value),
                action=None,
                otherwise=without.outcome,
            )
        case _:
            assert_never(decision)


def _keep_referred(decided: list[Decided]) -> list[Decided]:
    """Keep what staying rows refer to, and what that refers to in turn.

    What is in the archive keeps what it refers to; what is in use keeps it in use.
    """
    while True:
        staying = [one for one in decided if not one.goes]
        needed = {target for one in staying for target in one.row.refers_to}
        in_use = {t for one in staying if not one.is_archived for t in one.row.refers_to}
        torn = {
            one.row.id
            for one in decided
            if (one.goes and one.row.id in needed)
            or (one.action is RetentionAction.ARCHIVE and one.row.id in in_use)
        }
        if not torn:
            return decided
        decided = [
            replace(one, outcome=Outcome.KEPT, reason=Reason.REFERRED_TO, action=None)
            if one.row.id in torn
            else one
            for one in decided
        ]


def _keep_evidence(decided: list[Decided]) -> list[Decided]:
    if all(one.goes or not is_ordinary(one.row) for one in decided):
        return decided
    return [
        replace(one, outcome=Outcome.KEPT, reason=Reason.RELIED_ON, action=None)
        if one.goes and one.row.is_relied_on
        else one
        for one in decided
    ]


def empties_ordinary(decided: Sequence[Decided]) -> bool:
    """Whether a person would be left without a row in the ordinary scope."""
    ordinary = [one for one in decided if one.row.scope in WITHOUT_A_DUTY]
    return bool(ordinary) and all(one.goes for one in ordinary)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a preview: rows of a table that share outcome, rule and reason.

    Attributes
    ----------
    law : the legal reference of the rule, "" without one
    sample : up to five ids
    category : of data that alone goes of these rows; "" where the whole rows are meant
    """

    table: str
    record_class: str
    outcome: str
    reason: str
    otherwise: str
    action: str
    activity: str
    law: str
    count: int
    sample: tuple[str, ...]
    category: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the JSON form."""
        said: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return said | {"sample": list(self.sample)}


SAMPLE = 5
_NAMES = (
    "table", "record_class", "outcome", "reason", "otherwise", "action", "activity", "law",
    "category",
)  # fmt: skip
_Key = tuple[str, ...]


class Tally:
    """Counts decisions into the lines of a preview."""

    def __init__(self) -> None:
        self.people = 0
        self.emptied = 0
        self._counts: dict[_Key, int] = {}
        self._samples: dict[_Key, list[str]] = {}

    def add(self, decided: Sequence[Decided]) -> None:
        """Count the decisions about one person."""
        self.people += 1
        self.emptied += empties_ordinary(decided)
        for one in decided:
            self._count(_key(one), one)
            for category, part in one.parts:
                self._count(_key(part, category), part)

    def _count(self, key: _Key, one: Decided) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1
        sample = self._samples.setdefault(key, [])
        if len(sample) < SAMPLE:
            sample.append(str(one.row.id))

    def lines(self) -> list[Line]:
        """Return the lines, what is due first, in a stable order."""
        order = {outcome: place for place, outcome in enumerate(Outcome)}
        keys = sorted(self._counts, key=lambda key: (order[Outcome(key[2])], key))
        return [
            Line(
                **dict(zip(_NAMES, key, strict=True)),
                count=self._counts[key], sample=tuple(self._samples[key]),
            )
            for key in keys
        ]  # fmt: skip

    def to_json(self) -> dict[str, object]:
        """Return the preview as it is stored."""
        every = self.lines()
        lines = [line for line in every if not line.category]
        return {
            "people": self.people,
            "people_emptied": self.emptied,
            "rows": sum(line.count for line in lines),
            "totals": {o.value: _total(lines, o) for o in Outcome},
            "to_erase": sum(line.count for line in lines if line.action in DESTROYS),
            "to_review": sum(line.count for line in every if line.action == RetentionAction.REVIEW),
            "to_archive": _doing(lines, RetentionAction.ARCHIVE),
            "to_anonymise": _doing(lines, RetentionAction.ANONYMISE),
            "parts_to_erase": sum(
                line.count for line in every if line.category and line.action in DESTROYS
            ),
            "lines": [line.to_json() for line in every],
        }


def _key(one: Decided, category: str = "") -> _Key:
    return (
        one.row.table.name,
        one.row.table.record_class.value,
        one.outcome.value,
        one.reason.value,
        one.otherwise.value if one.otherwise else "",
        one.action.value if one.action else "",
        one.rule.activity if one.rule else "",
        one.rule.legal_reference if one.rule else "",
        category,
    )


def _doing(lines: Iterable[Line], action: RetentionAction) -> int:
    return sum(line.count for line in lines if line.action == action)


def _total(lines: Iterable[Line], outcome: Outcome) -> int:
    return sum(line.count for line in lines if line.outcome == outcome)
