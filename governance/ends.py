"""Everything has an end (Art. 5(1)(e)): for every store, what ends it.

Rows about people end by the retention rules of their record class; the data map says which, so
that they need no entry here. Every other model has one: a task that removes it, the rows it goes
with, or that it names nobody and stays. A model without an entry stops the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum, unique
from uuid import UUID

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db.models import DateTimeField, Q
from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar.models import MailMark
from governance.beat import TIMETABLE
from governance.policy import actors
from governance.policy.periods import Period
from governance.policy.vocabulary import Duty, RecordClass
from registry.datamap import Holding, data_map
from registry.gate import opening as gate
from registry.models import Controller, Finding, TextScan
from retention import accesslog
from retention.models import Notification, RetentionRun


@unique
class How(StrEnum):
    """What ends a store."""

    RULE = "rule"  # the retention rules of a record class, by a run or by a task of its own
    TASK = "task"  # a task of the timetable, after a time that it says
    WITH = "with"  # rows of another model
    STAYS = "stays"  # about nobody


@dataclass(frozen=True, slots=True)
class End:
    """What ends the rows of a model.

    Attributes
    ----------
    by : the record class, or the model it goes with; "" else
    task : of the timetable, where one removes it
    """

    how: How
    by: str = ""
    task: str = ""


def _rule(record_class: RecordClass, task: str) -> End:
    return End(How.RULE, record_class.value, task)


def _task(task: str) -> End:
    return End(How.TASK, task=task)


def _with(model: str) -> End:
    return End(How.WITH, by=model)


_RECORDS = _rule(RecordClass.ACCESS_LOG, "governance.tasks.end_records")
ENDS: dict[str, End] = {
    "audit.Entry": _rule(RecordClass.ACCESS_LOG, "retention.prune_access_log"),
    "registry.Suppression": _rule(RecordClass.SUPPRESSION, "retention.end_memories"),
    "retention.RetentionRun": _RECORDS,
    "retention.Notification": _RECORDS,
    "registry.Finding": _RECORDS,
    "registry.TextScan": _RECORDS,
    "dsar.MailMark": _RECORDS,
    "sessions.Session": _task("governance.tasks.end_sessions"),
    "api.IdempotentWrite": _task("api.tasks.forget_idempotency_keys"),
    "crm.ImportBatch": End(How.STAYS),
    "crm.RejectedRow": _task("crm.tasks.expire_imports"),
    "crm.ScoreRun": _task("crm.tasks.run_scores"),
    "crm.HelpTrail": _task("crm.tasks.forget_help_trails"),
    "dsar.CaseDocument": _task("dsar.tasks.remove_expired_packages"),
    "dsar.Intake": _task("dsar.tasks.file_all_intakes"),
    "dsar.PortalCount": _task("dsar.tasks.forget_counts"),
    "registry.OutboxLine": _task("registry.tasks.relay_ledger"),
    "registry.WaitingText": _task("registry.tasks.watch_free_text"),
    "registry.StopEntry": _task("retention.tend_stops"),
    "retention.KeyOrder": _task("retention.wake_runs"),
    "retention.SetAside": _with("retention.RetentionRun"),
    "dsar.ErasureStep": _with("dsar.Erasure"),
    "dsar.ErasureCertificate": _with("dsar.Erasure"),
    "crypto.SubjectKey": _with("registry.DataSubject"),
    "account.EmailAddress": _with("registry.Staff"),
    "crm.SavedView": _with("registry.Staff"),
    "account.EmailConfirmation": _with("registry.Staff"),
    "mfa.Authenticator": _with("registry.Staff"),
} | dict.fromkeys(
    (
        # What the company decided and did: it names nobody outside, and proves it (Art. 5(2)).
        "registry.ActivityVersion", "registry.Backup", "registry.Breach",
        "registry.BreachDecision", "registry.BreachNotification", "registry.BreachReport",
        "registry.Controller", "registry.DataSource", "registry.HouseHoliday",
        "registry.ImpactAssessment", "registry.OppositionList", "registry.PartVersion",
        "registry.PrivacyNotice", "registry.ProcessingActivity", "registry.ProcessingOnBehalf",
        "registry.Provision", "registry.Purpose", "registry.Recipient", "registry.RetentionRule",
        "registry.TextRule", "retention.AnonymousFigure",
        "registry.Transfer", "dsar.LetterDraft",
        # What the house works with: things, texts, settings, counts.
        "api.ApiToken", "api.ClientSecret",
        "crm.AnalyticExtract", "crm.AnonymousScore", "crm.Article",
        "crm.ArticleUse", "crm.ArticleVersion", "crm.CallScript", "crm.Campaign", "crm.CareMailbox",
        "crm.CaseBook", "crm.ComplaintTheme", "crm.ImprovementAction",
        "crm.LoyaltyProgramme", "crm.Offer",
        "crm.MessageTemplate", "crm.Product", "crm.Queue", "crm.QueueMember",
        "crm.Segment", "crm.StageGoal",
        "crm.WebForm", "crm.Workflow", "crypto.ControllerKey", "dsar.IntakeKey", "dsar.Mailbox",
        # Of libraries: kept empty, or names of models and of tasks.
        "admin.LogEntry", "auth.Group", "auth.Permission", "contenttypes.ContentType",
        "django_celery_beat.ClockedSchedule", "django_celery_beat.CrontabSchedule",
        "django_celery_beat.IntervalSchedule", "django_celery_beat.PeriodicTask",
        "django_celery_beat.PeriodicTasks", "django_celery_beat.SolarSchedule",
    ),
    End(How.STAYS),
)  # fmt: skip

RECORDS = (
    (RetentionRun, "finished_at", Q(state__in=["done", "failed"])),
    (RetentionRun, "created_at", Q(state="previewed")),
    (Notification, "settled_at", Q()),
    (Finding, "answered_at", Q()),
    (TextScan, "finished_at", Q()),
    (MailMark, "taken_on", Q()),
)
"""Records of work that is done, by the date they count from: kept as long as the log's entries."""


