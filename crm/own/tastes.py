"""What a person says of themselves on the page of their own (A24, ST10): interests, birthday, gift.

It is kept where a purpose reaches them that declares both categories: greetings that they asked
for, or profiling that they agreed to. Elsewhere nothing is asked, and the page says where to agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from crm import operations as crm
from crm.campaigns import birthdays
from crm.models import Contact
from crm.offers import operations as offers
from crm.own.errors import NotAskedError
from crm.people.wording import may_profile
from governance.policy import analysis
from governance.policy.actors import system
from governance.policy.birthdays import day_of
from governance.policy.categories import Category
from governance.policy.offering import OfferKind, words
from governance.policy.vocabulary import Operation
from registry import activities
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.labels import titled

NEEDS = frozenset({Category.PREFERENCES, Category.BIRTH})


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift to choose."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Tastes:
    """What the page shows and asks.

    Attributes
    ----------
    may_say : whether a purpose reaches the person under which it may be kept
    interests : those of the catalogue and their own, and whether they declared each
    gifts : to choose from, where a greeting waits for it
    chosen, code : the gift that was chosen
    """

    may_say: bool
    interests: Sequence[tuple[str, bool]] = field(default=(), repr=False)
    month: int = field(default=0, repr=False)
    day: int = field(default=0, repr=False)
    gifts: Sequence[Gift] = ()
    chosen: str = ""
    code: str = ""


def look(access: Access, subject: UUID) -> Tastes:
    """Return what a person said of themselves, and what they may choose."""
    if not purpose_of(access, subject):
        return Tastes(may_say=False)
    contact = access.rows(Contact).filter(subject=subject).first()
    declared = words(analysis.interests(contact.interests)) if contact else frozenset[str]()
    born = contact.birth_date if contact else None
    said = day_of(contact.birth_day) if contact else None
    month, day = said or ((born.month, born.day) if born else (0, 0))
    known = sorted(declared | _catalogue(access))
    greeting = birthdays.greeting(access, subject)
    gift = greeting.gift if greeting else None
    waits = birthdays.gifts(access, subject) if greeting and gift is None else []
    return Tastes(
        True, [(one, one in declared) for one in known], month, day,
        [
            Gift(one.key, titled(one.title_it, one.title_en), titled(one.text_it, one.text_en))
            for one in waits
        ],
        titled(gift.title_it, gift.title_en) if gift else "", greeting.code if greeting else "",
    )  # fmt: skip


def _catalogue(access: Access) -> frozenset[str]:
    today = timezone.localdate(access.now)
    made = [
        one for kind in OfferKind for one in offers.in_force(access.controller, kind, today=today)
    ]
    return words(need for one in made for need in one.needs)


def purpose_of(access: Access, subject: UUID) -> str:
    """Return the purpose under which a person may say it, or ""."""
    for version in activities.all_in_force(access.controller, at=access.now):
        key = version.activity.purpose.key
        if (
            set(version.categories) >= NEEDS
            and Operation.UPDATE in version.operations
            and may_profile(access, subject, key) is None
        ):
            return str(key)
    return ""


def say(
    controller: UUID, subject: UUID, interests: Iterable[str], day: str, *, purpose: str,
    now: datetime,
) -> None:  # fmt: skip
    """Keep what a person said: interests in the place of those before, and month and day.

    Raises
    ------
    NotAskedError
        no purpose reaches them for it, or the day is none
    GateRefusedError
    """
    said = ", ".join(analysis.interests(",".join(interests)))
    if not purpose or (day and day_of(day) is None):
        raise NotAskedError
    with gate.open(
        system(controller), purpose, Operation.UPDATE, subjects=subject, now=now
    ) as access:
        contact = access.rows(Contact).filter(subject=subject).first()
        if contact is None:
            raise NotAskedError
        crm.update_contact(access, contact, {"interests": said, "birth_day": day})
