"""Contacts: list, search, read, create, change. The id of a contact is that of the data subject."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination, versions
from api.errors import BadInputError, NotHeldError
from api.idempotency import Key, Written, once
from api.pagination import Page
from api.purposes import Asked, asked
from api.v1 import documents, forms, shapes, subjects
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
from crm.models import Contact, ContactPoint
from governance.policy.notifications import Telling
from governance.policy.vocabulary import Operation, SubjectKind
from registry import consent, returns, search, suppression
from registry.datamap import Lookup
from registry.gate.access import Access
from registry.gate.reading import rows_of
from registry.models import DataSource, PrivacyNotice
from registry.notices import Told
from registry.suppression import Door, Verdict

NOT_USABLE = "not_usable"


class ContactsView(ApiView):
    """All contacts that the purpose reaches, and new ones."""

    @operation(
        "contacts_list",
        "List contacts",
        answer=documents.ContactPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Return one page of contacts, by id. Who may not be used is counted in `excluded`."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=1)
        people = subjects.after(page)
        with reading(question, Operation.LIST, subjects=people[: page.size]) as access:
            items, last = _page_of(access, people, page)
            body = listed(
                items,
                next_link=page.link(path_of("contacts"), question.purpose, last) if last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, shapes.CONTACT),
            )
        return Response(body)

    @operation(
        "contacts_create",
        "Create a contact",
        body=forms.NewContactForm,
        answer=documents.CreatedContact,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Record a new person with their addresses, under a source of the register."""
        question = asked(request)
        said = taken(forms.NewContactForm, request)
        key = idempotency_key(request, question)
        with (
            asking_the_dpo(question),
            reading(question, Operation.CREATE, subjects=None) as access,
        ):
            source = _source(access, said["source"])
            written = _write(access, said, source, key)
        is_trusted = source.from_subject or source.verified_at is not None
        body = {
            "id": written.resource,
            "href": path_of("contacts", written.resource),
            "is_quarantined": not is_trusted,
        }
        return created(written, body)


class ContactSearchView(ApiView):
    """Finding people; the words come in the body, for addresses end up in logs."""

    @operation(
        "contacts_search",
        "Search contacts",
        body=forms.SearchForm,
        answer=documents.FoundContacts,
    )
    def post(self, request: Request) -> Response:
        """Return the contacts meant by an e-mail, a phone, a code, a number or names."""
        question = asked(request)
        said = taken(forms.SearchForm, request)
        text: str = said["q"]
        subjects.check_text(text)
        # Without the words: a hash of them in a cursor would be a way to guess them.
        page = pagination.page(
            size=said["page_size"], cursor=said["cursor"], place=self.place(question), parts=1
        )
        people = subjects.meant_by(question.actor.controller, text, page)
        with reading(question, Operation.SEARCH, subjects=people[: page.size]) as access:
            access.require(search.category_of(text))
            items, last = _page_of(access, people, page)
            body = listed(
                items,
                next_link=None,
                excluded=_without_reasons(access),
                withheld=shapes.withheld(access, shapes.CONTACT),
            ) | {"next_cursor": page.cursor(last) if last else None}
        return Response(body)


def _without_reasons(access: Access) -> dict[str, int]:
    """Return how many a search may not show: one exact address must not tell one's standing.

    Whoever needs the reason asks why, which names the person in the log.
    """
    number = access.excluded.total()
    return {NOT_USABLE: number} if number else {}


class ContactView(ApiView):
    """One contact."""

    @operation("contacts_retrieve", "Read a contact", answer=documents.Contact)
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one contact with the fields that the purpose may see."""
        question = asked(request)
        with reading(question, Operation.READ, subjects=contact) as access:
            files = {item["id"]: item for item in shapes.contacts(access)}
            if contact not in files:
                raise NotHeldError
            body = files.pop(contact) | {
                "same_person": list(files.values()),
                "_withheld": shapes.withheld(access, shapes.CONTACT),
            }
        return Response(body, headers={"ETag": versions.tag(body["version"])})

    @operation(
        "contacts_update",
        "Change a contact",
        body=forms.ContactChangeForm,
        answer=documents.Reference,
        is_conditional=True,
    )
    def patch(self, request: Request, contact: UUID) -> Response:
        """Change what the body names. The answer repeats nothing: read what you need."""
        question = asked(request)
        tags = versions.named(request)
        said = taken(forms.ContactChangeForm, request)
        with (
            asking_the_dpo(question),
            reading(question, Operation.UPDATE, subjects=contact) as access,
        ):
            row = access.rows(Contact).select_for_update().first()
            if row is None:
                raise NotHeldError
            versions.require(tags, [*rows_of(access, Contact), *rows_of(access, ContactPoint)])
            evidence = said.pop("evidence", None)
            if said:
                ask_memory(access, row.source, said, [], subject=contact)
                crm.update_contact(access, row, said)
            _qualify(access, contact, evidence)
        return Response({"id": contact, "href": path_of("contacts", contact)})


def _page_of(
    access: Access, people: Any, page: Page
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the contacts of a page, and the position after it if more follow."""
    ids = list(people[: page.size + 1])
    items = shapes.contacts(access, ids[: page.size])
    last = (str(ids[page.size - 1]),) if len(ids) > page.size else ()
    return items, last


