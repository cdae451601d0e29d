"""What every channel can do, in the same words: hand a message over, and take one in.

Neither is possible without the interaction that says so (Art. 5(2)). `deliver` takes one that is
stored, goes out by this channel and is leased to the caller; `receive` files what it reads with a
function of the caller and returns only when that has stored an interaction.

A new channel is a class with `_deliver` and `_read`, listed in `crm.channels.catalogue`; the
contract suite in `tests/crm/test_channels.py` runs over the catalogue.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from crm.conversations.errors import InteractionMissingError
from crm.models import Interaction
from governance.policy.vocabulary import Channel
from registry.datamap import Lookup

BY_HAND = "by_hand"
"""What `deliver` answers where no machine does it: a person does, and says so."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in by a channel.

    Attributes
    ----------
    sender : address, number or name on the network, as the channel knows it
    external_id : the message's own id at its channel; "" where it has none
    answers : messages of ours that it answers, the newest first
    is_automatic : written by a machine: filed, and answered by none
    """

    channel: Channel
    network: str
    sender: str = field(repr=False)
    body: str = field(repr=False)
    at: datetime
    name: str = field(default="", repr=False)
    topic: str = field(default="", repr=False)
    external_id: str = ""
    answers: tuple[UUID, ...] = ()
    language: str = ""
    kind: str = "message"
    campaign: str = ""
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: its stored interaction, and what it says."""

    interaction: Interaction
    address: str = field(repr=False)
    topic: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filed:
    """The interaction that an arrival became."""

    interaction: UUID
    conversation: UUID
    subject: UUID
    is_new: bool = True
    confirmation: str = field(default="", repr=False)  # what is said back in the same session


File = Callable[[Arrival], Filed]


class Adapter(ABC):
    """One channel.

    Attributes
    ----------
    network : the social network, where the channel is one
    found_by : how the person behind a sender's address is found; None where by no address
    point_kind : which kind of contact point an address of the channel is
    is_machine : whether messages go out without a person
    """

    channel: ClassVar[Channel]
    network: ClassVar[str] = ""
    found_by: ClassVar[Lookup | None] = None
    point_kind: ClassVar[str] = ""
    is_machine: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The channel's name in addresses and settings."""
        return self.network or self.channel.value

    def deliver(self, message: Outgoing) -> str:
        """Hand a message over; "" or the class of what went wrong, or `BY_HAND`. No database.

        Raises
        ------
        InteractionMissingError
            it is not stored as going out by this channel, or nobody has taken it
        """
        row = message.interaction
        is_ours = (row.channel, row.network) == (self.channel, self.network)
        is_taken = row.direction == "out" and row.state == "waiting" and row.attempts > 0
        if row._state.adding or not is_ours or not is_taken:
            raise InteractionMissingError
        return self._deliver(message)

    def receive(self, raw: Any, file: File, *, now: datetime) -> Filed:
        """Read what came in and file it.

        Arguments
        ---------
        file : stores the arrival as an interaction (`crm.conversations.incoming.take_in`)

        Raises
        ------
        ArrivalInvalidError
        InteractionMissingError
            nothing was stored
        """
        filed = file(self._read(raw, now))
        if not isinstance(filed, Filed):
            raise InteractionMissingError
        return filed

    @abstractmethod
    def _deliver(self, message: Outgoing) -> str: ...

    @abstractmethod
    def _read(self, raw: Any, now: datetime) -> Arrival: ...


Hook = Mapping[str, Any]
"""What a provider's webhook or a form of the desk hands over, as plain values."""
