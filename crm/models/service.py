"""Cases of service, the times in which their clock stood still, and counts of answers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from governance.policy.cases import CaseKind, CaseState, SurveyAsks, SurveyMode
from governance.policy.vocabulary import Priority
from registry.models import Controller
from registry.sealed import SealedText


class Case(CrmRow):
    """What somebody asked of service, until it is solved.

    Due moments are null while nothing is promised or the clock is paused; `solved_at` starts
    retention, so that an open case does not end.
    """

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, default=CaseKind.QUESTION)
    priority = models.CharField(max_length=8, default=Priority.NORMAL)
    state = models.CharField(max_length=8, default=CaseState.NEW)
    purpose = models.CharField(max_length=40)
    order = models.ForeignKey(
        "crm.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    order_line = models.ForeignKey(
        "crm.OrderLine", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    product = models.ForeignKey(
        "crm.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    warranty_ends_on = models.DateField(null=True, blank=True)
    # Conversations end by a clock of their own, and may go before the case.
    conversation = models.ForeignKey(
        "crm.Conversation",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
    )
    article = models.ForeignKey(
        "crm.Article", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    assigned_to = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True, blank=True)
    first_response_due_at = models.DateTimeField(null=True, blank=True)
    first_response_minutes = models.PositiveIntegerField(null=True, blank=True)  # working time
    first_response_escalated_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    resolution_due_at = models.DateTimeField(null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField(null=True, blank=True)  # working time
    resolution_escalated_at = models.DateTimeField(null=True, blank=True)
    times_reopened = models.PositiveSmallIntegerField(default=0)
    theme = models.CharField(max_length=40, blank=True)  # of a complaint: key of a theme
    survey_mode = models.CharField(max_length=10, blank=True)
    survey_asks = models.CharField(max_length=4, default=SurveyAsks.SATISFACTION)
    survey_expires_on = models.DateField(null=True, blank=True)
    survey_is_answered = models.BooleanField(default=False)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    topic = SealedText()
    description = SealedText()
    solution = SealedText()
    survey_comment = SealedText()
    pages_tried = SealedText()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_case_per_origin"
            ),
            models.UniqueConstraint(fields=["controller", "number"], name="one_case_per_number"),
            models.CheckConstraint(condition=Q(kind__in=list(CaseKind)), name="known_case_kind"),
            models.CheckConstraint(
                condition=Q(priority__in=list(Priority)), name="known_case_priority"
            ),
            models.CheckConstraint(condition=Q(state__in=list(CaseState)), name="known_case_state"),
            models.CheckConstraint(
                condition=Q(state=CaseState.SOLVED, solved_at__isnull=False)
                | (~Q(state=CaseState.SOLVED) & Q(solved_at__isnull=True)),
                name="a_case_is_solved_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(survey_mode__in=["", *SurveyMode]), name="known_survey_mode"
            ),
            models.CheckConstraint(
                condition=Q(survey_asks__in=list(SurveyAsks)), name="known_survey_question"
            ),
            models.CheckConstraint(
                condition=~Q(survey_mode=SurveyMode.ANONYMOUS, survey_asks=SurveyAsks.WORDS),
                name="words_are_never_anonymous",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(survey_mode=SurveyMode.IDENTIFIED),
                name="an_anonymous_answer_has_no_case",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(1, 5)),
                name="score_of_one_to_five",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "opened_at"], name="cases_of_subject"),
            models.Index(
                fields=["controller", "resolution_due_at"],
                condition=~Q(state=CaseState.SOLVED),
                name="open_cases_by_due",
            ),
        ]


class CasePause(CrmRow):
    """A time in which the clock of a case stood still: we waited for the customer."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pause of a case")
        verbose_name_plural = _("pauses of cases")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_case_pause_per_origin"
            ),
            models.UniqueConstraint(
                fields=["controller", "case"],
                condition=Q(ended_at__isnull=True),
                name="one_open_pause_per_case",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="a_case_pause_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="pauses_of_case"),
            models.Index(fields=["subject"], name="case_pauses_of_subject"),
        ]


class CaseBook(models.Model):
    """The last number given to a case, and when some promise ends next; about nobody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.OneToOneField(Controller, on_delete=models.PROTECT, related_name="+")
    last_number = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("book of cases")
        verbose_name_plural = _("books of cases")

    def __str__(self) -> str:
        return str(self.last_number)


class AnonymousScore(models.Model):
    """How many gave a score in a week: an anonymous answer is one more in a count.

    There is no row for an answer, and so no order, time or transaction that leads to a person.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    asks = models.CharField(max_length=4, default=SurveyAsks.SATISFACTION)
    week = models.DateField()  # its Monday
    score = models.PositiveSmallIntegerField()
    answers = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("anonymous score")
        verbose_name_plural = _("anonymous scores")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "kind", "asks", "week", "score"], name="one_count_per_answer"
            ),
            models.CheckConstraint(condition=Q(kind__in=list(CaseKind)), name="known_scored_kind"),
            models.CheckConstraint(
                condition=Q(asks=SurveyAsks.SATISFACTION, score__range=(1, 5))
                | Q(asks=SurveyAsks.RECOMMENDATION, score__range=(0, 10)),
                name="counted_score_on_its_scale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week}: {self.score}"


class SurveyAnswer(CrmRow):
    """One answer of a person who was told that it is kept with them.

    It is written once and never changed, so that what a person thinks of us changes only by what
    they say. An anonymous answer is no row, but one more in `AnonymousScore`.
    """

    asks = models.CharField(max_length=4)
    score = models.PositiveSmallIntegerField(null=True, blank=True)  # none to a question for words
    answered_on = models.DateField()
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answers")

    class Meta:
        verbose_name = _("answer to a question")
        verbose_name_plural = _("answers to questions")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_survey_answer_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(asks=SurveyAsks.SATISFACTION, score__range=(1, 5))
                | Q(asks=SurveyAsks.RECOMMENDATION, score__range=(0, 10))
                | Q(asks=SurveyAsks.WORDS, score__isnull=True),
                name="answer_on_its_scale",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "answered_on"], name="answers_of_subject"),
            models.Index(fields=["case"], name="answers_of_case"),
        ]
