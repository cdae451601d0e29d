"""The register of breaches (Art. 33, 34): recorded, described in reports, notified, decided on.

Everything is written once. What somebody writes in words may name people, so it is sealed under
a key of the controller; numbers, words of closed lists and times are clear, for the clock and
the list of what is due are made of them. The log has ids and words alone.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.crypto.envelope import open_blob, seal_blob
from governance.policy import breaches
from governance.policy.breaches import (
    BreachFacts,
    BreachRisk,
    Cause,
    Exception34,
    Nature,
    Step,
    Told,
)
from governance.policy.categories import Category
from governance.policy.deadlines import ClockRules, local_date, rules_on
from governance.policy.errors import GovernanceError
from governance.policy.provisions import Parameter, number
from governance.policy.vocabulary import SubjectKind
from registry import labels, provisions
from registry.models import (
    Breach,
    BreachDecision,
    BreachNotification,
    BreachReport,
    Controller,
    ProcessingActivity,
    ProcessingOnBehalf,
    Recipient,
    Staff,
)
from registry.models.breaches import BreachRow

KEEPING = "register_keeping"
USE = "breach"


class BreachTimeError(GovernanceError):
    """A moment that can not be: awareness or a notification in the future, or before awareness."""

    code = "breach_time_refused"
    article = "33(1)"
    message = _("This moment is not possible.")
    advice = _("State when it became known, and when it was sent: neither is later than now.")


class LateNotificationError(GovernanceError):
    """The authority is notified after 72 hours, and nobody says why."""

    code = "breach_late_without_reasons"
    article = "33(1)"
    status = 422
    message = _("The time to notify is over, and the reasons for the delay are missing.")
    advice = _("Notify all the same, and say why it is late: the reasons go with it.")


class BreachStepError(GovernanceError):
    """The step does not fit what is recorded of the breach."""

    code = "breach_step_refused"
    article = "33(5)"
    status = 409
    message = _("This step does not fit what is recorded of the breach.")
    advice = _(
        "First describe what is known. People are decided about when the risk is high; they are"
        " told after it was decided so."
    )


@dataclass(frozen=True)
class Description:
    """What is known of a breach now: Art. 33(3)(a), (c) and (d); (b) is the DPO of the register.

    Attributes
    ----------
    people, records : about how many; None while nobody knows
    is_complete : whether nothing more is expected (33(4))
    words : `happened`, `consequences` and `measures`, as somebody wrote them
    is_ours : whether data are concerned about which we decide ourselves
    principals : the controllers for whom we process what is concerned (33(2))
    """

    nature: Collection[Nature]
    cause: Cause
    categories: Collection[Category]
    subject_kinds: Collection[SubjectKind]
    people: int | None
    records: int | None
    risk: BreachRisk
    is_complete: bool
    words: Mapping[str, str]
    activities: Collection[ProcessingActivity] = ()
    processors: Collection[Recipient] = ()
    is_ours: bool = True
    principals: Collection[ProcessingOnBehalf] = ()


@transaction.atomic
def record(*, aware_at: datetime, began_at: datetime | None, by: Staff, now: datetime) -> Breach:
    """Record that a breach became known; its 72 hours run from that moment, not from this one.

    Raises
    ------
    BreachTimeError
        it became known later than now, or before it happened
    """
    if aware_at > now or (began_at is not None and began_at > aware_at):
        raise BreachTimeError
    Controller.objects.select_for_update().get(pk=by.controller_id)  # numbers, in turn
    last = Breach.objects.filter(controller=by.controller_id).aggregate(n=Max("number"))["n"] or 0
    breach = Breach.objects.create(
        controller_id=by.controller_id,
        number=last + 1,
        aware_at=aware_at,
        began_at=began_at,
        recorded_by=by,
        recorded_at=now,
    )
    _record(by, Action.BREACH_RECORDED, breach, now=now)
    return breach


@transaction.atomic
def describe(*, breach: Breach, known: Description, by: Staff, now: datetime) -> BreachReport:
    """Add a report of what is known now; the reports before it stay as they were (33(4)).

    Raises
    ------
    BreachStepError
        it concerns neither our own data nor those of a controller we act for
    """
    if not known.is_ours and not known.principals:
        raise BreachStepError
    breach = Breach.objects.select_for_update().get(pk=breach.pk)
    report = BreachReport(
        breach=breach,
        number=breach.reports.count() + 1,
        nature=list(known.nature),
        cause=known.cause,
        categories=list(known.categories),
        subject_kinds=list(known.subject_kinds),
        people=known.people,
        records=known.records,
        risk=known.risk,
        is_complete=known.is_complete,
        is_ours=known.is_ours,
    )
    _save(report, breach, known.words, by=by, now=now)
    report.activities.set(known.activities)
    report.processors.set(known.processors)
    report.principals.set(known.principals)
    _record(by, Action.BREACH_REPORTED, breach, now=now, reason=known.risk)
    return report


@transaction.atomic
def notify(
    *,
    breach: Breach,
    told: Told,
    sent_at: datetime,
    reference: str,
    reasons: str,
    by: Staff,
    now: datetime,
    principal: ProcessingOnBehalf | None = None,
) -> BreachNotification:
    """Record that the latest report went to the authority or a controller, or that people know.

    Arguments
    ---------
    principal : the controller we act for that was told (Art. 33(2))
    reference : protocol number of the authority, or where what people were told is kept
    reasons : for the delay, where the first notification is late (Art. 33(1))

    Raises
    ------
    BreachTimeError
        sent later than now, or before it became known
    BreachStepError
        nothing was described yet, it was not decided that people are told, or no controller of the
        report is named
    LateNotificationError
        late, and no reasons
    """
    breach = Breach.objects.select_for_update().get(pk=breach.pk)
    known, report = facts(breach), latest(breach)
    if not breach.aware_at <= sent_at <= now:
        raise BreachTimeError
    if report is None or not _fits(told, principal, report, known):
        raise BreachStepError
    rules = _rules(breach)
    is_late = told is Told.AUTHORITY and breaches.is_late(sent_at, known, rules=rules)
    if is_late and not reasons.strip():
        raise LateNotificationError
    row = BreachNotification(
        breach=breach, report=report, told=told, sent_at=sent_at, reference=reference,
        is_late=is_late, principal=principal,
    )  # fmt: skip
    _save(row, breach, {"reasons": reasons.strip()}, by=by, now=now)
    _record(by, Action.BREACH_NOTIFIED, breach, now=now, reason=told)
    return row


def _fits(
    told: Told, principal: ProcessingOnBehalf | None, report: BreachReport, known: BreachFacts
) -> bool:
    """Whether this can be told: to a controller that the report names, or as the facts allow."""
    if told is Told.CONTROLLER:
        return principal is not None and report.principals.filter(pk=principal.pk).exists()
    if principal is not None or not known.is_ours:
        return False
    return told is Told.AUTHORITY or known.tells_people


@transaction.atomic
def decide(
    *, breach: Breach, exception: Exception34 | None, reasons: str, by: Staff, now: datetime
) -> BreachDecision:
    """Decide whether people are told of a high risk; `exception` says why they are not (34(3)).

    Raises
    ------
    BreachStepError
        the risk is not high, or no reasons are given
    """
    breach = Breach.objects.select_for_update().get(pk=breach.pk)
    known = facts(breach)
    if known.risk is not BreachRisk.HIGH or not known.is_ours or not reasons.strip():
        raise BreachStepError
    row = BreachDecision(breach=breach, exception=exception or "")
    _save(row, breach, {"reasons": reasons.strip()}, by=by, now=now)
    said = f"exception_{exception}" if exception else "tell"
    _record(by, Action.BREACH_DECIDED, breach, now=now, reason=said)
    return row


def latest(breach: Breach) -> BreachReport | None:
    """Return the report of what is known now."""
    return breach.reports.order_by("-number").first()


def facts(breach: Breach) -> BreachFacts:
    """Return what the next step depends on."""
    report = latest(breach)
    sent = list(breach.notifications.order_by("sent_at"))
    to_authority = [row for row in sent if row.told == Told.AUTHORITY]
    to_people = [row for row in sent if row.told == Told.PEOPLE]
    decision = breach.decisions.order_by("-said_at").first()
    return BreachFacts(
        aware_at=breach.aware_at,
        risk=BreachRisk(report.risk) if report else None,
        is_complete=bool(report and report.is_complete),
        notified_at=to_authority[0].sent_at if to_authority else None,
        is_latest_notified=bool(report and any(row.report_id == report.pk for row in to_authority)),
        is_decided=decision is not None,
        tells_people=bool(decision and not decision.exception),
        told_people_at=to_people[0].sent_at if to_people else None,
        untold_controllers=len(untold(breach)),
        is_ours=report is None or report.is_ours,
    )


def untold(breach: Breach) -> list[ProcessingOnBehalf]:
    """Return the controllers we act for that the latest report concerns and nobody told (33(2))."""
    report = latest(breach)
    if report is None:
        return []
    told = breach.notifications.filter(told=Told.CONTROLLER).values("principal")
    return list(report.principals.exclude(pk__in=told).order_by("principal"))


def due_at(breach: Breach) -> datetime | None:
    """Return the instant by which the next step is due, by the rules of the day of awareness."""
    return breaches.due_at(facts(breach), rules=_rules(breach))


def _rules(breach: Breach) -> ClockRules:
    """Return the lengths of the day of awareness, with the hours that the provisions set."""
    on = local_date(breach.aware_at)
    hours = provisions.value(breach.controller_id, Parameter.BREACH_HOURS, on=on)
    rules = rules_on(on)
    return replace(rules, breach_within=timedelta(hours=number(hours))) if hours else rules


def is_open(breach: Breach) -> bool:
    """Whether anything is left to do."""
    return breaches.next_step(facts(breach)) is not Step.NONE


def step_in_words(breach: Breach) -> str:
    """Return the next lawful step, in the language of the page."""
    return labels.text(Step, breaches.next_step(facts(breach)))


def words_of(row: BreachRow) -> dict[str, str]:
    """Return what somebody wrote, unsealed."""
    opened = open_blob(_cipher(row.controller_id), _bound(row), bytes(row.words))
    return {str(name): str(text) for name, text in json.loads(opened).items()}


def _save(
    row: BreachRow, breach: Breach, words: Mapping[str, str], *, by: Staff, now: datetime
) -> None:
    row.controller_id, row.said_by, row.said_at = breach.controller_id, by, now
    plain = json.dumps(dict(words), ensure_ascii=False).encode()
    row.words = seal_blob(_cipher(row.controller_id), _bound(row), plain)
    row.save(force_insert=True)


def _cipher(controller: UUID) -> AESGCM:
    return AESGCM(keystore.controller_key(controller, USE, create=True))


def _bound(row: BreachRow) -> bytes:
    return f"custode/breach/v1|{row.controller_id.hex}|{row._meta.model_name}|{row.pk.hex}".encode()


def _record(by: Staff, action: Action, breach: Breach, *, now: datetime, reason: str = "") -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="breach", object_id=breach.pk, reason=reason
    )
    log.record(by.actor(), event, now=now)
