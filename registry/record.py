"""The record of processing activities (Art. 30(1)), from the register that the gate executes.

Each letter of the article has its place in the answer. A category of data is printed only where
it is really held: the names of the sealed blobs say so without a key, and clear columns say it
by having a value. What an activity declares and nobody holds is named apart, and so is what is
held and no activity declares: both are questions for the DPO, not lines of the record.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model, Q
from django.utils import translation

from audit import log
from audit.actions import Action
from governance.crypto.column import Column
from governance.policy.actors import Actor
from governance.policy.categories import TERMS, Category
from governance.policy.vocabulary import (
    Anchor,
    Duty,
    LawfulBasis,
    RecordClass,
    RetentionAction,
    SubjectKind,
)
from registry import activities, labels
from registry.datamap import Holding, data_map
from registry.gate import opening as gate
from registry.models import ActivityVersion, Controller, Recipient, SubjectRow
from registry.operations import KEEPING

FORMAT = "custode/record/v1"
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: E501, SIM905 - thirty codes read best in one line
)  # fmt: skip
"""Member States and the EEA: not third countries in the sense of Chapter V."""

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
            "activities": [_activity(version, held, language) for version in versions],
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
    purpose = version.activity.purpose
    declared = {Category(c) for c in version.categories}
    basis = LawfulBasis(version.basis)
    recipients = sorted(version.recipients.all(), key=lambda r: r.name)
    return {
        "reference": f"{purpose.key}.v{version.number}",
        "title": version.title_en if language == "en" else version.title_it,
        "in_force_since": version.active_from.isoformat() if version.active_from else "",
        # (b) the purposes
        "purpose": {
            "word": purpose.key,
            "text": purpose.text_en if language == "en" else purpose.text_it,
        },
        "basis": {
            **_word(LawfulBasis, basis),
            "article": labels.BASIS_ARTICLE[basis],
            "reference": version.basis_reference,
        },
        "context": version.context,
        "profiling": version.profiling,
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
            "recipients": [
                {"name": r.name, "country": r.country, "safeguard": r.safeguard}
                for r in recipients
                if r.country not in EEA
            ],
        },
        # (f) time limits for erasure
        "retention": [_rule(rule) for rule in version.retention_rules.all()],
        # (g) security measures
        "measures": version.measures,
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
        "category": recipient.category_en if language == "en" else recipient.category_it,
        "country": recipient.country,
        "agreement_on": recipient.agreement_on.isoformat() if recipient.agreement_on else "",
        "agreement_until": (
            recipient.agreement_until.isoformat() if recipient.agreement_until else ""
        ),
    }


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "records": _word(RecordClass, rule.record_class),
        "period": rule.period,
        "from": _word(Anchor, rule.anchor),
        "text": labels.period_from(rule.period, rule.anchor),
        "action": _word(RetentionAction, rule.action),
        "legal_reference": rule.legal_reference,
        "categories": [_word(Category, category) for category in rule.categories],
        "statutory": rule.statutory,
    }
