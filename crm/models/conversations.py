"""What is said with a person: conversations, each contact in them, calls, notes; who answers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from governance.policy.vocabulary import Channel
from registry.sealed import SealedText

STATES = ("open", "waiting", "snoozed", "closed")
NETWORKS = ("x", "instagram", "facebook")
KINDS = ("message", "call", "visit", "letter", "coupon", "click", "note")
DELIVERY = ("received", "noted", "waiting", "by_hand", "sent", "handed", "failed")
DISPOSITIONS = (
    "reached", "no_answer", "busy", "voicemail", "wrong_number", "call_back", "do_not_call",
)  # fmt: skip


class Queue(models.Model):
    """A desk of the house that answers people: who comes first is decided by its members' turns."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(
        "registry.Controller", on_delete=models.PROTECT, related_name="+"
    )
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40, blank=True)  # for which it answers people
    channels = models.CharField(max_length=120, blank=True)  # separated by spaces; "" for all
    unassigned_after = models.PositiveSmallIntegerField(default=30)  # minutes until the alarm
    turns = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_queue_per_key"),
        ]

    def __str__(self) -> str:
        return self.name


class QueueMember(models.Model):
    """A member of staff at a desk: the languages and matters they answer, and their last turn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(
        "registry.Controller", on_delete=models.PROTECT, related_name="+"
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="members")
    staff = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    languages = models.CharField(max_length=60, blank=True)  # separated by spaces
    skills = models.CharField(max_length=200, blank=True)  # separated by spaces
    is_present = models.BooleanField(default=True)
    turn = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("member of a queue")
        verbose_name_plural = _("members of queues")
        constraints = [
            models.UniqueConstraint(fields=["controller", "queue", "staff"], name="once_in_a_queue")
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.staff_id}"


class Conversation(CrmRow):
    """One matter talked about with one person, on whatever channels, until it is closed.

    `waiting_since` is since when the person waits for us; null while it is their turn.
    """

    reference = models.CharField(max_length=12, editable=False)  # what a person can say or quote
    channel = models.CharField(max_length=12)  # it began on
    network = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=8, default="open")
    purpose = models.CharField(max_length=40)
    language = models.CharField(max_length=5, blank=True)
    skill = models.CharField(max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField(default=3)  # place among `Priority`, from 1
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assignee = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    first_response_due_at = models.DateTimeField(null=True, blank=True)
    first_answered_at = models.DateTimeField(null=True, blank=True)
    resolution_due_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)  # that nobody took it: once
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    topic = SealedText()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_conversation_per_origin"
            ),
            models.UniqueConstraint(
                fields=["controller", "reference"], name="one_conversation_per_reference"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=list(Channel)), name="known_conversation_channel"
            ),
            models.CheckConstraint(
                condition=Q(network="") | Q(network__in=NETWORKS, channel="social"),
                name="network_of_conversation",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="known_conversation_state"),
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 3, 4]), name="known_priority"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, closed_on__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_on__isnull=True)),
                name="closed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="snoozed", snoozed_until__isnull=False)
                | (~Q(state="snoozed") & Q(snoozed_until__isnull=True)),
                name="snoozed_until_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "state"], name="conversation_by_subject"),
            models.Index(
                fields=["controller", "queue", "priority", "waiting_since"],
                condition=~Q(state="closed"),
                name="conversation_in_queue",
            ),
        ]


class Interaction(CrmRow):
    """One contact in or out, on any channel, or a note among ourselves.

    What goes out is its own entry of the outbox: `waiting` until `not_before`, which a worker moves
    on by its lease; `attempts` is the fence. `activity` and `basis` are what the gate decided by.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, blank=True,
        related_name="interactions", db_index=False,
    )  # fmt: skip
    kind = models.CharField(max_length=8, default="message")
    channel = models.CharField(max_length=12)
    network = models.CharField(max_length=12, blank=True)
    direction = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    contacted_on = models.DateField(null=True, blank=True)
    purpose = models.CharField(max_length=40, blank=True)
    activity = models.CharField(max_length=60, blank=True)
    basis = models.CharField(max_length=20, blank=True)
    campaign = models.CharField(max_length=40, blank=True)
    handled_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_private = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="noted")
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    topic = SealedText()
    body = SealedText()
    address = SealedText()  # where it came from, or goes to

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_interaction_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=list(Channel)), name="known_interaction_channel"
            ),
            models.CheckConstraint(
                condition=Q(network="") | Q(network__in=NETWORKS, channel="social"),
                name="network_of_interaction",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="known_interaction_kind"),
            models.CheckConstraint(
                condition=Q(direction__in=["in", "out", "own"]), name="in_or_out"
            ),
            models.CheckConstraint(
                condition=Q(direction="own", kind="note", is_private=True)
                | (~Q(direction="own") & ~Q(kind="note")),
                name="own_notes_are_private",
            ),
            models.CheckConstraint(condition=Q(state__in=DELIVERY), name="known_delivery"),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "by_hand", "sent", "handed", "failed"])
                | Q(direction="out", is_private=False),
                name="only_what_goes_out_is_delivered",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", not_before__isnull=False)
                | (~Q(state="waiting") & Q(not_before__isnull=True)),
                name="waits_for_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "occurred_at"], name="history_of_subject"),
            models.Index(fields=["conversation", "occurred_at"], name="said_in_conversation"),
            models.Index(
                fields=["not_before"], condition=Q(state="waiting"), name="interactions_to_deliver"
            ),
            models.Index(
                fields=["controller", "campaign"],
                condition=~Q(campaign=""),
                name="interactions_of_campaign",
            ),
        ]


class Mention(CrmRow):
    """A member of staff who is asked to look at a note."""

    interaction = models.ForeignKey(Interaction, on_delete=models.PROTECT, related_name="mentions")
    staff = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    mentioned_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "interaction", "staff"], name="mentioned_once"
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], name="mention_by_subject"),
            models.Index(
                fields=["staff"], condition=Q(seen_at__isnull=True), name="mentions_unseen"
            ),
        ]


class CallScript(models.Model):
    """What is said on calls of one kind: approved words, in versions that are not changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(
        "registry.Controller", on_delete=models.PROTECT, related_name="+"
    )
    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    language = models.CharField(max_length=5, default="it")
    title = models.CharField(max_length=120)
    body = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("call script")
        verbose_name_plural = _("call scripts")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "key", "version", "language"], name="one_script_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class Call(CrmRow):
    """What a phone call adds to its interaction: how long, by which script, how it ended."""

    interaction = models.OneToOneField(Interaction, on_delete=models.PROTECT, related_name="call")
    script = models.ForeignKey(
        CallScript, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    disposition = models.CharField(max_length=12)
    called_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(disposition__in=DISPOSITIONS), name="known_disposition"
            ),
        ]
        indexes = [models.Index(fields=["subject", "called_at"], name="calls_of_subject")]
