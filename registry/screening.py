"""What free text loses before it is kept, where the register says so (Art. 5(1)(c), 25(1), 32).

A rule names a kind of row, perhaps a channel, and a category: no card number in an e-mail, no
health in the note of a call. What patterns and words find of it becomes dots before it is
sealed, whoever writes it and by whichever door; the DPO sees how often, and never what.
Names are not masked: a text without them is of no use, and whose they are only a person can tell.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.actors import Actor
from governance.policy.categories import SPECIAL, Category
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Role
from registry.asking import REASON, SAMPLE
from registry.discovery import freetext
from registry.discovery.mask import mask_secret
from registry.models import Finding, Staff, TextRule
from registry.questioning import question_about
from registry.texts import Texts, all_texts, by_model

PURPOSE = "duty:discovery"
MASKABLE = tuple(
    category
    for category in Category
    if category in (set(freetext.CATEGORY_OF.values()) | SPECIAL) - {Category.NAME}
)
"""What can be masked: all that discovery finds in a text, but names."""

Rules = frozenset[tuple[str, str, Category]]
"""What is masked: of which kind of row, on which channel ("": on all), which category."""


class TextRuleError(GovernanceError):
    """A rule names a kind of row, a channel or a category that cannot be masked, or is there."""

    code = "text_rule_refused"
    article = "25(1)"
    status = 422
    message = _("Nothing can be masked by this rule, or it is there already.")
    advice = _(
        "Choose where people write, what is to be masked, and a channel only where there are any."
    )


class _Writing(Protocol):
    """What is needed of the access that writes."""

    actor: Actor
    controller: UUID
    now: datetime


def has_channel(texts: Texts) -> bool:
    """Say whether rows of a kind are of a channel."""
    return any(field.name == "channel" for field in texts.model._meta.concrete_fields)


def rules_of(controller: UUID) -> Rules:
    """Return the rules of a controller that stand."""
    rows = TextRule.objects.filter(controller=controller, ended_at__isnull=True)
    return frozenset(
        (place, channel, Category(category))
        for place, channel, category in rows.values_list("place", "channel", "category")
    )


@transaction.atomic
def enter(
    *, place: str, category: Category, channel: str = "", by: Staff, now: datetime
) -> TextRule:
    """Mask a category in the texts of a kind of row from now on.

    Parameters
    ----------
    place : the kind of row, as the data map names it
    channel : on which channel; "" for all

    Raises
    ------
    TextRuleError
    """
    texts = next((one for one in all_texts() if one.place == place), None)
    fits = texts is not None and (not channel or (channel in set(Channel) and has_channel(texts)))
    stands = (place, channel, category) in rules_of(by.controller_id)
    if not fits or category not in MASKABLE or stands or by.role != Role.DPO:
        raise TextRuleError
    rule = TextRule.objects.create(
        controller_id=by.controller_id, place=place, channel=channel, category=category,
        entered_by=by, entered_at=now,
    )  # fmt: skip
    _record(by.actor(), Action.TEXT_RULE_ENTERED, rule, now)
    return rule


@transaction.atomic
def end(rule: TextRule, *, by: Staff, now: datetime) -> None:
    """End a rule: what is written from now on is kept as it is."""
    if TextRule.objects.filter(pk=rule.pk, ended_at__isnull=True).update(ended_at=now):
        _record(by.actor(), Action.TEXT_RULE_ENDED, rule, now)


def _record(actor: Actor, action: Action, rule: TextRule, now: datetime) -> None:
    event = log.Event(
        action=action, purpose="register_keeping", object_type="text_rule", object_id=rule.pk
    )
    log.record(actor, event, now=now)


def screen(access: _Writing, rows: Iterable[Any], rules: Rules) -> None:
    """Mask what the rules name in what is about to be sealed, and note it as findings."""
    masked: list[Finding] = []
    for row in rows:
        texts = by_model().get(type(row))
        wanted = _wanted(row, texts, rules) if texts else frozenset()
        if texts is None or not wanted:
            continue
        for name in texts.attributes:
            text = row.pending.get(name)
            if isinstance(text, str):
                row.pending[name], found = masked_text(text, wanted)
                masked += _findings(access, texts, row, name, found)
    if not masked:
        return
    Finding.objects.bulk_create(masked, ignore_conflicts=True)
    counts = Counter(str(finding.category) for finding in masked)
    event = log.Event(
        action=Action.FINDING_RAISED, purpose=PURPOSE, object_type="scan", reason="masked",
        counts=counts,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)


def _wanted(row: Any, texts: Texts, rules: Rules) -> frozenset[Category]:
    channel = getattr(row, "channel", "") if has_channel(texts) else ""
    return frozenset(c for place, on, c in rules if place == texts.place and on in {"", channel})


def masked_text(text: str, wanted: frozenset[Category]) -> tuple[str, list[freetext.TextFinding]]:
    """Return a text with dots for what is found of some categories, and what was found."""
    (findings,) = freetext.scan_many([text], names=False)
    found = [one for one in findings if one.category in wanted]
    for one in sorted(found, key=lambda one: -one.start):
        text = text[: one.start] + mask_secret(text[one.start : one.end]) + text[one.end :]
    return text, found


def _findings(
    access: _Writing, texts: Texts, row: Any, name: str, found: Sequence[freetext.TextFinding]
) -> list[Finding]:
    """Return what was masked as findings that are answered already."""
    by_category: dict[Category, list[freetext.TextFinding]] = {}
    for one in found:
        by_category.setdefault(one.category, []).append(one)
    return [
        Finding(
            controller_id=access.controller,
            place=f"{texts.place}.{name}",
            category=category,
            kind=question_about(category),
            reason=", ".join(sorted({one.entity for one in ones}))[:REASON],
            masked_sample=ones[0].masked[:SAMPLE],
            count=len(ones),
            row=row.pk,
            raised_at=access.now,
            answer="masked",
            answered_at=access.now,
        )
        for category, ones in by_category.items()
    ]
