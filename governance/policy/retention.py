"""Whether data may still be kept, may no longer be kept, or nobody can say: a pure decision.

Art. 5(1)(e): no longer than necessary for the purposes. Several processing activities
may need the same row, so its end is the **latest** end of all rules that apply. The end
day is the last day of keeping: a row is due from the day after.

A row has parts, one for each data category sealed in it. A part is kept while an activity whose
basis holds needs its category; where that ends before the row does, the part goes and the row
stays without it (`decide_parts`).

Where a rule has an archive, the row goes there at the end of its use, and goes for good at the end
of the archive.

Nothing is guessed and nothing is dropped in silence. A rule whose start event has no
date makes the row `Indeterminate`; a row no rule covers is `Uncovered`, which is a
finding, not a licence to destroy; whatever freezes a row makes it `Held` and says what
would be true without the hold. Only `Due` and `BasisEnded` let anything be destroyed, and
only when their action says so. `docs/spec/retention.md` is the specification.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

from governance.policy.periods import Period, PeriodError
from governance.policy.vocabulary import Anchor, RecordClass, RetentionAction


@unique
class HoldKind(StrEnum):
    """What freezes data, beyond their period or not."""

    LEGAL_HOLD = "legal_hold"  # Art. 17(3)(e)
    RESTRICTION = "restriction"  # Art. 18
    OPEN_REQUEST = "open_request"  # Art. 15: no destruction to dodge an answer


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one processing activity may keep one class of records.

    Attributes
    ----------
    activity : key of the processing activity, in the version that was approved
    record_class : what it is about
    anchor : the event the period starts from
    period : how long
    action : what happens at the end
    legal_reference : the law or the reason, as the register cites it
    categories : of data that it keeps of a row; none means all
    archive : how long, after the period, the row is kept in the archive; None without one
    notice_days : how long before, at least, the person is told that the row goes; 0: they are not
    """

    activity: str
    record_class: RecordClass
    anchor: Anchor
    period: Period
    action: RetentionAction
    legal_reference: str
    categories: frozenset[str] = frozenset()
    archive: Period | None = None
    notice_days: int = 0

    def needs(self, category: str) -> bool:
        """Whether it keeps data of a category."""
        return not self.categories or category in self.categories


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that freezes the data in question from one day until it is lifted.

    Attributes
    ----------
    reference : id of the hold, restriction or request; never personal data
    kind : which of the three
    placed_on : first day it freezes
    lifted_on : first day it freezes no more; None while it lasts
    """

    reference: str
    kind: HoldKind
    placed_on: date
    lifted_on: date | None = None

    def freezes(self, today: date) -> bool:
        """Say whether the hold is in force on a day."""
        return self.placed_on <= today and (self.lifted_on is None or today < self.lifted_on)


@dataclass(frozen=True, slots=True)
class Due:
    """Every period has run out: `action` is to be taken, because `rule` ended last."""

    rule: Rule
    until: date
    action: RetentionAction


@dataclass(frozen=True, slots=True)
class BasisEnded:
    """Rules cover the row, and the basis of none of them holds for the person: due at once.

    Art. 17(1)(b)-(d): consent withdrawn, an objection that prevails, processing without basis.

    Attributes
    ----------
    rules : those that would keep the row if their basis held
    action : REVIEW when one of them asks for it, else ERASE
    """

    rules: tuple[Rule, ...]
    action: RetentionAction


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept up to and including `until`, because of `rule`."""

    rule: Rule
    until: date


@dataclass(frozen=True, slots=True)
class Indeterminate:
    """The start events of some rules have no date, so there is no end to compute.

    Attributes
    ----------
    rules : those whose anchor is missing
    at_least : the latest end that is known, or None
    """

    rules: tuple[Rule, ...]
    at_least: date | None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """No approved rule covers the row: a finding for the DPO, never a reason to destroy."""


Unheld = Due | BasisEnded | Kept | Indeterminate | Uncovered


@dataclass(frozen=True, slots=True)
class Held:
    """Frozen by `holds`; `otherwise` is what would be decided without them."""

    holds: tuple[Hold, ...]
    otherwise: Unheld


Decision = Unheld | Held


def starts_on(anchor: Anchor, anchors: Mapping[Anchor, date | None]) -> date | None:
    """Return the day a period starts from, or None when nobody knows it.

    Ten years of art. 2220 c.c. run from the last entry into the books, which no row tells. It is
    taken to be the last day of the document's year: never earlier, since books are closed by the
    year; a table that knows a later entry says so, and that counts.
    """
    start = anchors.get(anchor)
    document = anchors.get(Anchor.DOCUMENT_DATE)
    if anchor is not Anchor.LAST_ENTRY or document is None:
        return start
    of_the_year = document.replace(month=12, day=31)
    return max(start, of_the_year) if start else of_the_year


