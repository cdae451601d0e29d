"""What a contact agreed to, and the links by which they say so themselves.

A connected system hands on what a person said on its own form, or asks for links to put into its
messages. Both answer to the person (Art. 7), so they need no consent to be there; the token still
has to act for the purpose, and within its categories. What a system hands on counts with a proof;
the surer way is the link, by which the person says it here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import purposes
from api.errors import BadInputError, NotHeldError
from api.idempotency import once
from api.purposes import Asked, asked
from api.v1 import documents, forms
from api.v1.base import ApiView, created, idempotency_key, path_of, taken
from api.v1.schema import operation
from dsar import links, preferences
from dsar.links import Kind, Wanted
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, SubjectStatus
from registry import consent
from registry.consent import Evidence, Said
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller, DataSubject, PrivacyNotice, Purpose
from registry.suppression import Door

NEEDED = frozenset({Category.CONSENT})


class ConsentsOfContactView(ApiView):
    """What one contact says about one purpose."""

    @operation(
        "contacts_consents_create",
        "Record what a contact said about the purpose",
        body=forms.ConsentForm,
        answer=documents.RecordedConsent,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request, contact: UUID) -> Response:
        """Add a line to the ledger. With `requested`, the answer has the link that confirms it."""
        question = asked(request)
        said = taken(forms.ConsentForm, request)
        key = idempotency_key(request, question)
        body: dict[str, Any] = {}
        with _answering(question, contact) as access:

            def make() -> UUID:
                line: UUID = _record(access, question, contact, said, body)
                return line

            written = once(key, make, now=question.now)
        href = f"{path_of('contacts', contact)}consents/"
        return created(written, {"id": written.resource, "href": href, **body})


class LinksOfContactView(ApiView):
    """Links for the messages to one contact."""

    @operation(
        "contacts_links_create",
        "Make the links of a message to a contact",
        body=forms.LinksForm,
        answer=documents.Links,
    )
    def post(self, request: Request, contact: UUID) -> Response:
        """Return the links to preferences and out of the purpose; the same ones every time."""
        question = asked(request)
        said = taken(forms.LinksForm, request)
        with _answering(question, contact) as access:
            until = timezone.localdate(question.now + links.VALID_FOR)
            out = Wanted(contact, Kind.UNSUBSCRIBE, _purpose(question), Channel(said["channel"]))
            own, leave = links.issue(access, [Wanted(contact, expires_on=until), out])
            company = Controller.objects.values_list("slug", flat=True).get(pk=access.controller)
        unsubscribe = links.address(links.Kind.UNSUBSCRIBE, company, leave)
        body = {
            "id": contact,
            "href": path_of("contacts", contact),
            "preferences": links.address(links.Kind.PREFERENCES, company, own),
            "expires_on": until,
            "unsubscribe": unsubscribe,
            "headers": {
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        }
        return Response(body)


@contextmanager
def _answering(question: Asked, contact: UUID) -> Iterator[Access]:
    """Open an access to answer one contact, if the token may act for the purpose."""
    purposes.require(question, Operation.READ, categories=NEEDED)
    actor = system(question.actor.controller)
    with gate.duty(
        actor, Duty.ANSWERING, subjects=contact, reference=contact, now=question.now
    ) as access:
        held = DataSubject.objects.filter(pk=contact, status=SubjectStatus.ACTIVE)
        if not held.exists():
            raise NotHeldError
        yield access


def _purpose(question: Asked) -> Purpose:
    return Purpose.objects.get(controller=question.actor.controller, key=question.purpose)


def _record(
    access: Access, question: Asked, contact: UUID, said: dict[str, Any], body: dict[str, Any]
) -> UUID:
    """Write the line, and put into `body` what the answer says of it."""
    told = Said(contact, _purpose(question), Channel(said["channel"]), ConsentState(said["state"]))
    how = Evidence(
        said["at"], said["method"], said.get("statement", ""), _notice(access, said.get("notice")),
        proof=said.get("proof", ""), expires_on=said.get("expires_on"), door=Door.SYNC,
        born_on=said.get("born_on"), guardian=said.get("guardian", ""),
    )  # fmt: skip
    if told.state is ConsentState.REQUESTED:
        until = timezone.localdate(question.now + links.VALID_FOR)
        line, token = preferences.ask(access, told, how, until=until)
        company = Controller.objects.values_list("slug", flat=True).get(pk=access.controller)
        body["confirm"] = links.address(links.Kind.CONFIRM, company, token)
    else:
        (line,) = consent.record_all(access, [told], how)
    body["state"] = line.state
    found: UUID = line.pk
    return found


def _notice(access: Access, said: dict[str, Any] | None) -> PrivacyNotice | None:
    if said is None:
        return None
    approved = PrivacyNotice.objects.filter(controller=access.controller, approved_at__isnull=False)
    found = approved.filter(number=said["version"], language=said["language"]).first()
    if found is None:
        raise BadInputError(
            "#/notice/version", "unknown_notice", _("There is no approved notice of this version.")
        )
    return found
