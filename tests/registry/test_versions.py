"""Versions of activities: who drafts, who approves, and that what was in force stays as it was."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from audit.actions import Action
from governance.policy.vocabulary import Duty, Role
from registry import activities, operations, validator
from registry.gate import opening as gate
from registry.models import ActivityVersion, Purpose, Recipient, RetentionRule
from tests.builders import NOW, Company, amend

LATER = NOW + timedelta(days=1)


def in_force(company: Company, key: str = "newsletter") -> ActivityVersion:
    return ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key=key, state="approved"
    )


def refused(statement) -> str:
    """What the database says against a statement; nothing if it lets it pass."""
    try:
        with transaction.atomic():
            statement()
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") != "CU012":
            raise
        return str(error).splitlines()[0]
    return ""


def test_a_version_in_force_and_all_that_belongs_to_it_is_kept_by_the_database(
    company: Company,
) -> None:
    version = in_force(company)
    kept = "an approved version stays as it was"
    rows = ActivityVersion.objects.filter(pk=version.pk)
    rule = version.retention_rules.first()
    spare = RetentionRule(
        controller=company.controller, version=version, record_class="correspondence",
        anchor="collected", period="P1M", legal_reference="none",
    )  # fmt: skip
    courier = Recipient.objects.get(controller=company.controller, name="Corriere")
    attempts = {
        "text": lambda: rows.update(title_it="x"),
        "categories": lambda: rows.update(categories=["name"]),
        "back to draft": lambda: rows.update(state="draft"),
        "another start": lambda: rows.update(active_from=LATER),
        "an end without an end": lambda: rows.update(state="retired"),
        "an end with something else": lambda: rows.update(
            state="retired", active_to=NOW, roles=["agent"]
        ),
        "gone": rows.delete,
        "rule changed": lambda: RetentionRule.objects.filter(pk=rule.pk).update(period="P1M"),
        "rule gone": lambda: RetentionRule.objects.filter(pk=rule.pk).delete(),
        "rule added": lambda: spare.save(force_insert=True),
        "recipient added": lambda: version.recipients.add(courier),
        "recipients gone": version.recipients.clear,
        "sources gone": version.sources.clear,
    }
    assert {name: refused(attempt) for name, attempt in attempts.items()} == dict.fromkeys(
        attempts, kept
    )
    assert refused(lambda: rows.update(state="retired", active_to=NOW)) == ""
    assert refused(lambda: rows.update(active_to=None)) == kept, "ended is ended"


def test_a_rule_is_not_moved_from_a_draft_into_what_is_in_force(company: Company) -> None:
    version = in_force(company)
    draft = operations.redraft(version=version, by=company.staff[Role.DPO], now=NOW)
    rules = draft.retention_rules.all()
    assert refused(lambda: rules.update(version=version, anchor="collected")) != ""
    assert refused(lambda: rules.update(period="P1M")) == ""


def test_a_version_begins_as_a_draft_and_is_not_approved_by_who_worked_on_it(
    company: Company,
) -> None:
    version = in_force(company)
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    draft = operations.redraft(version=version, by=dpo, now=NOW)
    operations.draft(version=draft, by=legal, now=LATER)  # saved again by somebody else
    assert set(draft.drafters) == {dpo.pk, legal.pk}
    for person in (dpo, legal):
        with pytest.raises(operations.ApprovalError):
            operations.approve(version=draft, by=person, now=LATER)
    rows = ActivityVersion.objects.filter(pk=draft.pk)
    sly = {"state": "approved", "approved_by": dpo, "active_from": LATER}
    version_ends = ActivityVersion.objects.filter(pk=version.pk)
    version_ends.update(state="retired", active_to=LATER)
    assert refused(lambda: rows.update(**sly)) == "approved by somebody who drafted it"
    assert refused(lambda: rows.update(drafters=[legal.pk])) != "", "nobody is taken off the list"
    version.pk, version.number = draft.activity_id, 9
    assert refused(lambda: version.save(force_insert=True)) == "a version begins as a draft"
    third = operations.hire(
        controller=company.controller, username="acme-dpo-2", role=Role.DPO, password=None, now=NOW
    )
    assert operations.approve(version=draft, by=third, now=LATER).state == "approved"


def test_what_is_approved_is_what_was_read(company: Company) -> None:
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    draft = operations.redraft(version=in_force(company), by=dpo, now=NOW)
    read = draft.drafted_at
    draft.roles = ["agent"]
    operations.draft(version=draft, by=dpo, now=LATER)
    with pytest.raises(operations.ApprovalError):
        operations.approve(version=draft, by=legal, now=LATER, shown=read)
    assert operations.approve(version=draft, by=legal, now=LATER, shown=LATER).roles == ["agent"]


def test_a_draft_that_two_worked_on_is_thrown_away_and_begun_again(company: Company) -> None:
    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    version = in_force(company)
    draft = operations.redraft(version=version, by=dpo, now=NOW)
    operations.discard(version=draft, by=legal, now=NOW)
    assert amend(company, "newsletter", now=LATER).number == 2
    with pytest.raises(operations.ApprovalError):
        operations.discard(version=in_force(company), by=legal, now=LATER)


def test_a_first_draft_thrown_away_frees_its_purpose(company: Company) -> None:
    from registry.models import ProcessingActivity

    dpo = company.staff[Role.DPO]
    purpose = Purpose.objects.create(
        controller=company.controller, key="contest", text_it="Concorso", text_en="Contest"
    )
    activity = ProcessingActivity.objects.create(controller=company.controller, purpose=purpose)
    draft = ActivityVersion(
        controller=company.controller, activity=activity, basis="consent", categories=["name"],
        subject_kinds=["customer"], roles=["marketing"], operations=["read"],
    )  # fmt: skip
    operations.draft(version=draft, by=dpo, now=NOW)
    operations.discard(version=draft, by=dpo, now=NOW)
    assert not ProcessingActivity.objects.filter(purpose=purpose).exists()


def test_out_of_force_and_nothing_is_in_its_place(company: Company) -> None:
    version = in_force(company)
    with pytest.raises(operations.ApprovalError):
        operations.retire(version=version, by=company.staff[Role.AGENT], now=LATER)
    operations.retire(version=version, by=company.staff[Role.LEGAL], now=LATER)
    controller = company.controller.pk
    assert activities.in_force(controller, "newsletter", at=NOW) is not None
    assert activities.in_force(controller, "newsletter", at=LATER) is None


def test_an_approval_is_a_review_and_the_next_one_has_its_day(company: Company) -> None:
    legal = company.staff[Role.LEGAL]
    company.controller.review_every = "P6M"
    company.controller.save(update_fields=["review_every"])
    activity = amend(company, "newsletter", now=NOW).activity
    assert (str(activity.reviewed_on), str(activity.review_on)) == ("2026-11-23", "2027-05-23")
    operations.review(version=in_force(company), by=legal, now=NOW + timedelta(days=30))
    activity.refresh_from_db()
    assert (str(activity.review_on), activity.reviewed_by) == ("2027-06-23", legal)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"interest": ""}, ["interest"]),
        ({"balance": ""}, ["balance"]),
        ({"balance": "overridden"}, ["balance"]),
        ({"necessity": "", "balancing": ""}, ["necessity", "balancing"]),
        ({"basis": "consent", "interest": "", "balance": ""}, []),
        ({"categories": ["name", "health"]}, ["special_ground"]),
        ({"categories": ["name", "health"], "special_ground": "9(2)(a)"}, []),
        ({"automated_decisions": True}, ["decision_logic", "decision_significance"]),
        ({"measures": "", "measure_kinds": []}, ["measures"]),
        ({"measures": ""}, []),
        ({"measures": "", "measure_kinds": [], "no_measures_because": "not yet chosen"}, []),
    ],
)
def test_what_a_version_needs_before_it_is_approved(company: Company, changed, missing) -> None:
    version = in_force(company, "lead_management")
    for name, value in changed.items():
        setattr(version, name, value)
    assert validator.missing_parts(version) == missing


def test_each_verb_leaves_one_entry(company: Company) -> None:
    from audit.models import Entry

    dpo, legal = company.staff[Role.DPO], company.staff[Role.LEGAL]
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        before = set(Entry.objects.values_list("pk", flat=True))
    draft = operations.redraft(version=in_force(company), by=dpo, now=NOW)
    operations.discard(version=draft, by=dpo, now=NOW)
    operations.review(version=in_force(company), by=legal, now=NOW)
    operations.retire(version=in_force(company), by=legal, now=NOW)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        entries = Entry.objects.exclude(pk__in=before).order_by("id")
        acts = [e.action for e in entries if e.action != Action.DUTY_PERFORMED]
    assert acts == [
        Action.ACTIVITY_DRAFTED, Action.ACTIVITY_DISCARDED, Action.ACTIVITY_REVIEWED,
        Action.ACTIVITY_RETIRED,
    ]  # fmt: skip
