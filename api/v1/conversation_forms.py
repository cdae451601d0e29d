"""What calls about conversations say, and what they are told."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from api.v1 import documents
from api.v1.fields import MomentField, StrictSerializer
from crm.models import Conversation
from governance.policy.vocabulary import Channel, Priority
from registry.gate.access import Access

PRIORITIES = tuple(Priority)
CHANNELS = [channel.value for channel in Channel]


class MessageForm(StrictSerializer):
    """One message to a contact; the gate is asked for the purpose of the call and the channel."""

    contact = serializers.UUIDField()
    conversation = serializers.UUIDField(
        required=False, help_text="The conversation it goes on with; without it one begins."
    )
    channel = serializers.ChoiceField(choices=CHANNELS)
    network = serializers.CharField(
        max_length=12, required=False, help_text="x, instagram or facebook, where it is `social`."
    )
    topic = serializers.CharField(max_length=250, required=False)
    body = serializers.CharField(max_length=50_000)
    campaign = serializers.SlugField(max_length=40, required=False)
    offers_opt_out = serializers.BooleanField(
        required=False, help_text="Its words let the person refuse further ones."
    )


class NoteForm(StrictSerializer):
    """A note among ourselves; who is named as @login is asked to look at it."""

    body = serializers.CharField(max_length=50_000)


class ConversationChangeForm(StrictSerializer):
    """What becomes of a conversation; what is not named stays."""

    is_closed = serializers.BooleanField(required=False)
    snoozed_until = MomentField(required=False)
    assignee = serializers.UUIDField(
        required=False, allow_null=True, help_text="null gives it to whose turn it is."
    )
    urgency = serializers.CharField(
        max_length=6, required=False, help_text="urgent, high, normal or low."
    )


class ListedConversation(serializers.Serializer[Any]):
    """A conversation, as far as the purpose may see it."""

    id = serializers.UUIDField()
    contact = serializers.UUIDField()
    reference = serializers.CharField(help_text="What a person can say or quote.")
    channel = serializers.ChoiceField(choices=CHANNELS, help_text="It began on.")
    network = serializers.CharField(allow_blank=True)
    state = serializers.CharField(help_text="open (it is our turn), waiting, snoozed or closed.")
    purpose = serializers.CharField()
    urgency = serializers.CharField()
    queue = serializers.CharField(allow_null=True)
    assignee = serializers.UUIDField(allow_null=True)
    first_response_due_at = serializers.DateTimeField(allow_null=True)
    resolution_due_at = serializers.DateTimeField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    language = serializers.CharField(required=False, allow_blank=True)
    opened_at = serializers.DateTimeField(required=False)
    waiting_since = serializers.DateTimeField(required=False, allow_null=True)
    first_answered_at = serializers.DateTimeField(required=False, allow_null=True)
    closed_at = serializers.DateTimeField(required=False, allow_null=True)
    closed_on = serializers.DateField(required=False, allow_null=True)
    topic = serializers.CharField(required=False, allow_null=True)


ConversationPage = documents.page_of(ListedConversation, "ConversationPage")
ConversationInFull = documents.named(
    type(
        "ConversationInFull",
        (ListedConversation,),
        {
            "__doc__": "A conversation with all that was said in it, the oldest first.",
            "interactions": documents.Interaction(many=True),
        },
    )
)


def shown(access: Access, rows: Iterable[Conversation]) -> list[dict[str, Any]]:
    """Return conversations, in the order given."""
    return [
        {
            "id": row.pk,
            "contact": row.subject_id,
            "reference": row.reference,
            "channel": row.channel,
            "network": row.network,
            "state": row.state,
            "purpose": row.purpose,
            "urgency": PRIORITIES[row.priority - 1],
            "queue": row.queue.key if row.queue else None,
            "assignee": row.assignee_id,
            "first_response_due_at": row.first_response_due_at,
            "resolution_due_at": row.resolution_due_at,
            "snoozed_until": row.snoozed_until,
            **access.values(row),
        }
        for row in rows
    ]
