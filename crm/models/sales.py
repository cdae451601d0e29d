"""Opportunities with the history of their stages, quotes, and tasks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from crm.models.orders import Product
from governance.policy.sales import About, QuoteState, Stage
from registry.sealed import SealedText


class Opportunity(CrmRow):
    """A sale that may come: of a person, or of an account, which is a data subject too."""

    stage = models.CharField(max_length=12, default=Stage.NEW)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    probability = models.PositiveSmallIntegerField()
    expected_on = models.DateField(null=True, blank=True)
    moved_on = models.DateField()
    owner = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = SealedText()
    note = SealedText()

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_opportunity_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=list(Stage)), name="known_opportunity_stage"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="opportunity_is_worth"),
            models.CheckConstraint(
                condition=(Q(stage="won") & Q(probability=100))
                | (Q(stage="lost") & Q(probability=0))
                | (~Q(stage__in=["won", "lost"]) & Q(probability__lte=100)),
                name="probability_of_stage",
            ),
        ]
        indexes = [
            models.Index(fields=["controller", "stage"], name="opportunity_by_stage"),
            models.Index(fields=["subject"], name="opportunity_by_subject"),
        ]


class OpportunityMove(CrmRow):
    """An opportunity reached a stage; never changed (crm/migrations/0040)."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="moves")
    stage = models.CharField(max_length=12)
    at = models.DateTimeField()
    moved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stage of an opportunity")
        verbose_name_plural = _("stages of opportunities")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_move_per_origin"
            ),
            models.CheckConstraint(condition=Q(stage__in=list(Stage)), name="known_move_stage"),
        ]
        indexes = [
            models.Index(fields=["opportunity", "at"], name="moves_of_opportunity"),
            models.Index(fields=["subject"], name="moves_of_subject"),
        ]


class Quote(CrmRow):
    """What was proposed to a person, at which price and until when."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="quotes")
    number = models.CharField(max_length=60)
    state = models.CharField(max_length=12, default=QuoteState.DRAFT)
    quoted_on = models.DateField()
    valid_until = models.DateField()
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.UniqueConstraint(fields=["controller", "number"], name="one_quote_per_number"),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_quote_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(QuoteState)), name="known_quote_state"
            ),
        ]
        indexes = [
            models.Index(fields=["opportunity"], name="quotes_of_opportunity"),
            models.Index(fields=["subject"], name="quotes_of_subject"),
        ]


class QuoteLine(CrmRow):
    """One line of a quote."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    quoted_on = models.DateField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    description = SealedText()

    class Meta:
        verbose_name = _("quote line")
        verbose_name_plural = _("quote lines")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_quote_line_per_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["quote"], name="lines_of_quote"),
            models.Index(fields=["subject"], name="quote_lines_of_subject"),
        ]


class Task(CrmRow):
    """Something to do for a person: by one member of staff, or by whoever has a role.

    `about` is the id of the order, opportunity, case or conversation it belongs to. It is no
    foreign key: the task outlives none of them longer than its own period, and blocks none.
    """

    do_by = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True)
    about_kind = models.CharField(max_length=12, default=About.PERSON)
    about = models.UUIDField(null=True, blank=True)
    title = SealedText()
    note = SealedText()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_task_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(about_kind__in=list(About)), name="known_task_about"
            ),
            models.CheckConstraint(
                condition=Q(about_kind="person", about__isnull=True)
                | (~Q(about_kind="person") & Q(about__isnull=False)),
                name="task_is_about_what_it_says",
            ),
        ]
        indexes = [
            models.Index(
                fields=["controller", "do_by"],
                condition=Q(done_at__isnull=True),
                name="tasks_to_do",
            ),
            models.Index(fields=["subject"], name="tasks_of_subject"),
        ]
