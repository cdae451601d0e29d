"""The register in force as one document: every fact of `facts`, in both languages.

    {"format", "made_on", "controller", "sources": [], "recipients": [], "on_behalf": [],
     "activities": [{"purpose", "first_recorded_on", "updated_on", "version", "retention": [],
                     "assessment"}]}

Rows refer to one another by name, so that the document means the same elsewhere.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Manager, Model

from audit import log
from audit.actions import Action
from governance.policy.actors import Actor
from governance.policy.vocabulary import Duty
from registry import activities
from registry.exchange.facts import FACTS
from registry.gate import opening as gate
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ImpactAssessment,
    ProcessingOnBehalf,
    Recipient,
    Transfer,
)
from registry.operations import KEEPING

FORMAT = "custode/register/v1"
Facts = dict[str, Any]


def export(actor: Actor, *, now: datetime) -> Facts:
    """Return the register of the actor's controller, and record that it was taken out.

    Raises
    ------
    GateRefusedError
        the role does not supervise
    """
    with gate.duty(actor, Duty.SUPERVISION, now=now):
        made = document(Controller.objects.get(pk=actor.controller), at=now)
        event = log.Event(
            action=Action.REGISTER_EXPORTED, purpose=KEEPING,
            counts={"activities": len(made["activities"])},
        )  # fmt: skip
        log.record(actor, event, now=now)
    return made


def document(controller: Controller, *, at: datetime) -> Facts:
    """Return the register of a controller as it was in force at a moment."""
    recipients = Recipient.objects.filter(controller=controller).order_by("name")
    return {
        "format": FORMAT,
        "made_on": at.date().isoformat(),
        "controller": facts(controller),
        "sources": _all(DataSource.objects.filter(controller=controller).order_by("name")),
        "recipients": [_recipient(r) for r in recipients.prefetch_related("transfers")],
        "on_behalf": [
            _on_behalf(row)
            for row in ProcessingOnBehalf.objects.filter(controller=controller)
            .order_by("principal")
            .prefetch_related("third_country_transfers")
        ],
        "activities": [
            activity(version) for version in activities.all_in_force(controller.pk, at=at)
        ],
    }


def activity(version: ActivityVersion) -> Facts:
    """Return one version with its purpose, its rules and its concluded assessment."""
    entry = version.activity
    since = version.active_from or version.drafted_at
    rules = version.retention_rules.order_by("record_class", "anchor")
    concluded = ImpactAssessment.objects.filter(activity=entry, concluded_at__isnull=False)
    newest = concluded.order_by("-concluded_at").first()
    return {
        "purpose": facts(entry.purpose),
        **facts(entry),
        "updated_on": since.date().isoformat(),
        "version": facts(version),
        "retention": _all(rules),
        "assessment": facts(newest) if newest else None,
    }


def facts(row: Model) -> Facts:
    """Return the facts of one row as plain values."""
    return {name: _plain(getattr(row, name)) for name in FACTS[type(row)]}


def _recipient(recipient: Recipient) -> Facts:
    return {**facts(recipient), "transfers": _transfers(recipient.transfers)}


def _on_behalf(row: ProcessingOnBehalf) -> Facts:
    return {
        **facts(row),
        "third_country_transfers": _transfers(row.third_country_transfers),
    }


def _transfers(rows: Manager[Transfer]) -> list[Facts]:
    return _all(rows.order_by("country", "organisation", "mechanism"))


def _all(rows: Iterable[Model]) -> list[Facts]:
    return [facts(row) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Manager):
        return sorted(value.values_list("name", flat=True))
    if isinstance(value, Recipient):
        return value.name
    return value.isoformat() if isinstance(value, date) else value
