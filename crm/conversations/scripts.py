"""Scripts of calls: words of the house in versions, about nobody; a call keeps which it was."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from audit import log
from audit.actions import Action
from crm.help import checking
from crm.models import CallScript
from crm.trade.errors import TemplateNamesSomebodyError
from registry.models import Controller, Staff
from registry.operations import KEEPING


@transaction.atomic
def write(
    key: str, title: str, body: str, *, language: str, by: Staff, now: datetime
) -> CallScript:
    """Write the next version of a script; calls that were held by an earlier one keep it.

    Raises
    ------
    TemplateNamesSomebodyError
        it is read to many, and seems to be about somebody
    """
    if found := checking.places(by.controller_id, title, body, now=now):
        raise TemplateNamesSomebodyError(found)
    Controller.objects.select_for_update(no_key=True).get(pk=by.controller_id)
    versions = CallScript.objects.filter(controller=by.controller, key=key, language=language)
    last = versions.aggregate(last=Max("version"))["last"] or 0
    made = CallScript.objects.create(
        controller=by.controller, key=key, version=last + 1, language=language, title=title,
        body=body, made_at=now,
    )  # fmt: skip
    event = log.Event(
        action=Action.RULE_DRAFTED, purpose=KEEPING, object_type="call_script", object_id=made.pk
    )
    log.record(by.actor(), event, now=now)
    return made


def newest(controller: UUID, language: str) -> list[CallScript]:
    """Return the last version of each script in a language."""
    rows = CallScript.objects.filter(controller=controller, language=language)
    return list(rows.order_by("key", "-version").distinct("key"))