def ends_on(rule: Rule, anchors: Mapping[Anchor, date | None]) -> date | None:
    """Return the last day on which a rule lets data be kept, or None when its start is unknown.

    An end beyond the calendar (a start of 9999-12-31 is a usual way to say "never") is
    the last day of the calendar: kept, not failed on.
    """
    start = starts_on(rule.anchor, anchors)
    return None if start is None else _after(start, rule.period)


def leaves_on(rule: Rule, anchors: Mapping[Anchor, date | None]) -> date | None:
    """Return the last day of keeping at all: that of the archive, where the rule has one."""
    end = ends_on(rule, anchors)
    return end if end is None or rule.archive is None else _after(end, rule.archive)


def _after(start: date, period: Period) -> date:
    try:
        return period.after(start)
    except PeriodError:
        return date.max


def decide(
    *,
    rules_that_apply: Sequence[Rule],
    anchors: Mapping[Anchor, date | None],
    holds: Sequence[Hold],
    today: date,
    rules_without_basis: Sequence[Rule] = (),
    in_archive: bool = False,
) -> Decision:
    """Decide about one row.

    Parameters
    ----------
    rules_that_apply : of the row's record class, from approved activities whose basis holds
        for the person
    anchors : dates of the start events; absent and None both mean unknown
    holds : those that name this row, in force or not
    today : the controller's legal date
    rules_without_basis : of approved activities too, but their basis does not hold; they keep
        nothing, and tell a row whose reason has ended from one nobody ruled on
    in_archive : whether the row is in the archive already, or can not go there; what is in the
        archive does not come back

    Returns
    -------
    Decision
        `Held` whenever a hold is in force, whatever else is true
    """
    freezing = tuple(hold for hold in holds if hold.freezes(today))
    if not rules_that_apply and rules_without_basis:
        decision: Unheld = _basis_ended(rules_without_basis)
    else:
        decision = _without_holds(rules_that_apply, anchors, today, in_archive=in_archive)
    return Held(freezing, decision) if freezing else decision


def decide_parts(
    categories: Collection[str],
    *,
    rules_that_apply: Sequence[Rule],
    anchors: Mapping[Anchor, date | None],
    holds: Sequence[Hold],
    today: date,
    rules_without_basis: Sequence[Rule] = (),
    in_archive: bool = False,
) -> dict[str, Decision]:
    """Decide about each part of one row as `decide` does about the row, by the rules that need it.

    A part that no rule needs is `Uncovered`: it goes with its row, and no earlier.

    Parameters
    ----------
    categories : of data that the row holds
    """
    return {
        category: decide(
            rules_that_apply=[rule for rule in rules_that_apply if rule.needs(category)],
            rules_without_basis=[rule for rule in rules_without_basis if rule.needs(category)],
            anchors=anchors,
            holds=holds,
            today=today,
            in_archive=in_archive,
        )
        for category in sorted(categories)
    }


def _basis_ended(rules: Sequence[Rule]) -> BasisEnded:
    asked = any(rule.action is RetentionAction.REVIEW for rule in rules)
    return BasisEnded(tuple(rules), RetentionAction.REVIEW if asked else RetentionAction.ERASE)


def _without_holds(
    rules: Sequence[Rule],
    anchors: Mapping[Anchor, date | None],
    today: date,
    *,
    in_archive: bool,
) -> Unheld:
    if not rules:
        return Uncovered()
    ends = [(ends_on(rule, anchors), rule) for rule in rules]
    known = [(end, rule) for end, rule in ends if end is not None]
    if len(known) < len(ends):
        missing = tuple(rule for end, rule in ends if end is None)
        return Indeterminate(missing, max((end for end, _rule in known), default=None))
    until, rule = max(known, key=_precedence)
    if today <= until and not in_archive:
        return Kept(rule, until)
    at_all = [(leaves_on(rule, anchors) or end, rule) for end, rule in known]
    last, rule = max(at_all, key=_precedence)
    if today > last:
        return Due(rule, last, _at_last(rule))
    return Kept(rule, last) if in_archive else Due(rule, until, RetentionAction.ARCHIVE)


def _at_last(rule: Rule) -> RetentionAction:
    """Return what happens at the very end: the archive ends by erasing."""
    return RetentionAction.ERASE if rule.action is RetentionAction.ARCHIVE else rule.action


def _precedence(candidate: tuple[date, Rule]) -> tuple[date, bool, str, str]:
    """Order by end; of two that end together REVIEW wins; names make the answer stable."""
    end, rule = candidate
    return end, rule.action is RetentionAction.REVIEW, rule.activity, rule.legal_reference
