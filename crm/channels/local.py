"""Channels whose messages a person carries: phone, SMS, chat, networks, letter, in person.

No provider is connected, and none is pretended: what goes out waits for a member of staff, who
sends, posts or says it and notes that it is done. What comes in is keyed by hand at the desk, or
handed over by a provider's signed webhook, in one form for all:

    {"id": "…", "from": "+39 347 1234567", "name": "…", "text": "…",
     "at": "2026-11-23T10:00:00+01:00"}
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from crm.channels.adapter import BY_HAND, Adapter, Arrival, Outgoing
from crm.conversations.errors import ArrivalInvalidError
from governance.policy.vocabulary import Channel
from registry.datamap import Lookup

LONGEST = {"id": 250, "from": 254, "name": 200, "topic": 300, "text": 50_000, "campaign": 40}


class LocalAdapter(Adapter):
    """The base: read alike, and carried out by a person."""

    kind: ClassVar[str] = "message"

    def _deliver(self, message: Outgoing) -> str:  # noqa: ARG002 - nothing is done with it here
        return BY_HAND

    def _read(self, raw: Any, now: datetime) -> Arrival:
        if not isinstance(raw, dict):
            raise ArrivalInvalidError
        said = {name: _text(raw, name) for name in LONGEST}
        if not said["from"] or not (said["text"] or said["campaign"]):
            raise ArrivalInvalidError
        return Arrival(
            channel=self.channel, network=self.network, sender=said["from"], name=said["name"],
            topic=said["topic"], body=said["text"], at=min(_moment(raw.get("at"), now), now),
            external_id=said["id"], answers=_answers(raw.get("answers")),
            campaign=said["campaign"], kind=self.kind,
        )  # fmt: skip


class Web(LocalAdapter):
    """The form on our public page, with an e-mail address for the answer, which goes there."""

    channel, found_by, point_kind = Channel.WEB, Lookup.EMAIL, "email"


class Phone(LocalAdapter):
    """Calls, from a switchboard's webhook or keyed by hand."""

    channel, found_by, point_kind, kind = Channel.PHONE, Lookup.PHONE, "phone", "call"


class Sms(LocalAdapter):
    """Text messages."""

    channel, found_by, point_kind = Channel.SMS, Lookup.PHONE, "phone"


class WhatsApp(LocalAdapter):
    """WhatsApp: a person is known by the number."""

    channel, found_by, point_kind = Channel.WHATSAPP, Lookup.PHONE, "phone"


class Chat(LocalAdapter):
    """Chat on our pages: a person is known by what the session calls them."""

    channel = Channel.CHAT


class Letter(LocalAdapter):
    """Letters: a task to print and post; what came is keyed by hand."""

    channel, point_kind, kind = Channel.POST, "post", "letter"


class InPerson(LocalAdapter):
    """In the shop: what was said there, and vouchers that were handed in."""

    channel, found_by, point_kind, kind = Channel.IN_PERSON, Lookup.EMAIL, "email", "visit"


class X(LocalAdapter):
    """X, by the name there."""

    channel, network, point_kind = Channel.SOCIAL, "x", "social"


class Instagram(LocalAdapter):
    """Instagram, by the name there."""

    channel, network, point_kind = Channel.SOCIAL, "instagram", "social"


class Facebook(LocalAdapter):
    """Facebook, by the name there."""

    channel, network, point_kind = Channel.SOCIAL, "facebook", "social"


def _text(raw: dict[str, Any], name: str) -> str:
    said = raw.get(name, "")
    if not isinstance(said, str) or len(said) > LONGEST[name] or "\x00" in said:
        raise ArrivalInvalidError
    return said.strip() if name == "text" else " ".join(said.split())


def _moment(said: Any, now: datetime) -> datetime:
    if said is None:
        return now
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise ArrivalInvalidError from None
    if at.tzinfo is None:
        raise ArrivalInvalidError
    return at


def _answers(said: Any) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(str(one)) for one in (said or ()))
    except (TypeError, ValueError):
        raise ArrivalInvalidError from None
