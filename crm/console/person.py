"""The page of one person: who they are, how they may be written to, and what happened.

Opening it is an access for the chosen purpose, whose entry names role, purpose and fields.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import history, masks, words
from crm.console.desk import Desk, page
from crm.models import Contact, ContactPoint
from crm.offers import ranking
from crm.people import conflicts
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Operation
from registry import labels
from registry.gate import permissions
from registry.gate.access import Access
from registry.gate.errors import REFUSALS
from registry.gate.permissions import Permission

CHANNELS = (Channel.EMAIL, Channel.PHONE, Channel.SMS, Channel.WHATSAPP, Channel.POST)
PLAIN = ("external_id", "company_name", "job_title", "language", "interests", "note")


@dataclass(frozen=True)
class Chip:
    """A permission in words.

    Attributes
    ----------
    channel : "" where it does not matter
    word, icon : how it stands
    why, advice, article : what is in the way and what to do, where something is
    """

    channel: str
    word: str | Promise
    icon: str
    why: str | Promise
    advice: str | Promise
    article: str
    permission: Permission


@page(Operation.READ, about="person", refused="console/closed.html")
def person(desk: Desk, person: UUID) -> HttpResponse:
    """Show one person."""
    access = desk.access
    granted = access.categories
    access.forgo(masks.COVERED)
    contact = access.rows(Contact).filter(subject=person).first()
    if contact is None:
        raise Http404
    kind = desk.request.GET.get("show", "")
    asked = desk.request.GET
    before = history.position(asked.get("before", ""), asked.get("row", ""))
    context = {
        **about(desk, contact),
        "covered": [
            (category.value, labels.text(Category, category))
            for category in masks.covered(contact, granted=granted)
        ],
        "history": history.of(access, kind=kind, before=before),
        "needs": _needs(access, person),
        "shown": kind,
        "earlier": before,
    }
    return desk.render("console/person.html", context)


def _needs(access: Access, person: UUID) -> list[tuple[str, list[str]]]:
    """Return what the person declared that they need, and the offers that answer it (ST11)."""
    return [
        (need, [labels.titled(one.title_it, one.title_en) for one in made])
        for need, made in ranking.needs(access, person)
    ]


def about(desk: Desk, contact: Contact) -> dict[str, Any]:
    """Return what stands at the top of a person, for every page that has one beside."""
    access = desk.access
    values = access.values(contact)
    stage, language = values.get("stage"), values.get("language")
    name = contact.full_name if Category.NAME in access.categories else ""
    points = _points(access, contact.subject_id)
    return {
        "title": name or _("Person without a name"),
        "person": contact.subject_id,
        "stage": words.said(words.STAGE, stage) if stage else "",
        "speaks": words.said(words.LANGUAGE, language) if language else "",
        "points": points,
        "kinds": {kind for kind, _told in points},
        "others": [
            (words.FIELD[one.name], one)
            for one in conflicts.others(access, contact.subject_id)
            if one.name in words.FIELD
        ],
        "facts": [(words.FIELD[n], values[n]) for n in PLAIN if values.get(n)],
        "chips": chips(access, contact.subject_id),
    }


def chips(access: Access, subject: UUID) -> list[Chip]:
    """Return how a person may be written to, a chip for each purpose and channel."""
    return [_chip(found) for found in permissions.of(access, subject, channels=CHANNELS)]


def _chip(found: Permission) -> Chip:
    word, icon = words.STANDING[found.standing]
    why, advice, article = REFUSALS[found.refusal] if found.refusal else ("", "", "")
    channel = labels.text(Channel, found.channel) if found.channel else ""
    return Chip(channel, word, icon, why, advice, article, found)


def _points(access: Access, subject: UUID) -> list[tuple[str, str]]:
    """Return the ways to reach a person: symbol and address."""
    rows = access.rows(ContactPoint).filter(subject=subject).order_by("-is_primary", "kind", "id")
    found = []
    for row in rows:
        values = access.values(row)
        names = ("email", "phone", "handle", "street", "postal_code", "city", "region", "country")
        told = ", ".join(str(values[name]) for name in names if values.get(name))
        if told:
            found.append((row.kind, told))
    return found
