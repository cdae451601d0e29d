"""Retention rules that could never do what they say are refused before they are in force."""

from collections.abc import Callable

import pytest
from django.utils import translation

from governance.policy.vocabulary import Anchor, RecordClass, RetentionAction, Role
from registry import operations, retention_terms
from registry.models import ActivityVersion, RetentionRule
from registry.retention_terms import ADVICE, BY_THE_DAY, Fault, RetentionTermsError
from tests.builders import NOW, Company, amend


def rule(draft: ActivityVersion, **said: object) -> None:
    fields: dict[str, object] = {
        "record_class": "correspondence", "anchor": "case_closed", "period": "P24M",
        "legal_reference": "art. 5(1)(e) GDPR",
    }  # fmt: skip
    RetentionRule.objects.create(
        controller_id=draft.controller_id, version=draft, **(fields | said)
    )


def two(draft: ActivityVersion, *categories: str) -> None:
    rule(draft, categories=[categories[0]])
    rule(draft, anchor="collected", action=RetentionAction.REVIEW, categories=[categories[1]])


def without(draft: ActivityVersion, category: str) -> None:
    """A rule that keeps what the activity does not use any more."""
    kept = [word for word in draft.categories if word != category]
    assert kept != draft.categories
    ActivityVersion.objects.filter(pk=draft.pk).update(categories=kept)
    rule(draft, categories=[category])


BAD: dict[Fault, Callable[[ActivityVersion], None]] = {
    Fault.PERIOD_OF_ZERO: lambda d: rule(d, period="P0D"),
    Fault.NO_SUCH_DATE: lambda d: rule(d, record_class="master_data"),
    Fault.DUTY_FROM_EVIDENCE: lambda d: rule(d, anchor="contract_end", statutory=True),
    Fault.NOBODY_HOLDS: lambda d: rule(d, record_class="fiscal_record", anchor="last_entry", categories=["communications"]),
    Fault.NOT_PROCESSED: lambda d: without(d, "behaviour"),
    Fault.TWO_ACTIONS: lambda d: two(d, "communications", "communications"),
    Fault.ARCHIVE_WITHOUT_END: lambda d: rule(d, action="archive"),
    Fault.NO_ARCHIVE: lambda d: rule(d, record_class="consent_evidence", anchor="collected", action="archive", archive_period="P1Y"),
    Fault.NOTHING_ANONYMOUS: lambda d: rule(d, record_class="consent_evidence", anchor="collected", action="anonymise"),
    Fault.NOTICE_OF_NOTHING: lambda d: rule(d, notice_days=30),
    Fault.NOTICE_NOT_SENT: lambda d: rule(d, anchor="last_contact", notice_days=30),
}  # fmt: skip


@pytest.mark.parametrize("fault", Fault)
def test_a_rule_that_can_not_be_carried_out_is_refused(company: Company, fault: Fault) -> None:
    with pytest.raises(RetentionTermsError) as refused:
        amend(company, "order_management", BAD[fault])
    assert refused.value.details["because"] == fault
    assert (refused.value.article, refused.value.advice) == ("5(1)(e)", ADVICE[fault])


@pytest.mark.parametrize(
    "good",
    [
        rule,
        lambda d: rule(d, anchor="contract_end"),
        lambda d: rule(d, record_class="consent_evidence", anchor="consent_withdrawn"),
        lambda d: rule(d, record_class="fiscal_record", anchor="last_entry", statutory=True),
        lambda d: two(d, "communications", "behaviour"),
        lambda d: rule(d, action="archive", archive_period="P8Y"),
        lambda d: rule(d, action="anonymise"),
    ],
)
def test_a_rule_that_can_is_approved(
    company: Company, good: Callable[[ActivityVersion], None]
) -> None:
    assert amend(company, "order_management", good).state == "approved"


def test_the_starter_register_can_be_carried_out(company: Company) -> None:
    versions = ActivityVersion.objects.filter(controller=company.controller)
    assert versions.count() > 10
    assert [found for version in versions for found in retention_terms.faults(version)] == []


def test_each_start_event_can_be_had_by_some_class_and_each_class_has_one(
    company: Company,
) -> None:
    """No word of the vocabulary is one that every rule with it would be refused for."""
    dpo = company.staff[Role.DPO]
    version = ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key="order_management"
    )
    draft = operations.redraft(version=version, by=dpo, now=NOW)
    draft.retention_rules.all().delete()
    for record_class in RecordClass:
        for anchor in Anchor:
            rule(draft, record_class=record_class, anchor=anchor)
    wrong = {
        (r.record_class, r.anchor)
        for r, fault in retention_terms.faults(draft)
        if fault is Fault.NO_SUCH_DATE
    }
    possible = {(c, a) for c in RecordClass for a in Anchor} - wrong
    assert {a for _, a in possible} == set(Anchor)
    assert {c for c, _ in possible} == set(RecordClass)
    assert {a for c, a in possible if c in BY_THE_DAY} == {Anchor.COLLECTED}
    assert {c for c, a in possible if a is Anchor.CASE_CLOSED} == {RecordClass.CORRESPONDENCE}
    assert {c for c, a in possible if a is Anchor.EMPLOYMENT_END} == {RecordClass.STAFF_RECORD}


@pytest.mark.parametrize(
    ("action", "archive"), [("erase", "P8Y"), ("archive", "P0D"), ("review", "P1Y")]
)
def test_an_end_of_the_archive_is_said_where_there_is_one_and_nowhere_else(
    company: Company, action: str, archive: str
) -> None:
    with pytest.raises(RetentionTermsError) as refused:
        amend(company, "order_management", lambda d: rule(d, action=action, archive_period=archive))
    assert refused.value.details["because"] == Fault.ARCHIVE_WITHOUT_END


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("fault", Fault)
def test_each_refusal_tells_the_way_on_in_both_languages(fault: Fault, language: str) -> None:
    with translation.override(language):
        told = str(ADVICE[fault])
    assert (told == ADVICE[fault]._args[0]) is (language == "en")  # type: ignore[attr-defined]
    assert told.endswith(".")
