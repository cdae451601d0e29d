"""Can the retention rules of a version ever do what they say? Asked before it is approved.

A rule that counts from a day no table holds would keep its rows for ever and call them
indeterminate; one that contradicts another of the same activity would be decided by chance.
Neither is guessed at: the version is refused, with the rule, the reason and the way on.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum, unique
from itertools import combinations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.vocabulary import SCOPE_OF_CLASS, Anchor, RecordClass, RetentionAction
from registry.datamap import Holding, data_map
from registry.gate.anchors import FROM_EVIDENCE, SUBJECT_ANCHORS
from registry.models import ActivityVersion, RetentionRule

# No row of these names a person: jobs of their own end them, from the day they came to be.
BY_THE_DAY = frozenset(
    {RecordClass.ACCESS_LOG, RecordClass.FINDING, RecordClass.STAGING, RecordClass.SUPPRESSION}
)
# Others have keys of their own, are evidence that decisions rest on, or name nobody.
WITH_AN_ARCHIVE = frozenset(
    {RecordClass.MASTER_DATA, RecordClass.CORRESPONDENCE, RecordClass.PURCHASE_DETAIL}
)


@unique
class Fault(StrEnum):
    """Why a rule can not do what it says."""

    PERIOD_OF_ZERO = "period_of_zero"
    NO_SUCH_DATE = "no_such_date"
    DUTY_FROM_EVIDENCE = "duty_from_evidence"
    NOBODY_HOLDS = "nobody_holds"
    NOT_PROCESSED = "not_processed"
    TWO_ACTIONS = "two_actions"
    ARCHIVE_WITHOUT_END = "archive_without_end"
    NO_ARCHIVE = "no_archive"
    NOTHING_ANONYMOUS = "nothing_anonymous"
    NOTICE_OF_NOTHING = "notice_of_nothing"
    NOTICE_NOT_SENT = "notice_not_sent"


ADVICE: dict[Fault, Promise] = {
    Fault.PERIOD_OF_ZERO: _(
        "A period of zero ends on the day it begins. Write how long the data are needed, or take"
        " the records out of the activity."
    ),
    Fault.NO_SUCH_DATE: _(
        "No record of this class tells that day. Choose a start that its records have."
    ),
    Fault.DUTY_FROM_EVIDENCE: _(
        "A duty to keep, and records with keys of their own, outlive the evidence this start is"
        " read from. Count from a date of the records themselves."
    ),
    Fault.NOBODY_HOLDS: _(
        "No record of this class holds that category. Take the category out of the rule, or choose"
        " the class that holds it."
    ),
    Fault.NOT_PROCESSED: _(
        "The activity does not use that category. Add it to the activity, or take it out of the"
        " rule."
    ),
    Fault.TWO_ACTIONS: _(
        "Two rules of this activity do different things with the same data. Give both the same"
        " action, or categories that do not overlap."
    ),
    Fault.ARCHIVE_WITHOUT_END: _(
        "An archive has an end of its own, and nothing else has one. Write how long the records are"
        " in the archive where the action is to archive, and leave it empty where it is not."
    ),
    Fault.NO_ARCHIVE: _(
        "Records of this class have no archive: they are kept for duties alone already, or"
        " decisions rest on them. Choose another action."
    ),
    Fault.NOTHING_ANONYMOUS: _(
        "No record of this class can be counted into figures about nobody. Choose another action."
    ),
    Fault.NOTICE_OF_NOTHING: _(
        "A person is told where the period counts from their last contact or order, so that they"
        " can stay. Choose such a start, or write no days of notice."
    ),
    Fault.NOTICE_NOT_SENT: _(
        "Nobody sends such a notice yet, and the data would go without it. Write no days of notice,"
        " and let the rule ask a person to look."
    ),
}


class RetentionTermsError(GovernanceError):
    """A retention rule of a draft can not do what it says."""

    code = "retention_rule_refused"
    article = "5(1)(e)"
    message = _("A retention rule of this draft can not be carried out.")


def require(version: ActivityVersion) -> None:
    """Refuse a version whose retention rules can not be carried out.

    Raises
    ------
    RetentionTermsError
        `because` is the fault, `record_class` and `anchor` name the first rule that has one
    """
    for rule, fault in faults(version):
        raise RetentionTermsError(
            advice=ADVICE[fault],
            because=fault.value,
            record_class=rule.record_class,
            anchor=rule.anchor,
        )


def faults(version: ActivityVersion) -> Iterator[tuple[RetentionRule, Fault]]:
    """Yield what is wrong with each rule of a version, and between two of them."""
    own = list(version.retention_rules.order_by("record_class", "anchor"))
    for rule in own:
        yield from ((rule, fault) for fault in _of_one(rule, version))
    for one, other in combinations(own, 2):
        if one.record_class == other.record_class and one.action != other.action:
            mine, theirs = (set(r.categories or version.categories) for r in (one, other))
            if mine & theirs:
                yield other, Fault.TWO_ACTIONS


def _of_one(rule: RetentionRule, version: ActivityVersion) -> Iterator[Fault]:
    record_class, anchor = RecordClass(rule.record_class), Anchor(rule.anchor)
    if _is_zero(rule.period):
        yield Fault.PERIOD_OF_ZERO
    tables = [h for h in data_map().about_people() if h.record_class is record_class]
    if not _is_dated(record_class, anchor, tables):
        yield Fault.NO_SUCH_DATE
    if anchor in FROM_EVIDENCE and (rule.statutory or record_class in SCOPE_OF_CLASS):
        yield Fault.DUTY_FROM_EVIDENCE
    yield from _of_the_end(rule, record_class, anchor, tables)
    named = {Category(word) for word in rule.categories}
    if tables and named - frozenset[Category]().union(*(h.categories() for h in tables)):
        yield Fault.NOBODY_HOLDS
    if named - {Category(word) for word in version.categories}:
        yield Fault.NOT_PROCESSED


def _of_the_end(
    rule: RetentionRule, record_class: RecordClass, anchor: Anchor, tables: Sequence[Holding]
) -> Iterator[Fault]:
    """Yield what is wrong with what a rule does at its end."""
    archives = rule.action == RetentionAction.ARCHIVE
    has_end = bool(rule.archive_period) and not _is_zero(rule.archive_period)
    if archives != has_end or (rule.archive_period and not has_end):
        yield Fault.ARCHIVE_WITHOUT_END
    if archives and record_class not in WITH_AN_ARCHIVE:
        yield Fault.NO_ARCHIVE
    if rule.action == RetentionAction.ANONYMISE and not any(h.remnant for h in tables):
        yield Fault.NOTHING_ANONYMOUS
    if rule.notice_days and anchor not in SUBJECT_ANCHORS:
        yield Fault.NOTICE_OF_NOTHING
    elif rule.notice_days:
        yield Fault.NOTICE_NOT_SENT


def _is_zero(written: str) -> bool:
    period = Period.parse(written)
    return period.total_months + period.total_days == 0


def _is_dated(record_class: RecordClass, anchor: Anchor, tables: Sequence[Holding]) -> bool:
    """Whether some record of a class has the day that a rule counts from."""
    if record_class in BY_THE_DAY:
        return anchor is Anchor.COLLECTED
    if anchor in FROM_EVIDENCE or anchor in SUBJECT_ANCHORS or anchor is Anchor.COLLECTED:
        return True
    if anchor is Anchor.LAST_ENTRY and _is_dated(record_class, Anchor.DOCUMENT_DATE, tables):
        return True
    return any(anchor in holding.anchors for holding in tables)
