"""What moves a clock: questions to the person whose answer is awaited."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from governance.policy.deadlines import PauseGround
from registry.models import SubjectRow
from registry.sealed import SealedText


class RequestPause(SubjectRow):
    """A question that was sent to the person; the clock stands until they answer."""

    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="pauses")
    ground = models.CharField(max_length=20)
    sent_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)  # its request: retention runs from it
    question = SealedText()

    class Meta:
        verbose_name = _("question that stops the clock")
        verbose_name_plural = _("questions that stop the clock")
        indexes = [models.Index(fields=["subject"], name="pauses_of_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ground__in=list(PauseGround)), name="known_pause_ground"
            ),
            models.CheckConstraint(
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("sent_on")),
                name="answer_after_question",
            ),
            models.UniqueConstraint(
                fields=["controller", "request"],
                condition=Q(answered_on__isnull=True),
                name="one_question_at_a_time",
            ),
        ]
