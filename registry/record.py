"""The record of processing activities (Art. 30(1), (2)), from the register that the gate executes.

Each letter of the article has its place in the answer. A category of data is printed only where
it is really held: the names of the sealed blobs say so without a key, and clear columns say it
by having a value. What an activity declares and nobody holds is named apart, and so is what is
held and no activity declares: both are questions for the DPO, not lines of the record.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone, translation

from audit import log
from audit.actions import Action
from governance.crypto.column import Column
from governance.policy.actors import Actor
from governance.policy.categories import TERMS, Category
from governance.policy.impact import Criterion
from governance.policy.register import (
    MECHANISM_ARTICLE,
    Balance,
    Clause,
    Measure,
    Mechanism,
    PartyRole,
    Risk,
)
from governance.policy.vocabulary import (
    Anchor,
    Duty,
    LawfulBasis,
    RecordClass,
    RetentionAction,
    SubjectKind,
)
from registry import activities, impact, labels
from registry.datamap import Holding, data_map
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Controller,
    ProcessingOnBehalf,
    Recipient,
    SubjectRow,
    Transfer,
)
from registry.operations import KEEPING

FORMAT = "custode/record/v2"
Word = dict[str, str]


def export(actor: Actor, *, now: datetime, language: str) -> dict[str, Any]:
    """Return the record of the actor's controller, and record that it was taken out.

    What is declared and not held, or held and not declared, is for the portal's page only.

    Raises
    ------
    GateRefusedError
        the role does not supervise
    """
    with gate.duty(actor, Duty.SUPERVISION, now=now):
        controller = Controller.objects.get(pk=actor.controller)
        made = record(controller, now=now, language=language)
        event = log.Event(
            action=Action.REGISTER_EXPORTED,
            purpose=KEEPING,
            counts={"activities": len(made["activities"])},
        )
        log.record(actor, event, now=now)
    return _as_kept(made)


def _as_kept(made: dict[str, Any]) -> dict[str, Any]:
    """Return the record without our own questions: it names what is held, and nothing else."""
    kept = {name: value for name, value in made.items() if name != "held_without_activity"}
    kept["activities"] = [
        {name: value for name, value in activity.items() if name != "declared_and_not_held"}
        for activity in made["activities"]
    ]
    return kept


def record(controller: Controller, *, now: datetime, language: str) -> dict[str, Any]:
    """Return the record as plain values; asked inside an open access.

    Arguments
    ---------
    language : of the texts, `it` or `en`; words of the vocabulary stay beside them
    """
    held = held_categories(controller)
    versions = activities.all_in_force(controller.pk, at=now)
    with translation.override(language):
        declared = {Category(c) for version in versions for c in version.categories}
        return {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "language": language,
            "controller": _controller(controller),
            "joint_controllers": _joint(versions),
            "activities": [_activity(version, held, language) for version in versions],
            "on_behalf": [_on_behalf(row, language) for row in _for_others(controller)],
            "held_without_activity": _categories(held - declared),
        }


def held_categories(controller: Controller) -> frozenset[Category]:
    """Return the categories of which at least one value is held; asked inside an open access."""
    held: set[Category] = set()
    for holding in data_map().about_people():
        held |= _sealed(holding, controller)
        held |= _clear(holding, controller)
    return frozenset(held)


def _sealed(holding: Holding, controller: Controller) -> set[Category]:
    model = holding.model_class
    if not issubclass(model, SubjectRow):
        return set()
    possible = {d.category.value for d in holding.sealed().values()}
    found: set[str] = set()
    rows = model._default_manager.filter(controller=controller).exclude(sealed=b"")
    for column in rows.values_list("sealed", flat=True).iterator(chunk_size=2000):
        found |= Column.parse(column).frames.keys()
        if possible <= found:
            break  # a further row can add nothing
    return {Category(name) for name in found}


def _clear(holding: Holding, controller: Controller) -> set[Category]:
    held: set[Category] = set()
    for name, declaration in holding.personal().items():
        if declaration.clear and declaration.category not in held:
            rows = holding.model_class._default_manager.filter(controller=controller)
            if rows.filter(_has_value(holding.model_class, name)).exists():
                held.add(declaration.category)
    return held


def _has_value(model: type[Model], name: str) -> Q:
    present = Q(**{f"{name}__isnull": False})
    field = model._meta.get_field(name)
    is_text = field.get_internal_type() in {"CharField", "TextField", "SlugField"}
    return present & ~Q(**{name: ""}) if is_text else present


def _controller(controller: Controller) -> dict[str, str]:
    """Letter (a): who is responsible, and how to reach them and their DPO."""
    names = ("name", "address", "country", "email", "dpo_contact", "representative", "law")
    return {name: getattr(controller, name) for name in names}


def _activity(version: ActivityVersion, held: frozenset[Category], language: str) -> dict[str, Any]:
    purpose, activity = version.activity.purpose, version.activity
    declared = {Category(c) for c in version.categories}
    basis = LawfulBasis(version.basis)
    recipients = sorted(version.recipients.all(), key=lambda r: r.name)
    return {
        "reference": f"{purpose.key}.v{version.number}",
        "title": version.title_en if language == "en" else version.title_it,
        "in_force_since": version.active_from.isoformat() if version.active_from else "",
        "first_recorded_on": activity.first_recorded_on.isoformat(),
        "reviewed_on": _day(activity.reviewed_on),
        "review_on": _day(activity.review_on),
        # (b) the purposes
        "purpose": {
            "word": purpose.key,
            "text": purpose.text_en if language == "en" else purpose.text_it,
        },
        "basis": {
            **_word(LawfulBasis, basis),
            "article": labels.BASIS_ARTICLE[basis],
            "reference": version.basis_reference,
            **_interest(version),
        },
        "context": version.context,
        "profiling": version.profiling,
        "automated_decisions": _decisions(version),
        "impact_assessment": _assessment(version),
        "despite_restriction": version.despite_restriction,
        "soft_opt_in": version.soft_opt_in,
        "special_ground": version.special_ground,
        "sources": sorted(source.name for source in version.sources.all()),
        # (c) categories of data subjects and of personal data
        "data_subjects": [_word(SubjectKind, kind) for kind in version.subject_kinds],
        "categories": _categories(declared & held),
        "declared_and_not_held": _categories(declared - held),
        # (d) categories of recipients, (e) transfers with their safeguards
        "recipients": [_recipient(r, language) for r in recipients],
        "transfers": {
            "text": version.transfers,
            "recipients": [_transfer(t) for r in recipients for t in r.transfers.all()],
        },
        # (f) time limits for erasure
        "retention": [_rule(rule) for rule in version.retention_rules.all()],
        "no_time_limits_because": version.no_time_limits_because,
        # (g) security measures
        "measures": version.measures,
        "measure_kinds": [_word(Measure, kind) for kind in version.measure_kinds],
        "no_measures_because": version.no_measures_because,
    }


def _interest(version: ActivityVersion) -> dict[str, Any]:
    """Art. 6(1)(f): the interest and how it was weighed; nothing for another basis."""
    if version.basis != LawfulBasis.LEGITIMATE_INTEREST:
        return {}
    return {
        "interest": version.interest,
        "necessity": version.necessity,
        "balancing": version.balancing,
        "balance": _word(Balance, version.balance) if version.balance else None,
    }


def _decisions(version: ActivityVersion) -> dict[str, str] | None:
    """Art. 22: the logic and what it means for people; None where no machine decides alone."""
    if not version.automated_decisions:
        return None
    return {
        "logic": version.decision_logic,
        "significance": version.decision_significance,
    }


def _assessment(version: ActivityVersion) -> dict[str, Any]:
    """Art. 35: the criteria that are met, and the assessment that was concluded last."""
    last = impact.latest(version.activity)
    return {
        "criteria": [_word(Criterion, c) for c in sorted(impact.criteria_of(version))],
        "concluded_on": _day(timezone.localdate(last.concluded_at)) if last else "",
        "residual_risk": _word(Risk, last.residual_risk) if last else None,
        "review_on": _day(last.review_on) if last else "",
    }


def _word(words: Any, value: str) -> Word:
    return {"word": str(value), "text": labels.text(words, value)}


def _categories(categories: Iterable[Category]) -> list[dict[str, Any]]:
    return [
        {
            **_word(Category, category),
            "dpv": TERMS[category].dpv,
            "special": TERMS[category].special or TERMS[category].criminal,
        }
        for category in sorted(categories)
    ]


def _recipient(recipient: Recipient, language: str) -> dict[str, Any]:
    return {
        "name": recipient.name,
        "role": recipient.role,
        "role_text": labels.text(PartyRole, recipient.role),
        "sub_processor_of": str(recipient.sub_processor_of or ""),
        "address": recipient.address,
        "contact": recipient.contact,
        "category": recipient.category_en if language == "en" else recipient.category_it,
        "country": recipient.country,
        "agreement_on": _day(recipient.agreement_on),
        "agreement_until": _day(recipient.agreement_until),
        "agreement_subject": recipient.agreement_subject,
        "agreement_document": recipient.agreement_document,
        "clauses": [_word(Clause, clause) for clause in recipient.clauses],
        "sub_processing": recipient.sub_processing,
        "at_end": recipient.at_end,
    }


def _transfer(transfer: Transfer) -> dict[str, Any]:
    """Letter (e): where to, and the documentation of suitable safeguards."""
    known = Mechanism(transfer.mechanism) if transfer.mechanism else None
    return {
        "name": str(transfer.recipient or transfer.on_behalf),
        "country": transfer.country,
        "organisation": transfer.organisation,
        "mechanism": _word(Mechanism, known) if known else None,
        "article": MECHANISM_ARTICLE[known] if known else "",
        "document": transfer.document,
        "assessed_on": _day(transfer.assessed_on),
        "safeguard": str(transfer),
    }


def _joint(versions: list[ActivityVersion]) -> list[dict[str, str]]:
    """Letter (a): the joint controllers of what is in force, with their contacts."""
    every = {r for version in versions for r in version.recipients.all()}
    return [
        {
            "name": r.name,
            "address": r.address,
            "country": r.country,
            "contact": r.contact,
            "arrangement": r.arrangement,
        }
        for r in sorted(every, key=lambda r: r.name)
        if r.role == PartyRole.JOINT
    ]


def _for_others(controller: Controller) -> Iterable[ProcessingOnBehalf]:
    rows = ProcessingOnBehalf.objects.filter(controller=controller).order_by("principal")
    return rows.prefetch_related("third_country_transfers")


def _on_behalf(row: ProcessingOnBehalf, language: str) -> dict[str, Any]:
    """Art. 30(2): for whom, what, where to, how protected."""
    return {
        "controller": row.principal,
        "contact": row.principal_contact,
        "representative": row.representative,
        "dpo": row.dpo_contact,
        "processing": row.processing_en if language == "en" else row.processing_it,
        "transfers": row.transfers,
        "third_country_transfers": [_transfer(one) for one in row.third_country_transfers.all()],
        "measures": row.measures,
        "measure_kinds": [_word(Measure, kind) for kind in row.measure_kinds],
        "agreement_on": _day(row.agreement_on),
        "agreement_until": _day(row.agreement_until),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "records": _word(RecordClass, rule.record_class),
        "period": rule.period,
        "from": _word(Anchor, rule.anchor),
        "text": labels.period_from(rule.period, rule.anchor),
        "action": _word(RetentionAction, rule.action),
        "archive_period": rule.archive_period,
        "notice_days": rule.notice_days,
        "then": labels.afterwards(rule.action, rule.archive_period, rule.notice_days),
        "legal_reference": rule.legal_reference,
        "categories": [_word(Category, category) for category in rule.categories],
        "statutory": rule.statutory,
    }
