"""Provisions of the law and of the house: what is in force for a controller on a day.

Follows docs/spec/gate.md, section 7. Rows are only added; the words and the look-up are pure
(`governance.policy.provisions`).
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy import provisions as law
from governance.policy.errors import GovernanceError
from governance.policy.provisions import ChannelRules, Parameter
from governance.policy.vocabulary import Channel, Role
from registry.models import Controller, Provision, Staff

KEEPING = "register_keeping"
MAY_ENTER = frozenset({Role.DPO, Role.LEGAL})


class ProvisionRefusedError(GovernanceError):
    """Somebody may not enter a provision, or it has no source."""

    code = "provision_refused"
    article = "5(2)"
    status = 403
    message = _("This provision cannot be entered.")
    advice = _("A DPO or a lawyer enters it, with its source and the day from which it is valid.")


def in_force(controller: UUID, *, on: date) -> dict[str, law.Provision]:
    """Return the provisions in force for a controller, by parameter: one statement."""
    rows = Provision.objects.filter(controller=controller).select_related("controller")
    ordered = list(rows.order_by("entered_at", "pk"))
    country = ordered[0].controller.country if ordered else ""
    return law.in_force(map(_value, ordered), country=country, on=on)


def _value(row: Provision) -> law.Provision:
    return law.Provision(
        country=row.country, parameter=row.parameter, value=row.value,
        valid_from=row.valid_from, valid_to=row.valid_to, source=row.source, row=row.pk,
    )  # fmt: skip


def value(controller: UUID, parameter: Parameter, *, on: date) -> str | None:
    """Return what a parameter is on a day; None where no provision says."""
    found = in_force(controller, on=on).get(parameter)
    return found.value if found else None


def channel_rules(controller: UUID, channel: Channel, *, on: date) -> ChannelRules | None:
    """Return what is in force for marketing by a channel; None where that is not known."""
    return law.channel_rules(in_force(controller, on=on), channel)


@transaction.atomic
def enter(
    *,
    controller: Controller,
    parameter: Parameter,
    value: str,
    valid_from: date,
    source: str,
    by: Staff,
    now: datetime,
    valid_to: date | None = None,
) -> Provision:
    """Add a provision: a change of law, or of what the house sets.

    Raises
    ------
    ProvisionRefusedError
        `by` has not the role or is of another controller, or the source is missing
    ProvisionInvalidError, PeriodError
        the value is not written as its parameter asks
    """
    if by.role not in MAY_ENTER or by.controller_id != controller.pk or not source.strip():
        raise ProvisionRefusedError
    law.check(parameter, value)
    row = Provision.objects.create(
        controller=controller, country=controller.country, parameter=parameter, value=value,
        valid_from=valid_from, valid_to=valid_to, source=source, entered_by=by, entered_at=now,
    )  # fmt: skip
    event = log.Event(
        action=Action.PROVISION_ENTERED,
        purpose=KEEPING,
        object_type="provision",
        object_id=row.pk,
        reason=parameter,
    )
    log.record(by.actor(), event, now=now)
    return row
