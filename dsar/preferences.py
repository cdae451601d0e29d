"""What a person agrees to, on a page of their own: seen, given, refused, withdrawn (Art. 7).

Each purpose whose basis is consent has one switch a channel. Nothing is chosen before the person
chooses: a switch is on only where a consent stands. A save records what changed, with the words
that were shown. Withdrawing takes the steps that giving takes; leaving one purpose takes one.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dsar import labels
from dsar.errors import LinkEndedError, PreferencesChangedError
from dsar.links import Kind, Link, Wanted, issue
from governance.policy import consents
from governance.policy.actors import Actor, system
from governance.policy.consents import ASKING, Line, Mechanism
from governance.policy.vocabulary import Channel, ConsentState, Duty, LawfulBasis, Operation
from registry import activities, consent, notices
from registry.consent import Evidence, Said
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import ConsentEvent, DataSubject, Objection, PrivacyNotice, Purpose
from registry.suppression import Door

BY: dict[Channel, Promise] = {
    Channel.EMAIL: _("by e-mail"),
    Channel.SMS: _("by SMS"),
    Channel.PHONE: _("by phone"),
    Channel.WHATSAPP: _("by WhatsApp"),
    Channel.POST: _("by post"),
    Channel.CHAT: _("by chat"),
    Channel.IN_PERSON: _("in person"),
    Channel.SOCIAL: _("on social media"),
    Channel.WEB: _("on web pages"),
}
OFFERED = (Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.POST)
"""Channels that a person can open by themselves; another is shown where they were asked on it."""
ONCE = Channel.WEB
"""On what a purpose is agreed to for which nothing is sent: one switch, for it has no channels."""


# What the page shows


@dataclass(frozen=True, slots=True)
class Switch:
    """One purpose on one channel.

    Attributes
    ----------
    line : the line of the ledger that stands, or None
    event : the stored line, with what was said
    sends : whether the purpose reaches people by a channel
    """

    purpose: Purpose
    channel: Channel
    line: Line | None
    event: ConsentEvent | None
    today: date
    sends: bool = True

    @property
    def name(self) -> str:
        """How the form names it."""
        return f"{self.purpose.key}:{self.channel}"

    @property
    def label(self) -> Promise:
        """The words beside the box."""
        return BY[self.channel] if self.sends or self.channel is not ONCE else _("yes")

    @property
    def state(self) -> ConsentState:
        """What stands today."""
        return consents.state_on(self.line, self.today)

    @property
    def is_on(self) -> bool:
        """Whether consent stands."""
        return self.state is ConsentState.GIVEN

    @property
    def words(self) -> str:
        """When and how the person decided, in words; "" where they have not."""
        if self.event is None:
            return ""
        return gettext("%(state)s on %(day)s, %(how)s") % {
            "state": labels.word(labels.CONSENT_STATES, self.state),
            "day": date_format(timezone.localdate(self.event.at), "j F Y"),
            "how": labels.word(labels.MECHANISMS, self.event.method),
        }

    def statement(self, *, is_on: bool) -> str:
        """Return the words that were shown, with the box as it was left."""
        box = "[x]" if is_on else "[ ]"
        return f"{text_of(self.purpose)}. {gettext('I agree to this:')} {box} {self.label}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One purpose with its switches."""

    purpose: Purpose
    switches: list[Switch]

    @property
    def text(self) -> str:
        """The purpose in the language of the page."""
        return text_of(self.purpose)


@dataclass(frozen=True)
class Preferences:
    """What one person can choose, in the active language."""

    choices: list[Choice]
    notice: PrivacyNotice | None

    @property
    def switches(self) -> list[Switch]:
        """Every switch of the page."""
        return [switch for choice in self.choices for switch in choice.switches]

    @property
    def digest(self) -> str:
        """A hash of all words shown: a save that was shown other words is not taken."""
        words = [switch.statement(is_on=False) for switch in self.switches]
        words.append(self.notice.digest if self.notice else "")
        return sha256("\n".join(words).encode()).hexdigest()


def text_of(purpose: Purpose) -> str:
    """Return a purpose in plain words, in the language of the page."""
    return purpose.text_it if _language() == "it" else purpose.text_en


