"""What an agent meets at the desk, and the addresses of its pages by name."""

from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import Channel, ConsentState
from tests.builders import Company, a_consent, a_person, an_interaction
from tests.crm.conversing import hear


def pages(company: Company, now: datetime) -> dict[str, str]:
    """Make what the pages show; return their addresses."""
    sara = _sara(company, now)
    mail = "sara.conti@example.it"
    asked = hear(company, "email", "Buongiorno, il paralume è arrivato rotto.", sender=mail, at=now)
    thread = reverse("desk:conversation", args=[asked.conversation])
    shown = {
        name: reverse(f"desk:{name}") for name in ("home", "inbox", "search", "purpose", "keyboard")
    }
    return shown | {
        "person": reverse("desk:person", args=[sara]),
        "person-orders": f"{reverse('desk:person', args=[sara])}?show=order",
        "write": reverse("desk:write", args=[sara]),
        "write-closed": f"{reverse('desk:write', args=[sara])}?channel=sms&for=lead_management",
        "conversation": thread,
    }


def _sara(company: Company, now: datetime) -> UUID:
    """A customer with orders, messages and a consent to one channel; she said no to another."""
    today = timezone.localdate(now)
    sara = a_person(
        company, given="Sara", family="Conti", phone="+39 347 555 0188", now=now,
        orders=[today - timedelta(days=90), today - timedelta(days=9)],
    )  # fmt: skip
    an_interaction(company, sara, body="Buongiorno, il paralume è arrivato rotto.", at=now)
    an_interaction(
        company, sara, body="Gentile Sara, ne spediamo uno nuovo.", at=now, direction="out"
    )
    a_consent(company, sara, at=now)
    a_consent(company, sara, channel=Channel.SMS, state=ConsentState.REFUSED, at=now)
    return sara
