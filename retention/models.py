"""Holds, runs, what a run set aside, and keys that are about to be destroyed."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.crypto.orders import Line, Order
from governance.policy.anonymity import AT_LEAST, Grain
from registry.models import Controller, Recipient, SubjectRow
from registry.sealed import SealedText
from retention.errors import LeaseLostError


class LegalHold(SubjectRow):
    """Erasure suspended for one person, with a reason, until lifted (cf. Art. 17(3)(e)).

    It keeps from its first moment, since what is destroyed can not be brought back; somebody else
    than who placed it approves it afterwards, or lifts it.
    """

    ground = models.CharField(_("ground"), max_length=40)
    record_classes = models.JSONField(_("records held"), default=list)
    categories = models.JSONField(_("data categories held"), default=list)  # none means all
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    review_on = models.DateField(_("review on"))
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    matter = SealedText()
    reason = SealedText()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        indexes = [models.Index(fields=["subject"], name="hold_by_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("placed_by")),
                name="lifted_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("placed_by")),
                name="hold_approved_by_two",
            ),
        ]


class RetentionRun(models.Model):
    """One sweep: previewed, approved by a person, carried out under a lease.

    It is `waiting` while a second approval is missing, and for nothing else: before the first row
    goes where its rules are new, before the keys do where the keystore asks for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default="previewed")
    today = models.DateField()
    preview = models.JSONField(default=dict)
    # What was approved is these rules applied to that day; a changed register needs a new preview.
    register = models.CharField(max_length=64)
    # The draft that it tries; its preview says what is due by the rules in force, too.
    draft = models.ForeignKey(
        "registry.ActivityVersion", on_delete=models.SET_NULL, related_name="+", null=True
    )
    most_people = models.PositiveIntegerField(null=True)  # of this release; the rest waits
    created_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approval = models.UUIDField(null=True, blank=True)  # its entry in the audit log
    second_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    second_at = models.DateTimeField(null=True, blank=True)
    second_approval = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True, blank=True)  # the last person who is done
    result = models.JSONField(default=dict)
    rows_erased = models.PositiveIntegerField(default=0)
    rows_set_aside = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["previewed", "approved", "running", "waiting", "done", "failed"]
                ),
                name="known_run_state",
            ),
            models.CheckConstraint(
                condition=Q(state="previewed") | Q(approved_at__isnull=False),
                name="run_only_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("approved_by")),
                name="run_approved_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.today} {self.state}"

    def fenced(self) -> "RetentionRun":
        """Lock the run and return it anew, for as long as the lease is still ours.

        Raises
        ------
        LeaseLostError
        """
        row = RetentionRun.objects.select_for_update().get(pk=self.pk)
        if row.state != "running" or row.lease_until != self.lease_until:
            raise LeaseLostError
        return row

    def set_rows_aside(self, table: str, failed: Mapping[UUID, str]) -> None:
        """Note rows that could not be disposed of; the caller saves how many there are.

        Arguments
        ---------
        failed : class of error by id
        """
        SetAside.objects.bulk_create(
            [
                SetAside(controller_id=self.controller_id, run=self, table=table, row=row, error=e)
                for row, e in failed.items()
            ],
            ignore_conflicts=True,
        )
        self.rows_set_aside += len(failed)


class SetAside(models.Model):
    """A row that a run could not dispose of; the run went on without it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="set_aside")
    table = models.CharField(max_length=80)
    row = models.UUIDField()
    error = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("row set aside")
        verbose_name_plural = _("rows set aside")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "run", "table", "row"], name="set_aside_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.table}: {self.error}"


class AnonymousFigure(models.Model):
    """Rows that were counted at the end of their period, and erased: a figure about nobody.

    Never added to: a later run makes figures of its own, so that no difference tells anybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(max_length=80)
    grain = models.CharField(max_length=8)
    start = models.DateField(null=True)  # of its time; null: of all time
    words = models.JSONField(default=dict)  # by column; none: of all of them
    rows = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    sums = models.JSONField(default=dict)  # by column, as decimals are written
    made_on = models.DateField()

    class Meta:
        verbose_name = _("anonymous figure")
        verbose_name_plural = _("anonymous figures")
        indexes = [models.Index(fields=["controller", "table", "start"], name="figures_of_table")]
        constraints = [
            models.CheckConstraint(condition=Q(people__gte=AT_LEAST), name="figure_of_a_crowd"),
            models.CheckConstraint(condition=Q(grain__in=list(Grain)), name="known_grain"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.grain} {self.start or ''}: {self.rows}"


class KeyOrder(models.Model):
    """Keys that are to be destroyed, until they are: the order can be given again after a crash.

    Its id is that of the entry `key.destroyed`, which says the digest alone
    (docs/spec/field-encryption.md, section 4). It ends in the transaction that notes the
    destruction, so that nothing here outlives the keys.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    job = models.UUIDField()  # the erasure, or the run
    lines = models.JSONField()  # [subject, scope, version, whether there was a key]
    salt = models.BinaryField()
    ordered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("order to destroy keys")
        verbose_name_plural = _("orders to destroy keys")
        indexes = [models.Index(fields=["controller", "job"], name="key_orders_of_job")]

    def __str__(self) -> str:
        return f"order {self.pk}"

    def order(self) -> Order:
        """Return the order as the log has its digest."""
        lines = [Line(UUID(subject), scope, version) for subject, scope, version, _ in self.lines]
        return Order(self.controller_id, self.job, frozenset(lines), bytes(self.salt))

    def living(self) -> dict[UUID, frozenset[str]]:
        """Return the people it names, each with the scopes in which they had a key."""
        found: dict[UUID, set[str]] = defaultdict(set)
        for subject, scope, _version, is_living in self.lines:
            found[UUID(subject)] |= {scope} if is_living else set()
        return {subject: frozenset(scopes) for subject, scopes in found.items()}


class Notification(models.Model):
    """A notice to one recipient that data of somebody were erased (Art. 19): the outbox.

    `blob` holds what the recipient calls the person, sealed under the controller's key `outbox`,
    for the person's own keys die before it is sent; it is emptied when there is an answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    job = models.UUIDField()
    round_no = models.PositiveIntegerField()
    pass_no = models.PositiveIntegerField()
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+")
    categories = ArrayField(models.CharField(max_length=40))
    blob = models.BinaryField(default=b"")
    state = models.CharField(max_length=12, default="queued")
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)  # and the fence: one worker has the last
    # Of the next attempt; null when there is none. It is the lease of the one that runs, too.
    next_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=40, blank=True)  # of the last answer, or a word
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    closed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, related_name="+", null=True
    )
    reason = models.BinaryField(default=b"")  # sealed like `blob`

    class Meta:
        verbose_name = _("notice to a recipient")
        verbose_name_plural = _("notices to recipients")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["next_at"], name="notice_due", condition=Q(next_at__isnull=False))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "job", "round_no", "pass_no", "recipient"],
                name="one_notice_per_recipient_and_pass",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "acknowledged", "manual", "closed"]),
                name="known_notice_state",
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"