def purpose_of(link: Link) -> Purpose:
    """Return the purpose a link is about.

    Raises
    ------
    LinkEndedError
        it is about all of them
    """
    if link.purpose is None:
        raise LinkEndedError
    return Purpose.objects.get(pk=link.purpose)


def read(link: Link, *, now: datetime) -> Preferences:
    """Return what a person can choose and has chosen; for their own link of preferences."""
    with opened(link, now=now) as access:
        return _preferences(access, link.subject)


def _preferences(access: Access, subject: UUID) -> Preferences:
    today = timezone.localdate(access.now)
    kind = DataSubject.objects.values_list("kind", flat=True).get(pk=subject)
    events: dict[tuple[UUID, str], list[ConsentEvent]] = {}
    for event in access.rows(ConsentEvent).filter(subject=subject):
        events.setdefault((event.purpose_id, event.channel), []).append(event)
    choices = []
    for version in activities.all_in_force(access.controller, at=access.now):
        purpose = version.activity.purpose
        if version.basis != LawfulBasis.CONSENT or kind not in version.subject_kinds:
            continue
        asked = {channel for key, channel in events if key == purpose.pk}
        sends = Operation.SEND in version.operations
        offered = OFFERED if sends else (ONCE,)
        switches = [
            _switch(purpose, c, events.get((purpose.pk, c), []), today, sends=sends)
            for c in BY
            if c in offered or c in asked
        ]
        choices.append(Choice(purpose, switches))
    return Preferences(choices, notices.in_force(access.controller, _language()))


def _switch(
    purpose: Purpose,
    channel: Channel,
    history: list[ConsentEvent],
    today: date,
    *,
    sends: bool = True,
) -> Switch:
    line = consents.standing(map(consent.line_of, history))
    event = next((one for one in history if line and one.pk == line.id), None)
    return Switch(purpose, channel, line, event, today, sends)


# What a person says


def _one_at_a_time(link: Link) -> None:
    """Let whoever else decides for this person wait for our commit, before what stands is read."""
    DataSubject.objects.select_for_update(no_key=True).get(pk=link.subject)


def save(link: Link, wanted: Collection[str], *, shown: str, now: datetime) -> int:
    """Record what a person changed; return how many switches.

    Arguments
    ---------
    wanted : names of the switches that are on; an empty collection refuses everything
    shown : the digest of the words they were shown

    Raises
    ------
    PreferencesChangedError
        other words would be recorded than were shown
    """
    with opened(link, now=now) as access:
        _one_at_a_time(link)
        page = _preferences(access, link.subject)
        if page.digest != shown:
            raise PreferencesChangedError
        return _record(access, link.subject, page, _changed(page.switches, wanted))


def refuse_all(link: Link, *, shown: str, now: datetime) -> int:
    """Refuse every purpose on every channel, also those nobody asked about yet."""
    with opened(link, now=now) as access:
        _one_at_a_time(link)
        page = _preferences(access, link.subject)
        if page.digest != shown:
            raise PreferencesChangedError
        ending = [(s, _ended(s)) for s in page.switches if s.is_on or _is_open(s)]
        return _record(access, link.subject, page, ending)


def _is_open(switch: Switch) -> bool:
    """Whether nobody has decided about it."""
    return switch.line is None or switch.line.state in ASKING


def _ended(switch: Switch) -> ConsentState:
    return ConsentState.WITHDRAWN if switch.is_on else ConsentState.REFUSED


def _changed(
    switches: Iterable[Switch], wanted: Collection[str]
) -> Iterator[tuple[Switch, ConsentState]]:
    for switch in switches:
        if switch.name in wanted:
            if not switch.is_on:
                yield switch, ConsentState.GIVEN
        elif switch.is_on or (switch.line and switch.line.state in ASKING):
            yield switch, _ended(switch)  # asked before, and not agreed to now


def _record(
    access: Access,
    subject: UUID,
    page: Preferences,
    changes: Iterable[tuple[Switch, ConsentState]],
) -> int:
    """Write one line for each change, with the words of its own switch."""
    number = 0
    for switch, state in changes:
        how = Evidence(
            access.now, Mechanism.PREFERENCES,
            switch.statement(is_on=state is ConsentState.GIVEN), page.notice, door=Door.PERSON,
        )  # fmt: skip
        consent.record_all(access, [Said(subject, switch.purpose, switch.channel, state)], how)
        number += 1
    return number


