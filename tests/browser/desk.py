"""What an agent meets at the desk, and the addresses of its pages by name."""

from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import Channel, ConsentState, Operation, Role
from registry import merging, resembling
from registry.gate import opening as gate
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
        "duplicates": reverse("desk:duplicates"),
        "duplicate": reverse("desk:duplicate", args=[_a_pair(company, now)]),
        "seek-duplicates": reverse("desk:seek-duplicates", args=[sara]),
    }


def _a_pair(company: Company, now: datetime) -> UUID:
    """Two records of a customer, the second with her names the other way round."""
    today = timezone.localdate(now)
    names = (("Lucia", "Fontana"), ("Fontana", "Lucia"))
    one, _other = (
        a_person(
            company, given=given, family=family, email="lucia@example.it", now=now, orders=[today]
        )
        for given, family in names
    )
    with gate.open(
        company.actor(Role.AGENT), "customer_care", Operation.UPDATE,
        subjects=resembling.candidates(one), now=now,
    ) as access:  # fmt: skip
        (pair,) = merging.propose(access, one).proposed
    return pair


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
