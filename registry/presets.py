"""Periods that law, authorities or custom give, put into drafts of activities with a reason.

A preset is dated data in `registry/starter/`. It is never in force by itself: `propose` writes it
into a draft, which another person approves (Art. 5(1)(e), 5(2)).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from functools import cache
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.vocabulary import (
    ActivityState,
    Anchor,
    RecordClass,
    RetentionAction,
    Role,
)
from registry import operations
from registry.models import ActivityVersion, RetentionRule, Staff
from registry.starter import FOLDER

MAY_PROPOSE = frozenset({Role.DPO, Role.LEGAL})
LONGEST_REASON = 110  # so that source and reason fit into the legal reference of a rule


@unique
class Standing(StrEnum):
    """What a period rests on."""

    LAW = "law"
    GUIDANCE = "guidance"  # of an authority
    CUSTOM = "custom"


class PresetRefusedError(GovernanceError):
    """A preset lacks its reason, or is proposed by or for somebody who may not."""

    code = "preset_refused"
    article = "5(2)"
    status = 409
    message = _("This period can not be proposed so.")
    advice = _("A DPO or a lawyer proposes it for an activity in force, and says why it is right.")


@dataclass(frozen=True, slots=True)
class Preset:
    """A period, what it is for, and where it comes from.

    Attributes
    ----------
    is_statutory : a duty to keep
    source : at most 85 characters
    valid_from : day of the law or of the guidance
    """

    key: str
    title_it: str
    title_en: str
    record_class: RecordClass
    anchor: Anchor
    period: Period
    standing: Standing
    source: str
    valid_from: date
    note_it: str
    note_en: str
    is_statutory: bool = False


@cache
def presets(country: str = "it") -> tuple[Preset, ...]:
    """Return the presets of a country, as its file says them."""
    text = (FOLDER / f"retention_{country}.yaml").read_text(encoding="utf-8")
    return tuple(_preset(said) for said in yaml.safe_load(text)["presets"])


def _preset(said: dict[str, Any]) -> Preset:
    return Preset(
        **{
            **{name: value for name, value in said.items() if name != "statutory"},
            "record_class": RecordClass(said["record_class"]),
            "anchor": Anchor(said["anchor"]),
            "period": Period.parse(said["period"]),
            "standing": Standing(said["standing"]),
            "is_statutory": said.get("statutory", False),
        }
    )


@transaction.atomic
def propose(
    preset: Preset, activity: UUID, *, why: str, by: Staff, now: datetime
) -> ActivityVersion:
    """Write a preset into the draft of an activity, or a new one; return the draft.

    A rule of the draft for the same records is replaced.

    Arguments
    ---------
    why : why this period is right for this activity; it becomes part of the legal reference

    Raises
    ------
    PresetRefusedError
        `by` may not, there is no reason, or the activity has no version of this company
    """
    reason = why.strip()
    if by.role not in MAY_PROPOSE or not 0 < len(reason) <= LONGEST_REASON:
        raise PresetRefusedError
    versions = ActivityVersion.objects.filter(activity=activity, controller=by.controller_id)
    latest = versions.select_for_update().order_by("-number").first()
    if latest is None:
        raise PresetRefusedError
    if latest.state == ActivityState.DRAFT:
        draft = operations.draft(version=latest, by=by, now=now)
    else:
        draft = operations.redraft(version=latest, by=by, now=now)
    draft.retention_rules.filter(record_class=preset.record_class).delete()
    RetentionRule.objects.create(
        controller_id=draft.controller_id, version=draft, record_class=preset.record_class,
        anchor=preset.anchor, period=str(preset.period), action=RetentionAction.ERASE,
        legal_reference=f"{preset.source}: {reason}", statutory=preset.is_statutory,
    )  # fmt: skip
    return draft
