"""The difference between two versions of an activity, in words of the page's language."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.policy.categories import Category
from governance.policy.impact import Criterion
from governance.policy.register import Balance, Measure
from governance.policy.vocabulary import (
    LawfulBasis,
    Operation,
    RecordClass,
    RestrictionException,
    Role,
    SubjectKind,
)
from registry import labels, seeing
from registry.exchange import asked
from registry.models import ActivityVersion, RetentionRule

WORD: dict[str, type[StrEnum]] = {
    "basis": LawfulBasis,
    "balance": Balance,
    "despite_restriction": RestrictionException,
}
WORDS: dict[str, type[StrEnum]] = {
    "categories": Category,
    "subject_kinds": SubjectKind,
    "roles": Role,
    "operations": Operation,
    "measure_kinds": Measure,
    "risk_criteria": Criterion,
}
TEXTS = (
    "title_it", "title_en", "basis_reference", "interest", "necessity", "balancing", "context",
    "transfers", "measures", "no_measures_because", "no_time_limits_because", "special_ground",
    "decision_logic", "decision_significance",
)  # fmt: skip
FLAGS = ("profiling", "automated_decisions", "soft_opt_in")
OTHER = {
    "retention_rules": gettext_lazy("retention rules"),
    "purpose": gettext_lazy("purpose"),
}
"""Labels of what is no field of a version."""


@dataclass(frozen=True)
class Change:
    """One difference to the version before.

    Attributes
    ----------
    field : its label
    added, removed : values that are new, values that are gone
    """

    field: str
    added: list[str]
    removed: list[str]


def changes(before: ActivityVersion, after: ActivityVersion) -> list[Change]:
    """Return the differences between two versions in words, in the order of the form."""
    pairs = [*_words(before, after), *_texts(before, after), *_lists(before, after)]
    return [
        Change(label(name), sorted(new - old), sorted(old - new))
        for name, old, new in pairs
        if old != new
    ]


Pair = tuple[str, set[str], set[str]]


def _words(before: ActivityVersion, after: ActivityVersion) -> list[Pair]:
    def said(words: type[StrEnum], value: str) -> set[str]:
        return {labels.text(words, value)} if value else set()

    return [
        (name, said(words, getattr(before, name)), said(words, getattr(after, name)))
        for name, words in WORD.items()
    ]


def _texts(before: ActivityVersion, after: ActivityVersion) -> list[Pair]:
    yes_no = {True: _("yes"), False: _("no")}
    texts = [
        (name, {getattr(before, name)} - {""}, {getattr(after, name)} - {""}) for name in TEXTS
    ]
    flags = [
        (name, {yes_no[getattr(before, name)]}, {yes_no[getattr(after, name)]}) for name in FLAGS
    ]
    return [*texts, *flags]


def _lists(before: ActivityVersion, after: ActivityVersion) -> list[Pair]:
    def said(version: ActivityVersion, name: str, words: type[StrEnum]) -> set[str]:
        return {labels.text(words, value) for value in getattr(version, name)}

    def named(version: ActivityVersion, name: str) -> set[str]:
        return {row.name for row in getattr(version, name).all()}

    return [
        *((name, said(before, name, words), said(after, name, words))
          for name, words in WORDS.items()),
        *((name, named(before, name), named(after, name)) for name in ("sources", "recipients")),
        ("retention_rules", _rules(before), _rules(after)),
        ("role_categories", _seen(before), _seen(after)),
        ("answers", _answers(before), _answers(after)),
    ]  # fmt: skip


def _seen(version: ActivityVersion) -> set[str]:
    return set(seeing.lines(version.role_categories))


def _answers(version: ActivityVersion) -> set[str]:
    return {f"{asked.QUESTIONS[key]}: {text}" for key, text in version.answers.items()}


def _rules(version: ActivityVersion) -> set[str]:
    return {rule_in_words(rule) for rule in version.retention_rules.all()}


def rule_in_words(rule: RetentionRule) -> str:
    """Return all that a rule says, in one line."""
    duty = f", {_('duty to keep')}" if rule.statutory else ""
    then = labels.afterwards(rule.action, rule.archive_period, rule.notice_days)
    return (
        f"{labels.text(RecordClass, rule.record_class)}: "
        f"{labels.period_from(rule.period, rule.anchor)}, {then} ({rule.legal_reference})"
        + "".join(f", {labels.text(Category, name)}" for name in rule.categories)
        + duty
    )


def label(name: str) -> str:
    """Return the label of a part of a version."""
    if name in OTHER:
        return str(OTHER[name])
    return str(getattr(ActivityVersion._meta.get_field(name), "verbose_name", name))
