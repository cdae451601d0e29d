"""What is wrong with the register as a whole: gaps, each with the row where it is mended.

Letters of Art. 30(1) are in `registry.validator`. Here is what no single version shows: data that
no activity covers, activities that nothing uses, records that nothing ends, contracts that are
over, reviews and assessments that are late. Asked inside an open access: it looks at what is held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from governance.policy.categories import Category
from governance.policy.impact import Standing
from governance.policy.register import UNDER_AGREEMENT, Clause, PartyRole, SubProcessing
from governance.policy.vocabulary import LawfulBasis, RecordClass, Role
from registry import activities, impact, record, validator
from registry.datamap import data_map
from registry.models import (
    ActivityVersion,
    Controller,
    ProcessingOnBehalf,
    Purpose,
    Recipient,
    Staff,
)


@unique
class GapKind(StrEnum):
    """What is wrong."""

    LETTER_MISSING = "letter_missing"
    TRANSFER_INCOMPLETE = "transfer_incomplete"
    UNCOVERED_CATEGORY = "uncovered_category"
    UNUSED_ACTIVITY = "unused_activity"
    INDEFINITE_RETENTION = "indefinite_retention"
    INTEREST_NOT_WEIGHED = "interest_not_weighed"
    ASSESSMENT_MISSING = "assessment_missing"
    ASSESSMENT_OVERDUE = "assessment_overdue"
    REVIEW_OVERDUE = "review_overdue"
    AGREEMENT_MISSING = "agreement_missing"
    AGREEMENT_ENDED = "agreement_ended"
    AGREEMENT_INCOMPLETE = "agreement_incomplete"
    PURPOSE_WITHOUT_ACTIVITY = "purpose_without_activity"
    SOURCE_UNVERIFIED = "source_unverified"
    ARRANGEMENT_INCOMPLETE = "arrangement_incomplete"
    SUB_PROCESSOR_UNKNOWN = "sub_processor_unknown"
    SUB_PROCESSING_REFUSED = "sub_processing_refused"


MENDED_ELSEWHERE = frozenset("ae")
"""Letters that are said by the company and by the recipients, not by a version."""


@dataclass(frozen=True)
class Gap:
    """One thing that is wrong.

    Attributes
    ----------
    article : that asks for it
    model, row : label and id of what has to be mended; no id where something has to be made
    words : what is missing, as words: names of fields, categories, classes of records, clauses
    """

    kind: GapKind
    article: str
    model: str
    row: UUID | None
    about: str
    words: tuple[str, ...] = ()


def find(controller: Controller, *, now: datetime) -> list[Gap]:
    """Return every gap of a company's register, as it is at a moment."""
    today = timezone.localdate(now)
    versions = activities.all_in_force(controller.pk, at=now)
    found = list(_company(controller))
    found += _coverage(controller, versions)
    found += _transfers(versions)
    for version in versions:
        found += _version(version, today)
    found += _purposes(controller, versions)
    found += _sources(versions)
    found += _agreements(controller, today)
    found += _other_parties(controller)
    found += _on_behalf(controller, today)
    return found


def _gap(kind: GapKind, article: str, row: Model, *words: str) -> Gap:
    return Gap(kind, article, row._meta.label, row.pk, str(row), words)


def _company(controller: Controller) -> Iterator[Gap]:
    letter = validator.letter_a(controller)
    if letter.missing:
        yield _gap(GapKind.LETTER_MISSING, "30(1)(a)", controller, *letter.missing)


def _coverage(controller: Controller, versions: list[ActivityVersion]) -> Iterator[Gap]:
    """Yield data that no activity covers, activities that nothing uses, records nothing ends."""
    held = record.held_categories(controller)
    declared = {Category(word) for version in versions for word in version.categories}
    for category in sorted(held - declared):
        yield Gap(
            GapKind.UNCOVERED_CATEGORY, "30(1)(c)", ActivityVersion._meta.label, None, "",
            (category,),
        )  # fmt: skip
    roles = set(
        Staff.objects.filter(controller=controller, is_active=True).values_list("role", flat=True)
    ) | {Role.SYSTEM}
    for version in versions:
        if not held & set(version.categories) or not roles & set(version.roles):
            yield _gap(GapKind.UNUSED_ACTIVITY, "5(1)(b)", version)
    ended = {rule.record_class for version in versions for rule in version.retention_rules.all()}
    for record_class in sorted(_held_classes(controller) - ended):
        yield Gap(
            GapKind.INDEFINITE_RETENTION, "5(1)(e)", ActivityVersion._meta.label, None, "",
            (record_class,),
        )  # fmt: skip


def _held_classes(controller: Controller) -> set[RecordClass]:
    """Return the classes of records of which there is a row."""
    found: set[RecordClass] = set()
    for holding in data_map().about_people():
        if holding.record_class is None or holding.record_class in found:
            continue
        if holding.model_class._default_manager.filter(controller=controller).exists():
            found.add(holding.record_class)
    return found


