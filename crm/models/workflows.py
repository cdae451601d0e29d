"""Workflows in approved versions, their runs, and what each step did."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.approved import APPROVED_BY_ANOTHER, Approved
from crm.models.base import CrmRow
from governance.policy.sales import About
from governance.policy.workflows import Outcome, RunState, VersionState
from registry.models import Staff


class Workflow(Approved):
    """One version of a workflow: drafted by one person, approved by another."""

    key = models.SlugField(max_length=40)
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, default=VersionState.DRAFT)
    definition = models.JSONField()

    class Meta:
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "key", "number"], name="one_workflow_per_number"
            ),
            models.UniqueConstraint(
                fields=["controller", "key"],
                condition=Q(state="approved"),
                name="one_workflow_in_force",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(VersionState)), name="known_workflow_state"
            ),
            models.CheckConstraint(
                condition=APPROVED_BY_ANOTHER,
                name="workflow_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class WorkflowRun(CrmRow):
    """One workflow at work for one person, about the thing that started it."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="runs")
    about_kind = models.CharField(max_length=12, default=About.PERSON)
    about = models.UUIDField()
    state = models.CharField(max_length=10, default=RunState.WAITING)
    position = models.PositiveSmallIntegerField(default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("run of a workflow")
        verbose_name_plural = _("runs of workflows")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "workflow", "about"], name="one_run_per_thing"
            ),
            models.UniqueConstraint(fields=["controller", "origin_key"], name="one_run_per_origin"),
            models.CheckConstraint(
                condition=Q(state__in=list(RunState)), name="known_workflow_run_state"
            ),
            models.CheckConstraint(condition=Q(about_kind__in=list(About)), name="known_run_about"),
        ]
        indexes = [
            models.Index(
                fields=["controller", "wake_at"],
                condition=Q(state="waiting"),
                name="runs_to_wake",
            ),
            models.Index(fields=["subject"], name="runs_of_subject"),
        ]


class WorkflowStep(CrmRow):
    """What one action of a run did, was refused, or waits for."""

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10)
    refused_as = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("step of a workflow")
        verbose_name_plural = _("steps of workflows")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "run", "position"], name="one_step_per_position"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_step_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=list(Outcome)), name="known_step_outcome"
            ),
        ]
        indexes = [
            models.Index(
                fields=["controller", "role"],
                condition=Q(outcome="blocked"),
                name="steps_to_decide",
            ),
            models.Index(fields=["subject"], name="steps_of_subject"),
        ]