# One purpose, one step


def leave(link: Link, *, one_click: bool, now: datetime) -> None:
    """End one purpose on one channel; all that a link to unsubscribe can do.

    Where its basis is not consent, the person objects to it (Art. 21(2)). Leaving twice is
    leaving once.
    """
    with opened(link, now=now) as access:
        _one_at_a_time(link)
        purpose = purpose_of(link)
        in_force = activities.in_force(access.controller, purpose.key, at=now)
        if in_force and in_force.terms.basis is not LawfulBasis.CONSENT:
            _object(access, link.subject, purpose)
            return
        history = access.rows(ConsentEvent).filter(
            subject=link.subject, purpose=purpose, channel=link.channel
        )
        today = timezone.localdate(now)
        switch = _switch(purpose, Channel(link.channel), list(history), today)
        if not switch.is_on and not _is_open(switch):
            return
        method = Mechanism.ONE_CLICK if one_click else Mechanism.PREFERENCES
        how = Evidence(now, method, door=Door.PERSON)
        said = Said(link.subject, purpose, switch.channel, _ended(switch))
        consent.record_all(access, [said], how)


def _object(access: Access, subject: UUID, purpose: Purpose) -> None:
    objecting = Objection.objects.filter(
        subject=subject, purpose=purpose, channel="", overruled_at__isnull=True
    )
    if not objecting.exists():
        consent.object_to(access, subject=subject, at=access.now, purpose=purpose)


@dataclass(frozen=True, slots=True)
class Question:
    """One consent that was asked for and waits for a yes at the address."""

    purpose: Purpose
    channel: Channel
    statement: str
    is_answered: bool


def ask(access: Access, said: Said, how: Evidence, *, until: date) -> tuple[ConsentEvent, str]:
    """Ask for a consent, and return the line with the token by which the person confirms it.

    Arguments
    ---------
    said : whose, for what; its state is not asked
    how : the words they were shown, and where
    until : last day on which the link works
    """
    asking = Said(said.subject, said.purpose, said.channel, ConsentState.REQUESTED)
    event = consent.record_all(access, [asking], how)[0]
    wanted = Wanted(
        said.subject, Kind.CONFIRM, said.purpose, said.channel, asked=event.pk, expires_on=until
    )
    return event, issue(access, [wanted])[0]


def question(link: Link, *, now: datetime) -> Question:
    """Return what a link asks to confirm; looking changes nothing."""
    with opened(link, now=now) as access:
        asked = _asked(access, link)
        answered = access.rows(ConsentEvent).filter(previous=asked.pk, subject=link.subject)
        return Question(
            asked.purpose, Channel(asked.channel), asked.statement or "", answered.exists()
        )


def confirm(link: Link, *, now: datetime) -> None:
    """Give the consent that was asked for; confirming twice is confirming once."""
    with opened(link, now=now) as access:
        _one_at_a_time(link)
        asked = _asked(access, link)
        if access.rows(ConsentEvent).filter(previous=asked.pk, subject=link.subject).exists():
            return
        how = Evidence(
            now, Mechanism.DOUBLE_OPT_IN, asked.statement or "",
            _notice_of(access, asked), door=Door.PERSON, asked=asked.pk,
        )  # fmt: skip
        said = Said(link.subject, asked.purpose, Channel(asked.channel), ConsentState.GIVEN)
        consent.record_all(access, [said], how)


def _asked(access: Access, link: Link) -> ConsentEvent:
    if link.asked is None:
        raise LinkEndedError
    rows = access.rows(ConsentEvent).select_related("purpose")
    found = rows.filter(pk=link.asked, subject=link.subject).first()
    if found is None:
        raise LinkEndedError
    return found


def _notice_of(access: Access, event: ConsentEvent) -> PrivacyNotice | None:
    return PrivacyNotice.objects.filter(
        controller=access.controller, digest=event.notice_digest
    ).first()


def opened(link: Link, *, now: datetime) -> AbstractContextManager[Access]:
    """Open an access to one person for their own link: the duty to answer them."""
    actor: Actor = system(link.controller)
    return gate.duty(actor, Duty.ANSWERING, subjects=link.subject, reference=link.id, now=now)


def _language() -> str:
    return "en" if (get_language() or "it").startswith("en") else "it"
