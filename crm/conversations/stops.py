"""STOP, on whatever channel: an objection to marketing by it, confirmed where it was said.

As easy as an answer of one word (Art. 7(3), 21(2)-(3)). It is the person's own word, needs no
identity, as nothing that only stops does, and changes nothing the second time. Messages about what
they asked for or ordered go on.
"""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from crm.channels.catalogue import adapter_for
from crm.models import Conversation, Interaction
from governance.policy import stopping
from governance.policy.consents import Mechanism
from governance.policy.vocabulary import Channel, ConsentState, LawfulBasis
from registry import consent
from registry.gate.access import Access
from registry.models import ConsentStanding, Controller, Objection
from registry.suppression import Door

PURPOSE = "duty:answering"
BY = {
    Channel.EMAIL: pgettext_lazy("by", "by e-mail"),
    Channel.PHONE: pgettext_lazy("by", "by phone"),
    Channel.SMS: pgettext_lazy("by", "by SMS"),
    Channel.WHATSAPP: pgettext_lazy("by", "by WhatsApp"),
    Channel.CHAT: pgettext_lazy("by", "by chat"),
    Channel.POST: pgettext_lazy("by", "by post"),
    Channel.IN_PERSON: pgettext_lazy("by", "in person"),
    Channel.SOCIAL: pgettext_lazy("by", "on social networks"),
    Channel.WEB: pgettext_lazy("by", "on our website"),
}


def says_stop(interaction: Interaction) -> bool:
    """Whether the words of an interaction from a person say stop."""
    return stopping.is_stop(interaction.body or "", interaction.topic or "")


def heed(access: Access, interaction: Interaction, conversation: Conversation) -> str:
    """Let what a person said take effect if it says stop; return what is said back, or ""."""
    if not says_stop(interaction):
        return ""
    channel = Channel(interaction.channel)
    is_new = stop(access, interaction.subject_id, channel, at=interaction.occurred_at)
    said = _words(access.controller, conversation.language, channel)
    if is_new:
        _confirm(access, interaction, conversation, said)
    return said


def stop(access: Access, subject: UUID, channel: Channel, *, at: datetime) -> bool:
    """Record that a person wants no marketing by a channel; say whether that is new."""
    objecting = Objection.objects.filter(
        subject=subject, to_marketing=True, channel__in=["", channel], at__lte=access.now
    )
    given = ConsentStanding.objects.filter(
        subject=subject, channel=channel, state=ConsentState.GIVEN, purpose__is_marketing=True
    )
    said = [
        consent.Said(subject, one.purpose, channel, ConsentState.WITHDRAWN)
        for one in given.select_related("purpose")
    ]
    if said:
        how = consent.Evidence(at, Mechanism.REQUEST, door=Door.PERSON)
        consent.record_all(access, said, how)
    is_new = not objecting.exists()
    if is_new:
        consent.object_all(access, [subject], at=at, channel=channel)
    return is_new or bool(said)


def _words(controller: UUID, language: str, channel: Channel) -> str:
    house = Controller.objects.values_list("name", flat=True).get(pk=controller)
    with translation.override(language or "it"):
        return _(
            "Done: %(house)s will not contact you %(by)s with offers any more. "
            "Messages about what you asked for or ordered may still come."
        ) % {"house": house, "by": BY[channel]}


def _answered_by(heard: Interaction) -> Channel:
    """Return the channel that reaches where a word came from: a page is left, an address stays."""
    if heard.channel != Channel.WEB:
        return Channel(heard.channel)
    return Channel.EMAIL if "@" in (heard.address or "") else Channel.PHONE


def _confirm(
    access: Access, heard: Interaction, conversation: Conversation, words: str
) -> Interaction:
    """Answer on the same channel, to the address it came from (Art. 12(3))."""
    channel = _answered_by(heard)
    state = "waiting" if adapter_for(channel, heard.network).is_machine else "by_hand"
    answer = Interaction(
        controller_id=access.controller, subject_id=heard.subject_id, conversation=conversation,
        collected_at=access.now, channel=channel, network=heard.network, direction="out",
        occurred_at=access.now, purpose=PURPOSE, activity=PURPOSE,
        basis=LawfulBasis.LEGAL_OBLIGATION, state=state,
        not_before=access.now if state == "waiting" else None,
    )  # fmt: skip
    answer.body, answer.address = words, heard.address
    if heard.topic:
        answer.topic = f"Re: {heard.topic}"[:300]
    answer.save()
    return answer
