"""Loading a starter register: drafts that a DPO reads, adapts and has approved."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from audit import log
from audit.actions import Action
from governance.policy.categories import Category
from governance.policy.provisions import Parameter
from registry import provisions, screening, seeing
from registry.models import (
    ActivityVersion,
    Controller,
    DataSource,
    ProcessingActivity,
    Provision,
    Purpose,
    Recipient,
    RetentionRule,
    Staff,
    TextRule,
)
from registry.operations import KEEPING
from registry.texts import all_texts

FOLDER = Path(__file__).parent
COPIED = (
    "title_it",
    "title_en",
    "basis",
    "basis_reference",
    "context",
    "categories",
    "subject_kinds",
    "roles",
    "operations",
)
ASSESSED = ("interest", "necessity", "balancing", "balance")
"""What an activity says that rests on a legitimate interest."""


def entries(language: str = "it") -> list[dict[str, Any]]:
    """Return the activities of a starter register, as the file says them."""
    said = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = said["activities"]
    return found


@transaction.atomic
def load(*, controller: Controller, by: Staff, now: datetime, language: str = "it") -> int:
    """Load the starter register in draft; return how many activities were new."""
    said = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    for source in said["sources"]:
        DataSource.objects.get_or_create(
            controller=controller,
            name=source["name"],
            defaults={"kind": source["kind"], "from_subject": source.get("from_subject", False)},
        )
    for recipient in said["recipients"]:
        values = {k: v for k, v in recipient.items() if k != "name"}
        Recipient.objects.get_or_create(
            controller=controller, name=recipient["name"], defaults=values
        )
    load_provisions(controller=controller, by=by, now=now, language=language)
    shared = {name: said[name] for name in ("measures", "measure_kinds")}
    made = sum(_draft(controller, by, entry, shared, now) for entry in said["activities"])
    event = log.Event(action=Action.REGISTER_CHANGED, purpose=KEEPING, counts={"drafted": made})
    log.record(by.actor(), event, now=now)
    return made


@transaction.atomic
def load_provisions(
    *, controller: Controller, by: Staff, now: datetime, language: str = "it"
) -> int:
    """Enter the provisions of the country that the register lacks; return how many were new."""
    said = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    if controller.country != said["country"]:
        return 0
    held = set(Provision.objects.filter(controller=controller).values_list("parameter", flat=True))
    new = [row for row in said["provisions"] if row["parameter"] not in held]
    for row in new:
        provisions.enter(
            controller=controller, parameter=Parameter(row["parameter"]), value=row["value"],
            valid_from=row["valid_from"], source=row["source"], by=by, now=now,
        )  # fmt: skip
    return len(new)


@transaction.atomic
def load_text_rules(
    *, controller: Controller, by: Staff, now: datetime, language: str = "it"
) -> int:
    """Mask in free text what the starter register says; return how many rules were new.

    A rule that was ended is not entered again, and a kind of row that nobody installed is left out.
    """
    said = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    held = set(
        TextRule.objects.filter(controller=controller).values_list("place", "channel", "category")
    )
    known = {texts.place for texts in all_texts()}
    new = [
        rule for rule in said["text_rules"]
        if rule["place"] in known and (rule["place"], rule["channel"], rule["category"]) not in held
    ]  # fmt: skip
    for rule in new:
        screening.enter(
            place=rule["place"], channel=rule["channel"], category=Category(rule["category"]),
            by=by, now=now,
        )  # fmt: skip
    return len(new)


def _draft(
    controller: Controller, by: Staff, entry: dict[str, Any], shared: dict[str, Any], now: datetime
) -> int:
    purpose, made = Purpose.objects.get_or_create(
        controller=controller,
        key=entry["purpose"],
        defaults={
            "text_it": entry["text_it"],
            "text_en": entry["text_en"],
            "is_marketing": entry.get("is_marketing", False),
        },
    )
    if not made:
        return 0
    activity = ProcessingActivity.objects.create(
        controller=controller, purpose=purpose, first_recorded_on=now.date()
    )
    version = ActivityVersion.objects.create(
        controller=controller,
        activity=activity,
        drafted_by=by,
        drafters=[by.pk],
        drafted_at=now,
        **shared,
        **{name: entry[name] for name in COPIED},
        **{name: entry.get(name, "") for name in ASSESSED},
        role_categories=seeing.words_of(entry.get("role_categories", {})),
    )
    version.sources.set(DataSource.objects.filter(controller=controller, name__in=entry["sources"]))
    version.recipients.set(
        Recipient.objects.filter(controller=controller, name__in=entry["recipients"])
    )
    RetentionRule.objects.bulk_create(
        RetentionRule(controller=controller, version=version, **rule) for rule in entry["retention"]
    )
    return 1
