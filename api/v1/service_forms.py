"""What calls about cases, phone calls and articles say."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.v1.fields import MomentField, StrictSerializer, detail, text
from crm.models.conversations import DISPOSITIONS
from crm.models.knowledge import AUDIENCES, LANGUAGES
from governance.policy.cases import CaseKind, CaseState
from governance.policy.vocabulary import Priority

KINDS = [kind.value for kind in CaseKind]
PRIORITIES = [priority.value for priority in Priority]
SETTABLE = [CaseState.OPEN.value, CaseState.WAITING.value, CaseState.SOLVED.value]
"""States of a case that are said; a case is `new` until somebody takes it."""


class CaseForm(StrictSerializer):
    """What somebody asks of service, and what it is about."""

    contact = serializers.UUIDField()
    topic = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False)
    order = serializers.UUIDField(required=False)
    order_line = serializers.UUIDField(
        required=False, help_text="Carries its order, its product and the warranty."
    )
    conversation = serializers.UUIDField(required=False)


class CaseChangeForm(StrictSerializer):
    """What becomes of a case; what is not named stays."""

    topic = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    priority = serializers.ChoiceField(
        choices=PRIORITIES, required=False, help_text="Another one promises another time."
    )
    assignee = serializers.UUIDField(required=False, help_text="Who goes on with it.")
    is_answered = serializers.BooleanField(
        required=False, help_text="true: the person was answered, which keeps the first promise."
    )
    state = serializers.ChoiceField(
        choices=SETTABLE, required=False,
        help_text="`waiting` for the customer stops the clock; `open` goes on, or takes a solved"
        " case up again; `solved` needs a solution.",
    )  # fmt: skip
    solution = text(4000, allow_null=False)
    article = serializers.UUIDField(
        required=False, help_text="The article that helped, where it is solved."
    )


class CallForm(StrictSerializer):
    """A phone call that took place."""

    contact = serializers.UUIDField()
    interaction = serializers.UUIDField(
        required=False,
        help_text="The call as it was prepared by `/api/v1/messages/`, or recorded before.",
    )
    direction = serializers.ChoiceField(
        choices=["in", "out"], required=False, help_text="Where no interaction is named."
    )
    called_at = MomentField()
    disposition = serializers.ChoiceField(choices=DISPOSITIONS)
    seconds = serializers.IntegerField(min_value=0, max_value=86_400, required=False)
    script = serializers.UUIDField(required=False)
    topic = text(300, allow_null=False)
    words = serializers.CharField(max_length=50_000, required=False, allow_blank=True)


class ArticleForm(StrictSerializer):
    """An article as it is begun; the other language of a pair has the same slug."""

    title = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000)
    language = serializers.ChoiceField(choices=list(LANGUAGES))
    audience = serializers.ChoiceField(choices=AUDIENCES, required=False)
    slug = serializers.SlugField(max_length=70, required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    product_code = serializers.CharField(max_length=80, required=False)
    written_by = serializers.CharField(max_length=150, help_text="Login name of who wrote it.")


class ArticleChangeForm(StrictSerializer):
    """The next draft of an article, or whether its draft is to be read by somebody else."""

    title = serializers.CharField(max_length=200, required=False)
    body = serializers.CharField(required=False, max_length=20_000)
    state = serializers.ChoiceField(
        choices=["draft", "review"], required=False,
        help_text="Publishing is done by another person, at the desk.",
    )  # fmt: skip
    written_by = serializers.CharField(max_length=150, help_text="Login name of who wrote it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a title without a text, and a text without a title."""
        if ("title" in attrs) != ("body" in attrs):
            wrong = detail(_("Say both title and body, or neither."), "both_or_neither")
            raise serializers.ValidationError({"body": [wrong]})
        return attrs
