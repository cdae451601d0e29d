"""Conversations: the list, one with all that was said, notes, what becomes of it, and messages."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination
from api.errors import BadInputError
from api.idempotency import once
from api.purposes import asked
from api.v1 import conversation_forms as forms
from api.v1 import documents, filters, shapes, subjects
from api.v1.base import (
    ApiView,
    created,
    idempotency_key,
    listed,
    path_of,
    reading,
    require_one,
    taken,
)
from api.v1.schema import operation
from api.v1.windows import Window
from crm.conversations import operations, outgoing, queries
from crm.conversations.outgoing import Letter
from crm.models import Conversation, Queue
from crm.models.conversations import NETWORKS, STATES
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Operation, Priority
from registry.gate.access import Access

NARROWED = (
    filters.of_words("state", STATES, "Where it stands; those not closed without it."),
    filters.of_words("channel", Channel, "On which it began."),
    filters.of_id("assignee", "Who answers it."),
    OpenApiParameter("queue", str, description="Key of the desk that answers it."),
)
PARAMETERS = (*pagination.PARAMETERS, *(one.name for one in NARROWED))


class ConversationsView(ApiView):
    """Conversations."""

    @operation(
        "conversations_list",
        "List conversations",
        answer=forms.ConversationPage,
        parameters=pagination.PARAMETERS,
        narrowed=NARROWED,
    )
    def get(self, request: Request) -> Response:
        """Return one page of conversations, the newest first; no closed ones, unless asked for."""
        question = asked(request, *PARAMETERS)
        page = self.page(request, question, parts=1)
        controller = question.actor.controller
        window = Window(queries.filtered(controller, _filters(request, controller)), page)
        with reading(question, Operation.LIST, subjects=window.people()) as access:
            access.require(Category.COMMUNICATIONS)
            rows, last = window.read(access)
            body = listed(
                forms.shown(access, rows.select_related("queue")),
                next_link=page.link(path_of("conversations"), question.purpose, last)
                if last
                else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, (Conversation,)),
            )
        return Response(body)


class ConversationView(ApiView):
    """One conversation."""

    @operation("conversations_retrieve", "Read a conversation", answer=forms.ConversationInFull)
    def get(self, request: Request, conversation: UUID) -> Response:
        """Return one conversation with what was said in it."""
        question = asked(request)
        people = subjects.of_row(Conversation, conversation)
        with reading(question, Operation.READ, subjects=people) as access:
            require_one(access)
            access.require(Category.COMMUNICATIONS)
            rows = list(access.rows(Conversation).filter(pk=conversation).select_related("queue"))
            said = queries.said_in(access, conversation)
            body = forms.shown(access, rows)[0] | {
                "interactions": shapes.interactions(access, said),
                "_withheld": shapes.withheld(access, (Conversation, *shapes.INTERACTION)),
            }
        return Response(body)

    @operation(
        "conversations_update",
        "Change a conversation",
        body=forms.ConversationChangeForm,
        answer=documents.Reference,
    )
    def patch(self, request: Request, conversation: UUID) -> Response:
        """Close, open again, put off, assign a conversation, or say how urgent it is."""
        question = asked(request)
        said = taken(forms.ConversationChangeForm, request)
        people = subjects.of_row(Conversation, conversation)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)
            _change(access, conversation, said)
        return Response({"id": conversation, "href": path_of("conversations", conversation)})


def _filters(request: Request, controller: UUID) -> queries.Filters:
    state, key = filters.one_of(request, "state", STATES), request.query_params.get("queue")
    queue = None
    if key is not None:
        queue = Queue.objects.filter(controller=controller, key=key.replace("\x00", "")).first()
        if queue is None:
            raise BadInputError("#/queue", "unknown_word", _("This word is not known here."))
    return queries.Filters(
        states=frozenset({state}) if state else queries.Filters().states,
        queue=queue.pk if queue else None,
        channel=filters.word(request, "channel", Channel),
        assignee=filters.identifier(request, "assignee"),
    )


def _change(access: Access, conversation: UUID, said: dict[str, Any]) -> None:
    if "urgency" in said:
        if said["urgency"] not in list(Priority):
            raise BadInputError(
                "#/urgency", "unknown_urgency", _("Say urgent, high, normal or low.")
            )
        operations.prioritise(access, conversation, Priority(said["urgency"]))
    if "assignee" in said:
        operations.assign(access, conversation, to=said["assignee"])
    if "snoozed_until" in said:
        operations.snooze(access, conversation, until=said["snoozed_until"])
    if "is_closed" in said:
        change = operations.close if said["is_closed"] else operations.reopen
        change(access, conversation)


class NotesView(ApiView):
    """Notes of a conversation."""

    @operation(
        "conversations_notes_create",
        "Write a note for ourselves",
        body=forms.NoteForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request, conversation: UUID) -> Response:
        """Write a note that stays in the house; the person finds it in the copy of their data."""
        question = asked(request)
        said = taken(forms.NoteForm, request)
        key = idempotency_key(request, question)
        people = subjects.of_row(Conversation, conversation)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)

            def make() -> UUID:
                made: UUID = operations.note(access, conversation, body=said["body"]).pk
                return made

            written = once(key, make, now=question.now)
        href = path_of("conversations", conversation)
        return created(written, {"id": written.resource, "href": href})


class MessagesView(ApiView):
    """Messages to contacts."""

    @operation(
        "messages_create",
        "Send a message to a contact",
        body=forms.MessageForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Ask the gate for purpose and channel; what it allows goes out, or waits for a person."""
        question = asked(request)
        said = taken(forms.MessageForm, request)
        key = idempotency_key(request, question)
        subject, conversation = said.pop("contact"), said.pop("conversation", None)
        letter = Letter(**{**said, "channel": Channel(said["channel"])})
        if bool(letter.network) != (letter.channel is Channel.SOCIAL) or (
            letter.network and letter.network not in NETWORKS
        ):
            raise BadInputError(
                "#/network", "unknown_network", _("Say x, instagram or facebook for `social`.")
            )
        with outgoing.asked(
            question.actor, subject, letter, purpose=question.purpose, now=question.now
        ) as access:

            def make() -> UUID:
                message = outgoing.compose(
                    access, subject, letter, purpose=question.purpose, conversation=conversation
                )
                made: UUID = message.pk
                return made

            written = once(key, make, now=question.now)
        href = f"{path_of('contacts', subject)}interactions/"
        return created(written, {"id": written.resource, "href": href})