def end_of(holding: Holding) -> End | None:
    """Return what ends the rows of a model; None where nothing does."""
    if holding.has_subject and holding.record_class is not None:
        return End(How.RULE, holding.record_class.value, "retention.wake_runs")
    return ENDS.get(holding.model)


@register("stores")
def everything_has_an_end(
    app_configs: Sequence[AppConfig] | None, **_kwargs: object
) -> list[CheckMessage]:
    """Refuse a model that nothing ends, an end by a task that is never woken, and a stale entry."""
    del app_configs  # asked of the whole installation
    holdings = {holding.model: holding for holding in data_map()}
    woken = {entry.task for entry in TIMETABLE}
    wrong = [
        (model, "has no end: governance/ends.py says what ends it", "E006")
        for model, holding in holdings.items()
        if end_of(holding) is None
    ]
    wrong += [
        (model, f"ends by {end.task}, which is not on the timetable", "E007")
        for model, end in ENDS.items()
        if end.task and end.task not in woken
    ]
    wrong += [
        (model, "has an end and is not in the data map", "E008") for model in ENDS.keys() - holdings
    ]
    return [Error(f"{model} {what}.", id=f"stores.{number}") for model, what, number in wrong]


def end_records(*, now: datetime) -> dict[UUID, dict[str, int]]:
    """Remove records of work done that are older than the log's entries may be.

    Without a rule for the log in force nothing ends, and the page of stores says so.
    """
    ended = {}
    for controller in Controller.objects.order_by("pk").values_list("pk", flat=True):
        months = accesslog.months_kept(controller, at=now)
        if months is None:
            continue
        before = Period(months=months).before(timezone.localdate(now))
        with gate.duty(actors.system(controller), Duty.RETENTION, now=now) as access:
            ended[controller] = _end(controller, before)
            if any(ended[controller].values()):
                event = log.Event(
                    action=Action.RETENTION_SWEPT, purpose="duty:retention",
                    object_type="records", counts=ended[controller],
                )  # fmt: skip
                log.record(access.actor, event, now=now)
    return ended


def _end(controller: UUID, before: date) -> dict[str, int]:
    counts: dict[str, int] = {}
    for model, column, which in RECORDS:
        is_day = not isinstance(model._meta.get_field(column), DateTimeField)
        start = before if is_day else timezone.make_aware(datetime.combine(before, time()))
        dated = {f"{column}__lt": start}
        rows = model._default_manager.filter(which, controller=controller, **dated)
        name = model._meta.model_name or ""
        counts[name] = counts.get(name, 0) + rows.delete()[1].get(model._meta.label, 0)
    return counts
