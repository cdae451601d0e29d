"""What was said with one contact, what happened in order of time, and new interactions."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination
from api.idempotency import once
from api.purposes import asked
from api.v1 import documents, forms, histories, shapes
from api.v1.base import (
    ApiView,
    created,
    idempotency_key,
    listed,
    path_of,
    reading,
    taken,
)
from api.v1.schema import operation
from crm import operations as crm
from crm.people import timeline
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Operation


class InteractionsOfContactView(ApiView):
    """The interactions of one contact."""

    @operation(
        "contacts_interactions_list",
        "List the interactions of a contact",
        answer=documents.InteractionPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one page of interactions, newest first."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=2, about=str(contact))
        with reading(question, Operation.LIST, subjects=contact) as access:
            access.require(Category.COMMUNICATIONS)
            found = histories.interactions(access, page)
            path = f"{path_of('contacts', contact)}interactions/"
            body = listed(
                found.items,
                next_link=page.link(path, question.purpose, found.last) if found.last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, shapes.INTERACTION),
            )
        return Response(body)


class TimelineView(ApiView):
    """Whatever happened with one contact in one list."""

    @operation(
        "contacts_timeline_list",
        "Read the timeline of a contact",
        answer=documents.TimelinePage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one page of what happened, newest first; only kinds the purpose may see."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=2, about=str(contact))
        with reading(question, Operation.LIST, subjects=contact) as access:
            found = histories.timeline(access, page)
            path = f"{path_of('contacts', contact)}timeline/"
            body = listed(
                found.items,
                next_link=page.link(path, question.purpose, found.last) if found.last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, [kind.model for kind in timeline.KINDS]),
            )
        return Response(body)


class InteractionsView(ApiView):
    """New interactions."""

    @operation(
        "interactions_create",
        "Record an interaction",
        body=forms.NewInteractionForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Record one contact in or out; one from the person renews the time of retention."""
        question = asked(request)
        said = taken(forms.NewInteractionForm, request)
        key = idempotency_key(request, question)
        subject: UUID = said.pop("contact")
        channel = Channel(said.pop("channel"))
        said["kind"] = said.pop("what", "message")
        with reading(question, Operation.CREATE, subjects=subject) as access:

            def make() -> UUID:
                row = crm.record_interaction(
                    access, subject=subject, channel=channel, purpose=question.purpose, **said
                )
                made: UUID = row.pk
                return made

            written = once(key, make, now=question.now)
        href = f"{path_of('contacts', subject)}interactions/"
        return created(written, {"id": written.resource, "href": href})
