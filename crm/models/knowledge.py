"""Articles of the help centre, their versions, and what they solved. About nobody, by check."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case as Choice
from django.db.models import F, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.orders import Product
from governance.crypto.ids import uuid7
from governance.policy.cases import CaseKind
from registry.models import Controller

LANGUAGES = {"it": "italian", "en": "english"}
AUDIENCES = ("public", "internal")
STATES = ("draft", "review", "published", "superseded", "withdrawn")


def _words(config: str) -> Combinable:
    return SearchVector("title", weight="A", config=config) + SearchVector(
        "body", weight="B", config=config
    )


class Article(models.Model):
    """One subject of the help centre in one language; what it says is in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=80)
    language = models.CharField(max_length=2)
    audience = models.CharField(max_length=8, default="public")
    kind = models.CharField(max_length=16, blank=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    useful = models.PositiveIntegerField(default=0)
    not_useful = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "slug", "language"], name="one_article_per_address"
            ),
            models.CheckConstraint(
                condition=Q(language__in=list(LANGUAGES)), name="known_article_language"
            ),
            models.CheckConstraint(condition=Q(audience__in=AUDIENCES), name="known_audience"),
            models.CheckConstraint(
                condition=Q(kind__in=["", *CaseKind]), name="known_article_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}/{self.language}"


class ArticleVersion(models.Model):
    """What an article says: written by one person, approved by another, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2)  # the article's, by which words are cut
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=20000)
    state = models.CharField(max_length=10, default="draft")
    written_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    reviewed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    words = models.GeneratedField(
        expression=Choice(
            When(language=Value("en"), then=_words("english")), default=_words("italian")
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "article", "number"], name="one_article_version_per_number"
            ),
            models.UniqueConstraint(
                fields=["controller", "article"],
                condition=Q(state="published"),
                name="one_published_version",
            ),
            models.UniqueConstraint(
                fields=["controller", "article"],
                condition=Q(state__in=["draft", "review"]),
                name="one_version_in_the_making",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="known_article_state"),
            models.CheckConstraint(
                condition=~Q(state="published")
                | (Q(reviewed_by__isnull=False) & Q(published_at__isnull=False)),
                name="nothing_is_published_unreviewed",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("written_by")),
                name="nobody_reviews_their_own_article",
            ),
        ]
        indexes = [GinIndex(fields=["words"], name="article_words")]

    def __str__(self) -> str:
        return f"{self.article_id}/{self.number}"


class ArticleUse(models.Model):
    """How many cases of a kind, about a product, an article solved."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="uses")
    kind = models.CharField(max_length=16)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    solved = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("use of an article")
        verbose_name_plural = _("uses of articles")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "article", "kind", "product"],
                nulls_distinct=False,
                name="one_count_per_use",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(CaseKind)), name="known_used_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.solved}"


class HelpTrail(models.Model):
    """The pages that a visitor of the help centre chose to show to whoever answers, for a day.

    Found by the code that the visitor reads out, of which the hash alone is held.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField()
    pages = models.JSONField(default=list)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("trail in the help centre")
        verbose_name_plural = _("trails in the help centre")
        constraints = [
            models.UniqueConstraint(fields=["controller", "digest"], name="one_trail_per_code")
        ]

    def __str__(self) -> str:
        return str(self.expires_at)