def _source(access: Access, name: str) -> DataSource:
    source = DataSource.objects.filter(controller=access.controller, name=name).first()
    if source is None:
        raise BadInputError(
            "#/source", "unknown_source", _("The register has no source of this name.")
        )
    return source


def _write(access: Access, said: dict[str, Any], source: DataSource, key: Key | None) -> Written:
    apart = {"kind", "source", "points", "evidence", "confirmed_at", "notice"}
    fields = {n: v for n, v in said.items() if n not in apart}
    points = said.get("points", [])
    new = crm.NewContact(fields, points, SubjectKind(said["kind"]))
    told = _told(access, source, said.get("notice"))
    door = Door.SYNC
    if source.from_subject and "confirmed_at" in said:
        door = Door.PERSON

    def make() -> UUID:
        objected_on = ask_memory(access, source, fields, points, door=door)
        contact = crm.create_contact(access, new, source=source, told=told)
        if objected_on:
            at = datetime.combine(objected_on, time.min, tzinfo=UTC)
            consent.object_all(access, [contact.subject_id], at=at, source=source)
        _qualify(access, contact.subject_id, said.get("evidence"))
        made: UUID = contact.subject_id
        return made

    return once(key, make, now=access.now)


def _told(access: Access, source: DataSource, said: dict[str, Any] | None) -> Told | None:
    """Return the notice that was given; what a person gives is not taken without one (Art. 13)."""
    approved = PrivacyNotice.objects.filter(controller=access.controller, approved_at__isnull=False)
    if said is None:
        if source.from_subject and approved.exists():
            raise BadInputError(
                "#/notice", "notice_missing", _("Say which privacy notice the person was given.")
            )
        return None
    notice = approved.filter(number=said["version"], language=said["language"]).first()
    if notice is None:
        raise BadInputError(
            "#/notice/version", "unknown_notice", _("There is no approved notice of this version.")
        )
    return Told(notice, said["at"], Telling(said["how"]))


def ask_memory(
    access: Access,
    source: DataSource | None,
    fields: dict[str, Any],
    points: list[dict[str, Any]],
    *,
    door: Door = Door.SYNC,
    subject: UUID | None = None,
) -> date | None:
    """Let nobody but the person bring back who asked to be forgotten (Art. 17, 21(3)).

    Returns the day of an objection that is remembered for one of the addresses.
    """
    code = fields.get("fiscal_code")
    record = returns.Record(
        {
            Lookup.EMAIL: [point["email"] for point in points if "email" in point],
            Lookup.PHONE: [point["phone"] for point in points if "phone" in point],
            Lookup.FISCAL_CODE: [code] if code else [],
        },
        key=f"contact|{fields['external_id']}" if fields.get("external_id") else "",
        subject=subject,
    )
    desk = returns.Desk(access, door, source, [record])
    match desk.decide(record):
        case Verdict.QUESTION:
            raise returns.ContactSuppressedError(asked=desk.asked, source=source)
        case Verdict.FORGET:
            suppression.forget(access, record.said, why="came_back")
    return desk.memory.objected_on(record.said)


@contextmanager
def asking_the_dpo(question: Asked) -> Iterator[None]:
    """Ask the DPO about whom a call names, after the call itself was rolled back."""
    try:
        yield
    except returns.ContactSuppressedError as error:
        with transaction.atomic():
            returns.raise_questions(question.actor, error.source, error.asked, now=question.now)
        raise


def _qualify(access: Access, subject: UUID, evidence: dict[str, Any] | None) -> None:
    if evidence:
        consent.qualify(
            access, subject=subject, kind=evidence["kind"], at=evidence["at"],
            ended_on=evidence.get("ended_on"),
        )  # fmt: skip
