"""Who acts for whom, and what a person said about their rights after death."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import SubjectRequest
from governance.policy.identity import Behalf, Capacity
from registry.models import SubjectRow
from registry.sealed import SealedText

REPRESENTATION = ["claimed", "verified", "not_verified"]


class Representation(SubjectRow):
    """Somebody asks for another person: who that is, by what right, and what was seen of it.

    Whoever asks is the requester of the request.

    Attributes
    ----------
    name : of the person concerned, as whoever asks wrote it
    relation : what they are to one another, in their words
    by_person : the person themselves confirmed it, at a contact point on file
    capacity : of whoever uses the rights of a dead person (art. 2-terdecies Codice)
    since : signs of identity before this place were about somebody else
    """

    request = models.OneToOneField(
        SubjectRequest, on_delete=models.CASCADE, related_name="representation"
    )
    behalf = models.CharField(max_length=16)
    state = models.CharField(max_length=12, default="claimed")
    by_person = models.BooleanField(default=False)
    capacity = models.CharField(max_length=12, blank=True)
    since = models.PositiveSmallIntegerField(default=0)
    verified_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    name = SealedText()
    relation = SealedText()
    evidence = SealedText()

    class Meta:
        verbose_name = _("representation")
        verbose_name_plural = _("representations")
        indexes = [models.Index(fields=["subject"], name="representations_of_subject")]
        constraints = [
            models.CheckConstraint(condition=Q(behalf__in=list(Behalf)), name="known_behalf"),
            models.CheckConstraint(
                condition=Q(state__in=REPRESENTATION), name="known_representation_state"
            ),
            models.CheckConstraint(
                condition=Q(capacity__in=["", *Capacity]), name="known_capacity"
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_at__isnull=False),
                name="verified_at_a_time",
            ),
        ]


class Death(SubjectRow):
    """A person has died. The Regulation does not reach them (recital 27); art. 2-terdecies does."""

    died_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    evidence = SealedText()

    class Meta:
        verbose_name = _("death")
        verbose_name_plural = _("deaths")
        constraints = [
            models.UniqueConstraint(fields=["controller", "subject"], name="one_death_a_person")
        ]


class PostMortemProhibition(SubjectRow):
    """What a person forbade others to do with their rights after death, said to us in writing.

    Attributes
    ----------
    rights : those it names; it may be partial (art. 2-terdecies(3) Codice)
    revoked_on : they may change their mind at any time, (4)
    """

    rights = models.JSONField()
    said_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_on = models.DateField(null=True, blank=True)
    statement = SealedText()

    class Meta:
        verbose_name = _("prohibition after death")
        verbose_name_plural = _("prohibitions after death")
        indexes = [models.Index(fields=["subject"], name="prohibitions_of_subject")]
        constraints = [
            models.CheckConstraint(condition=~Q(rights=[]), name="prohibition_is_specific")
        ]
