"""The words of the section that says who asks."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.identity import Assurance, Behalf, Block, Capacity, Means, Signal

LEVELS: dict[Assurance, Promise] = {
    Assurance.NONE: _("Nothing shows yet who asks"),
    Assurance.KNOWN: _("One sign: a way to reach them that we knew"),
    Assurance.TWICE: _("Two signs that do not depend on one another"),
    Assurance.DECIDED: _("A person on our side looked and decided"),
}
MEANS: dict[Means, Promise] = {
    Means.KNOWN_CONTACT: _("They answered from the address we hold"),
    Means.ACCOUNT: _("They asked from an account they are logged in to"),
    Means.CODE: _("A code sent to the address we hold came back"),
    Means.CALLED_BACK: _("We rang the number we hold, and they answered"),
    Means.DOCUMENT: _("A document was seen; no copy is kept"),
    Means.IN_PERSON: _("They came in person"),
    Means.DECISION: _("We decided, with a reason"),
}
SIGNALS: dict[Signal, Promise] = {
    Signal.CONTACT_CHANGED: _("A contact detail changed within the last 30 days."),
    Signal.NEW_ADDRESS: _("The answer would go to an address that is not theirs in our data."),
    Signal.LOOK_ALIKE: _("The address looks like theirs and is another: read it sign by sign."),
    Signal.MAILBOX_LOST: _("Mail to their address came back: it may be somebody else's by now."),
    Signal.LEFT_COMPANY: _("They left the company whose mailbox it is."),
    Signal.REPRESENTED: _("Somebody asks for another person."),
    Signal.MINOR: _("They are under 18: somebody judges whether they understand what they ask."),
    Signal.DECEASED: _("The person has died."),
    Signal.CODES_FAILED: _("Wrong codes were entered again and again."),
    Signal.PRESSURE: _(
        "Data were asked for before we knew who asks: the word of who tried counts no more."
    ),
}
BLOCKS: dict[Block, Promise] = {
    Block.NOT_SHOWN: _("It is not shown that whoever asks may act for the person."),
    Block.EXPIRED: _("The mandate has ended."),
    Block.CHILD_DECIDES: _("At this age the person decides alone; nobody does it for them."),
    Block.FORBIDDEN: _("The person forbade others to use this right after their death."),
    Block.DEAD: _("The person has died, as we know, so somebody else asks."),
}
BEHALF: dict[Behalf, Promise] = {
    Behalf.SELF: _("For themselves"),
    Behalf.CHILD: _("For a child of theirs"),
    Behalf.WARD: _("For a person under their guardianship"),
    Behalf.MANDATE: _("By mandate: lawyer, agent, association"),
    Behalf.DECEASED: _("For a person who has died"),
    Behalf.COMPANY_CONTACT: _("For themselves, as the contact of a company"),
}
CAPACITIES: dict[Capacity, Promise] = {
    Capacity.OWN_INTEREST: _("An interest of their own"),
    Capacity.PROTECTION: _("To protect the person who died, as their agent"),
    Capacity.FAMILY: _("Family reasons worth protecting"),
    Capacity.DEFENCE: _("To defend a right in court, or rights of property from the death"),
}
REPRESENTATION: dict[str, Promise] = {
    "claimed": _("said, and not shown yet"),
    "verified": _("shown, with what was seen"),
    "not_verified": _("not shown: the answer goes to the person"),
}
DOCUMENTS: dict[str, Promise] = {
    "identity": _("Document of identity"),
    "mandate": _("Mandate or power of attorney"),
    "certificate": _("Certificate of family or of death, court order"),
    "other": _("Other"),
}
