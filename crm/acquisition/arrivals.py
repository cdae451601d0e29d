"""Taking what somebody wrote into a public form (O2).

Whoever writes an address that is known learns nothing of it, and changes nothing of the person: a
message is added to their conversations, and a tick asks them at their own address. Somebody new is
recorded with their source, the notice they were shown, and the boxes that they ticked themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID

from django.db import transaction

from crm import operations as crm
from crm.acquisition.errors import FormNotFoundError
from crm.channels import adapter as channels
from crm.conversations import desks, incoming, outgoing
from crm.conversations.outgoing import Letter
from crm.models import WebForm
from governance.policy.acquisition import needs_confirmation
from governance.policy.actors import Actor, system
from governance.policy.consents import Mechanism
from governance.policy.notifications import Telling
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    Operation,
    SubjectKind,
)
from registry import consent, returns, search
from registry.consent import Evidence, Said
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSource, PrivacyNotice, Purpose
from registry.notices import Told
from registry.suppression import Door, Verdict

OF_CONTACT = ("given_name", "family_name", "company_name", "job_title")
LOOKUPS = {"email": Lookup.EMAIL, "phone": Lookup.PHONE}
Ask = Callable[[Access, Said, Evidence], Letter]
"""Records that a consent is asked for, and returns the words that ask the person."""


@unique
class Taken(StrEnum):
    """What became of it; the page says the same to all."""

    NEW = "new"
    KNOWN = "known"
    NOT_USED = "not_used"  # the purpose does not reach the person: they objected, or are restricted
    ASKED = "asked"  # the address asked to be forgotten: nothing is kept, the DPO is asked


@dataclass(frozen=True)
class Box:
    """A box that was ticked, with the words beside it."""

    purpose: str
    channel: Channel
    statement: str


@dataclass(frozen=True)
class Arrival:
    """What somebody wrote, and what they were shown.

    Attributes
    ----------
    said : by name of `governance.policy.acquisition.ASKED`; only what was filled in
    ticked : the boxes they ticked; none is ticked before
    notice : the version of the privacy notice on the page
    """

    said: Mapping[str, str]
    ticked: Sequence[Box] = ()
    notice: PrivacyNotice | None = None


@dataclass
class Result:
    """What became of an arrival: for whom, and the messages that ask what was ticked."""

    taken: Taken
    subject: UUID | None = None
    questions: list[UUID] = field(default_factory=list)


def take(form: WebForm, arrival: Arrival, *, ask: Ask, now: datetime) -> Result:
    """Record an arrival for the purpose of its form.

    Arguments
    ---------
    ask : asks for a consent, and returns the words that ask for it at the address
    """
    actor = system(form.controller_id)
    result = _of_known(actor, form, arrival, now=now) or _of_new(actor, form, arrival, now=now)
    if result.subject is not None and arrival.ticked:
        with gate.duty(
            actor, Duty.ANSWERING, subjects=result.subject, reference=form.pk, now=now
        ) as access:
            for box in arrival.ticked:
                _agree(access, form, arrival, box, result=result, ask=ask)
    return result


def _of_known(actor: Actor, form: WebForm, arrival: Arrival, *, now: datetime) -> Result | None:
    """Add the message to whom the address belongs; None where it belongs to nobody."""
    name = next(name for name in LOOKUPS if arrival.said.get(name))
    people = search.subjects_with(form.controller_id, LOOKUPS[name], arrival.said[name])
    with gate.open(actor, form.purpose.key, Operation.UPDATE, subjects=people, now=now) as access:
        if access.admitted:
            subject = min(access.admitted)  # the eldest of several files
            _message(access, form, arrival, subject)
            return Result(Taken.KNOWN, subject)
        if access.excluded:
            return Result(Taken.NOT_USED)
    return None


def _of_new(actor: Actor, form: WebForm, arrival: Arrival, *, now: datetime) -> Result:
    try:
        with gate.open(actor, form.purpose.key, Operation.CREATE, now=now) as access:
            subject = _create(access, form, arrival)
            _message(access, form, arrival, subject)
    except returns.ContactSuppressedError as error:
        with transaction.atomic():
            returns.raise_questions(actor, error.source, error.asked, now=now)
        return Result(Taken.ASKED)
    return Result(Taken.NEW, subject)


def _create(access: Access, form: WebForm, arrival: Arrival) -> UUID:
    sources = DataSource.objects.filter(controller=form.controller_id, from_subject=True)
    source = sources.order_by("name").first()
    if source is None:  # a register that names no people as its source takes nothing from them
        raise FormNotFoundError
    record = returns.Record(
        {lookup: [arrival.said[n]] for n, lookup in LOOKUPS.items() if arrival.said.get(n)}
    )
    # Nobody has shown yet that the address is theirs: it is no door of the person.
    desk = returns.Desk(access, Door.SYNC, source, [record])
    if desk.decide(record) is Verdict.QUESTION:
        raise returns.ContactSuppressedError(asked=desk.asked, source=source)
    points = [{"kind": n, n: arrival.said[n]} for n in LOOKUPS if arrival.said.get(n)]
    fields = {n: arrival.said[n] for n in OF_CONTACT if arrival.said.get(n)}
    told = Told(arrival.notice, access.now, Telling.FORM) if arrival.notice else None
    new = crm.NewContact(fields, points, SubjectKind.PROSPECT)
    subject: UUID = crm.create_contact(access, new, source=source, told=told).subject_id
    return subject


def _message(access: Access, form: WebForm, arrival: Arrival, subject: UUID) -> None:
    heard = channels.Arrival(
        channel=Channel.WEB,
        network="",
        sender=next(arrival.said[name] for name in LOOKUPS if arrival.said.get(name)),
        topic=form.title_it,
        body=arrival.said.get("message", ""),
        at=access.now,
    )
    incoming.join(access, heard, subject, purpose=form.purpose.key)


def _agree(
    access: Access, form: WebForm, arrival: Arrival, box: Box, *, result: Result, ask: Ask
) -> None:
    """Record one box that was ticked: as a question at the address, or as a consent."""
    purpose = Purpose.objects.get(controller=form.controller_id, key=box.purpose)
    subject = result.subject or UUID(int=0)
    how = Evidence(
        access.now, Mechanism.FORM, box.statement, arrival.notice, proof=f"form:{form.slug}"
    )
    if needs_confirmation(box.channel, is_known=result.taken is Taken.KNOWN):
        said = Said(subject, purpose, box.channel, ConsentState.REQUESTED)
        letter = ask(access, said, how)
        if address := arrival.said.get("email"):
            asked = replace(letter, channel=Channel.EMAIL, address=address, expects_answer=False)
            purpose_of_it = _answering_for(form, now=access.now)
            message = outgoing.compose(access, subject, asked, purpose=purpose_of_it)
            result.questions.append(message.pk)
        return
    consent.record_all(access, [Said(subject, purpose, box.channel, ConsentState.GIVEN)], how)


def _answering_for(form: WebForm, *, now: datetime) -> str:
    """Return for which purpose a question is asked: to ask for a consent needs none before it."""
    if form.purpose.is_marketing:
        return desks.of(form.controller_id, Channel.EMAIL, now=now).purpose
    return form.purpose.key
