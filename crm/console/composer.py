"""Writing to a person: channel and purpose first, and a refused channel is closed before typing.

What is closed says why, by which article, and for what the person may be written to instead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import person as people
from crm.console.desk import Desk, page
from crm.console.person import Chip
from crm.conversations import outgoing
from crm.models import Contact
from governance.policy.decisions import Refusal, decide_request
from governance.policy.vocabulary import Channel, Operation
from registry import activities, labels
from registry.gate import opening
from registry.gate.errors import REFUSALS

CHANNELS_OF = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.PHONE, Channel.SMS, Channel.WHATSAPP),
    "post": (Channel.POST,),
}
"""How a person can be reached by each kind of address."""
WORDS = 20_000


@dataclass(frozen=True)
class Option:
    """A channel or a purpose to choose; `is_open` where the other choice leaves it open."""

    key: str
    title: str
    is_chosen: bool
    is_open: bool


@dataclass(frozen=True)
class Composer:
    """What may be written, as chosen.

    Attributes
    ----------
    channels, purposes : what there is to choose
    why, advice, article : what closes it; "" where nothing does
    instead : purposes for which the person may be written to on the channel
    is_marketing : whether the words have to say how to refuse more of them
    """

    channels: list[Option]
    purposes: list[Option]
    channel: Channel | None
    purpose: str
    why: str | Promise = ""
    advice: str | Promise = ""
    article: str = ""
    instead: tuple[str, ...] = ()
    is_marketing: bool = False

    @property
    def has_topic(self) -> bool:
        """Whether a message on the channel has a subject line."""
        return self.channel in {Channel.EMAIL, Channel.POST}

    @property
    def is_open(self) -> bool:
        """Whether anything may be written."""
        return self.channel is not None and not self.why


def of(desk: Desk, chips: list[Chip], kinds: Collection[str], usual: str = "") -> Composer:
    """Return the composer for a person, as the address of the page says, or `usual` the channel."""
    asked = desk.request.POST if desk.request.method == "POST" else desk.request.GET
    mine = [chip for chip in chips if chip.permission.may_ask_why]
    reach = [c for kind, found in CHANNELS_OF.items() if kind in kinds for c in found]
    channel = _channel(asked.get("channel") or usual, reach)
    own = desk.purpose.key if desk.purpose else ""
    known = list(dict.fromkeys(chip.permission.purpose for chip in mine))
    purpose = next((p for p in (asked.get("for", ""), own, *known) if p in known), "")
    refusal = _refusal(desk, mine, purpose, channel)
    why, advice, article = REFUSALS[refusal] if refusal else ("", "", "")
    if not reach:
        why, advice = _("No address of this person is held."), _("Ask them for one first.")
    titles = {chip.permission.purpose: chip.permission.title for chip in mine}
    return Composer(
        [
            Option(c, labels.text(Channel, c), c is channel, not _refusal(desk, mine, purpose, c))
            for c in reach
        ],
        [
            Option(p, titles[p], p == purpose, not _refusal(desk, mine, p, channel))
            for p in known
        ],
        channel, purpose, why, advice, article,
        tuple(titles[p] for p in known if why and not _refusal(desk, mine, p, channel)),
        any(chip.permission.purpose == purpose and chip.channel for chip in mine),
    )  # fmt: skip


def _channel(word: str, reach: list[Channel]) -> Channel | None:
    """Return what was asked for, or the first there is."""
    return next((channel for channel in reach if channel == word), reach[0] if reach else None)


def _refusal(desk: Desk, mine: list[Chip], purpose: str, channel: Channel | None) -> Refusal | None:
    """Return what closes a purpose on a channel: the standing of the person, the hour, the role."""
    for chip in mine:
        found = chip.permission
        if found.purpose == purpose and found.channel in {None, channel}:
            return found.refusal or _of_request(desk, purpose, channel)
    return Refusal.NO_ACTIVE_ACTIVITY


def _of_request(desk: Desk, purpose: str, channel: Channel | None) -> Refusal | None:
    in_force = activities.in_force(desk.staff.controller_id, purpose, at=desk.now)
    if in_force is None:
        return Refusal.NO_ACTIVE_ACTIVITY
    request = opening.request_of(
        desk.actor, purpose, Operation.SEND, in_force, now=desk.now, channel=channel,
        offers_opt_out=True,
    )  # fmt: skip
    return decide_request(request, purpose_exists=True, activity=in_force.terms)


@page()
def write(desk: Desk, person: UUID) -> HttpResponse:
    """Begin a conversation with a person, or go on with the one that is named."""
    post = desk.request.POST
    if desk.request.method == "POST" and post.get("body", "").strip():
        message = outgoing.write(
            desk.actor, person, _letter(desk.request), purpose=post.get("for", ""),
            conversation=_id(post.get("conversation", "")), now=desk.now,
        )  # fmt: skip
        return redirect("desk:conversation", conversation=message.conversation_id)
    with desk.open(Operation.READ, subjects=person) as desk.access:
        contact = desk.access.rows(Contact).get(subject=person)
        context = people.about(desk, contact)
        composer = of(desk, context["chips"], context["kinds"])
        empty = _("Write something first.") if desk.request.method == "POST" else ""
        status = 422 if empty else 200
        return desk.render(
            "console/write.html", {**context, "composer": composer, "wrong": empty}, status=status
        )


def _letter(request: HttpRequest) -> outgoing.Letter:
    post = request.POST
    try:
        channel = Channel(post.get("channel", ""))
    except ValueError:
        channel = Channel.EMAIL
    return outgoing.Letter(
        channel=channel,
        body=post["body"][:WORDS],
        topic=post.get("topic", "")[:200],
        offers_opt_out="offers_opt_out" in post,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
