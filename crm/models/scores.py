"""Scores of people and the runs that made them, and what somebody chose to do about a person."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from governance.policy.next_best import Choice, NextAction, Outcome
from governance.policy.scores import Logic, ScoreKind
from registry.models import Controller, Purpose, Staff
from registry.sealed import SealedText


class ScoreRun(models.Model):
    """One computation of a score for everybody a purpose reaches: how, and how well it does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    score_kind = models.CharField(max_length=16)
    logic = models.CharField(max_length=10)
    fallback = models.CharField(max_length=40, blank=True)  # code of why a rule was used
    ran_at = models.DateTimeField()
    since = models.DateField()  # orders before it were not looked at
    people = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict)  # how many, by the code of the refusal
    quality = models.JSONField(default=dict)  # of people who were not in the training set
    parity = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("run of a score")
        verbose_name_plural = _("runs of scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(score_kind__in=list(ScoreKind)), name="known_kind_of_run"
            ),
            models.CheckConstraint(condition=Q(logic__in=list(Logic)), name="known_logic_of_run"),
        ]
        indexes = [
            models.Index(fields=["controller", "score_kind", "-ran_at"], name="newest_run_first")
        ]

    def __str__(self) -> str:
        return f"{self.score_kind} {self.ran_at:%Y-%m-%d}"


class Score(CrmRow):
    """What was concluded about one person, from what, and until when it may be used."""

    run = models.ForeignKey(ScoreRun, on_delete=models.CASCADE, related_name="scores")
    score_kind = models.CharField(max_length=16)
    logic = models.CharField(max_length=10)
    value = models.DecimalField(max_digits=14, decimal_places=4)
    low = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    computed_on = models.DateField()
    expires_on = models.DateField()
    contributions = SealedText()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "score_kind", "subject"], name="one_score_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_score_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(score_kind__in=list(ScoreKind)), name="known_kind_of_score"
            ),
            models.CheckConstraint(condition=Q(logic__in=list(Logic)), name="known_logic_of_score"),
        ]
        indexes = [models.Index(fields=["subject"], name="scores_of_subject")]


class ActionChoice(CrmRow):
    """What was proposed for a person, whether somebody took it, and what came of it."""

    next_action = models.CharField(max_length=16)
    choice = models.CharField(max_length=10)
    chosen_on = models.DateField()
    chosen_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    task = models.UUIDField(null=True, blank=True)  # no key: it outlives no task, and blocks none
    came_of_it = models.CharField(max_length=10, blank=True)
    known_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("choice of a next action")
        verbose_name_plural = _("choices of next actions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_choice_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(next_action__in=list(NextAction)), name="known_next_action"
            ),
            models.CheckConstraint(condition=Q(choice__in=list(Choice)), name="known_choice"),
            models.CheckConstraint(
                condition=Q(came_of_it__in=["", *Outcome]), name="known_outcome_of_choice"
            ),
            models.CheckConstraint(
                condition=Q(choice="accepted", task__isnull=False)
                | Q(choice="declined", task__isnull=True),
                name="accepted_has_a_task",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="choices_of_subject")]
