"""Cases, phone calls and articles as the API shows them."""

from typing import Any

from rest_framework import serializers

from api.v1.documents import maybe, named, page_of
from api.v1.service_forms import KINDS, PRIORITIES
from crm.models.conversations import DISPOSITIONS
from crm.models.knowledge import AUDIENCES, LANGUAGES, STATES
from governance.policy.cases import CaseState


class ListedCase(serializers.Serializer[Any]):
    """A case, as far as the purpose may see it."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    number = serializers.IntegerField()
    purpose = serializers.CharField()
    order = serializers.UUIDField(allow_null=True)
    order_line = serializers.UUIDField(allow_null=True)
    product_code = serializers.CharField(allow_null=True)
    conversation = serializers.UUIDField(allow_null=True)
    article = serializers.UUIDField(allow_null=True)
    assignee = serializers.UUIDField(allow_null=True)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    state = serializers.ChoiceField(choices=[s.value for s in CaseState], required=False)
    warranty_ends_on = serializers.DateField(required=False, allow_null=True)
    opened_at = serializers.DateTimeField(required=False)
    first_response_at = serializers.DateTimeField(required=False, allow_null=True)
    first_response_due_at = serializers.DateTimeField(required=False, allow_null=True)
    first_response_minutes = serializers.IntegerField(required=False, allow_null=True)
    first_response_escalated_at = serializers.DateTimeField(required=False, allow_null=True)
    solved_at = serializers.DateTimeField(required=False, allow_null=True)
    resolution_due_at = serializers.DateTimeField(required=False, allow_null=True)
    resolution_minutes = serializers.IntegerField(required=False, allow_null=True)
    resolution_escalated_at = serializers.DateTimeField(required=False, allow_null=True)
    times_reopened = serializers.IntegerField(required=False)
    survey_mode = serializers.CharField(required=False, allow_blank=True)
    survey_expires_on = serializers.DateField(required=False, allow_null=True)
    survey_is_answered = serializers.BooleanField(required=False)
    score = serializers.IntegerField(required=False, allow_null=True)
    topic = maybe()
    description = maybe(4000)
    solution = maybe(4000)
    survey_comment = maybe(2000)
    pages_tried = maybe(4000)


class Call(serializers.Serializer[Any]):
    """A phone call; what was said is in its interaction."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    interaction = serializers.UUIDField()
    direction = serializers.ChoiceField(choices=["in", "out"])
    script = serializers.UUIDField(allow_null=True)
    disposition = serializers.ChoiceField(choices=DISPOSITIONS, required=False)
    called_at = serializers.DateTimeField(required=False)
    seconds = serializers.IntegerField(required=False)


class ListedArticle(serializers.Serializer[Any]):
    """An article of the help centre with its newest version; about nobody."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    language = serializers.ChoiceField(choices=list(LANGUAGES))
    audience = serializers.ChoiceField(choices=AUDIENCES)
    kind = serializers.CharField(allow_blank=True)
    product_code = serializers.CharField(allow_null=True)
    useful = serializers.IntegerField(help_text="How many said that it helped.")
    not_useful = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Of the newest version.")
    state = serializers.ChoiceField(choices=STATES)
    title = serializers.CharField()
    is_published = serializers.BooleanField(help_text="Whether a version can be read.")


class ArticleVersion(serializers.Serializer[Any]):
    """What an article says, or said."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    title = serializers.CharField()
    body = serializers.CharField()
    written_by = serializers.UUIDField()
    written_at = serializers.DateTimeField()
    reviewed_by = serializers.UUIDField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class Article(ListedArticle):
    """An article with its versions, the newest first."""

    versions = ArticleVersion(many=True)


class ArticlePage(serializers.Serializer[Any]):
    """One page of articles."""

    items = ListedArticle(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


Case = named(ListedCase)
CasePage = page_of(ListedCase, "CasePage")
CallPage = page_of(Call, "CallPage")