def _transfers(versions: list[ActivityVersion]) -> Iterator[Gap]:
    """Yield recipients outside the EEA that do not say where to, by what, on which document."""
    recipients = {r for version in versions for r in version.recipients.all()}
    for recipient in sorted(recipients, key=lambda r: r.name):
        if recipient.is_outside and not validator.says_transfers(recipient):
            yield _gap(GapKind.TRANSFER_INCOMPLETE, "30(1)(e)", recipient)


def _version(version: ActivityVersion, today: date) -> Iterator[Gap]:
    """Yield what is wrong with a version in force: it may have been right when it was approved."""
    for letter in validator.letters(version):
        if letter.missing and letter.letter not in MENDED_ELSEWHERE:
            yield _gap(GapKind.LETTER_MISSING, f"30(1)({letter.letter})", version, *letter.missing)
    if version.no_time_limits_because and not version.retention_rules.all():
        yield _gap(GapKind.INDEFINITE_RETENTION, "30(1)(f)", version)
    if version.basis == LawfulBasis.LEGITIMATE_INTEREST and not version.balance:
        yield _gap(GapKind.INTEREST_NOT_WEIGHED, "6(1)(f)", version)
    standing = impact.standing_of(version, today=today)
    if standing in {Standing.MISSING, Standing.CONSULTATION_MISSING}:
        yield _gap(GapKind.ASSESSMENT_MISSING, "35(1)", version)
    if standing is Standing.REVIEW_OVERDUE:
        yield _gap(GapKind.ASSESSMENT_OVERDUE, "35(11)", version)
    if version.activity.review_on is None or version.activity.review_on < today:
        yield _gap(GapKind.REVIEW_OVERDUE, "24(1)", version)


def _purposes(controller: Controller, versions: list[ActivityVersion]) -> Iterator[Gap]:
    covered = {version.activity.purpose_id for version in versions}
    for purpose in Purpose.objects.filter(controller=controller).exclude(pk__in=covered):
        yield _gap(GapKind.PURPOSE_WITHOUT_ACTIVITY, "30(1)(b)", purpose)


def _agreements(controller: Controller, today: date) -> Iterator[Gap]:
    """Yield processors without a contract, with one that is over, or that does not say all."""
    processors = Recipient.objects.filter(controller=controller, role__in=UNDER_AGREEMENT)
    for recipient in processors.order_by("name"):
        if recipient.agreement_on is None:
            yield _gap(GapKind.AGREEMENT_MISSING, "28(3)", recipient)
        elif recipient.agreement_until is not None and recipient.agreement_until < today:
            yield _gap(GapKind.AGREEMENT_ENDED, "28(3)", recipient)
        elif lacking := set(Clause) - set(recipient.clauses):
            in_order = [clause for clause in Clause if clause in lacking]
            yield _gap(GapKind.AGREEMENT_INCOMPLETE, "28(3)", recipient, *in_order)


def _sources(versions: list[ActivityVersion]) -> Iterator[Gap]:
    """Yield sources in use that nobody has verified (Art. 5(1)(d)); the person's own needs none."""
    used = {source for version in versions for source in version.sources.all()}
    for source in sorted(used, key=str):
        if source.verified_at is None and not source.from_subject:
            yield _gap(GapKind.SOURCE_UNVERIFIED, "5(1)(d)", source)


def _other_parties(controller: Controller) -> Iterator[Gap]:
    """Yield joint controllers and further processors of whom the register says too little."""
    parties = Recipient.objects.filter(controller=controller).select_related("sub_processor_of")
    for party in parties.order_by("name"):
        engaged_by = party.sub_processor_of
        if party.role == PartyRole.JOINT:
            wanted = {"contact": party.contact, "arrangement": party.arrangement}
            if lacking := [name for name, value in wanted.items() if not value]:
                yield _gap(GapKind.ARRANGEMENT_INCOMPLETE, "26, 30(1)(a)", party, *lacking)
        elif party.role == PartyRole.SUB_PROCESSOR and engaged_by is None:
            yield _gap(GapKind.SUB_PROCESSOR_UNKNOWN, "28(4)", party)
        elif engaged_by and engaged_by.sub_processing == SubProcessing.NONE:
            yield _gap(GapKind.SUB_PROCESSING_REFUSED, "28(2)", engaged_by, party.name)


def _on_behalf(controller: Controller, today: date) -> Iterator[Gap]:
    """Yield what the record of Art. 30(2) lacks."""
    ours = ProcessingOnBehalf.objects.filter(controller=controller).order_by("principal")
    for row in ours.prefetch_related("third_country_transfers"):
        for letter in validator.on_behalf(row):
            if letter.missing:
                yield _gap(GapKind.LETTER_MISSING, f"30(2)({letter.letter})", row, *letter.missing)
        if not all(map(validator.is_safe, row.third_country_transfers.all())):
            yield _gap(GapKind.TRANSFER_INCOMPLETE, "30(2)(c)", row)
        if row.agreement_on is None:
            yield _gap(GapKind.AGREEMENT_MISSING, "28(3)", row)
        elif row.agreement_until is not None and row.agreement_until < today:
            yield _gap(GapKind.AGREEMENT_ENDED, "28(3)", row)
