"""The link to a page of one's own: mailed to an address on file, and to nobody else (C6).

A worker does it, out of a sealed message; the page that took the address knows nothing of it and
says the same to all. Nothing is mailed where the address is not on file, is that of several
people, was added lately, came back, or is that of somebody who died: then it does not show whose
page it would be. One address has one mail a day.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.conversations import desks, outgoing, own_links
from crm.conversations.outgoing import Letter
from dsar import contact_points, links
from dsar.intake import Message
from dsar.links import Kind, Wanted
from dsar.models import Death, PreferenceLink
from governance.policy import identity
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty
from registry import search
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller

VALID_FOR = timedelta(days=1)  # beside the day on which it was asked for


def invite(controller: UUID, message: Message, now: datetime) -> None:
    """Mail the link that a sealed message asks for, where it may be mailed; once a day."""
    people = search.subjects_with(controller, Lookup.EMAIL, message.requester.email)
    with gate.duty(
        system(controller), Duty.ANSWERING, subjects=people, reference=controller, now=now
    ) as access:
        if access.admitted is not None and len(access.admitted) == 1:
            (person,) = access.admitted
            _invite(access, person, message)


def _invite(access: Access, person: UUID, message: Message) -> None:
    address = _usable(access, person, message.requester.email)
    until = timezone.localdate(access.now) + VALID_FOR
    sent = access.rows(PreferenceLink).filter(subject=person, kind=Kind.OWN, expires_on=until)
    if not address or sent.exists():
        return
    (token,) = links.issue(access, [Wanted(person, Kind.OWN, expires_on=until)])
    link = own_links.place(links.digest_of(token))
    with translation.override(message.language):
        letter = _letter(Controller.objects.get(pk=access.controller), address, link)
    purpose = desks.of(access.controller, Channel.EMAIL, now=access.now).purpose
    outgoing.compose(access, person, letter, purpose=purpose)


def _usable(access: Access, person: UUID, email: str) -> str:
    """Return the address as it is on file, where it shows that it is this person's; or ""."""
    wanted = contact_points.key_of(access.controller, Lookup.EMAIL, email)
    today = timezone.localdate(access.now)
    if access.rows(Death).filter(subject=person).exists():
        return ""
    return next(
        (
            held.value
            for held in contact_points.of(access, person)
            if held.point.key == wanted and identity.shows(held.point, today)
        ),
        "",
    )


def _letter(company: Controller, address: str, link: str) -> Letter:
    words = {"company": company.name, "link": link}
    body = _(
        "Somebody, perhaps you, asked for the page on which you see your orders, requests and"
        " messages with %(company)s. It is behind this link until tomorrow:\n\n%(link)s\n\n"
        "Give the link to nobody: whoever has it sees your page. If it was not you, do nothing."
    )
    topic = _("Your page at %(company)s") % words
    return Letter(Channel.EMAIL, body % words, topic, address=address, expects_answer=False)
