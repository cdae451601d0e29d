"""All channels, by name. What is not here can neither send nor receive."""

from crm.channels import local
from crm.channels.adapter import Adapter
from crm.channels.email import Email
from governance.policy.vocabulary import Channel

ADAPTERS: dict[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        Email(), local.Web(), local.Phone(), local.Sms(), local.WhatsApp(), local.Chat(),
        local.Letter(), local.InPerson(), local.X(), local.Instagram(), local.Facebook(),
    )
}  # fmt: skip


def adapter_for(channel: Channel | str, network: str = "") -> Adapter:
    """Return the adapter of a channel and network.

    Raises
    ------
    KeyError
        there is none; channels of stored rows are those of the catalogue
    """
    return ADAPTERS[network or str(channel)]
