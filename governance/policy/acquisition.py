"""What a public form may ask, and when a tick in it is a consent: pure rules over plain values."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance.policy.categories import Category
from governance.policy.vocabulary import Channel

ASKED: Mapping[str, Category] = {
    "given_name": Category.NAME,
    "family_name": Category.NAME,
    "email": Category.EMAIL,
    "phone": Category.PHONE,
    "company_name": Category.OCCUPATION,
    "job_title": Category.OCCUPATION,
    "message": Category.COMMUNICATIONS,
}
"""What a form may ask, and which category of data it is."""

REACHED_BY = frozenset({"email", "phone"})
BY_HAND = frozenset({Channel.PHONE, Channel.POST, Channel.IN_PERSON})
"""Channels on which nobody is written to by a machine."""
BOX = {"purpose", "channel", "text_it", "text_en"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit in a form: where, and a word for it."""

    where: str
    code: str


def misfits(
    fields: Collection[str],
    required: Collection[str],
    boxes: Any,
    *,
    categories: Collection[Category],
    consents: Collection[str],
) -> list[Misfit]:
    """Return what is wrong with a form; nothing where it may be put on a page.

    Arguments
    ---------
    categories : that the activity of the form uses; a field outside them has no purpose
    consents : purposes whose basis is consent; a box asks for one of them
    """
    return [
        *_of_fields(fields, required, categories),
        *(found for number, box in enumerate(boxes) if (found := _of_box(number, box, consents))),
    ]


def _of_fields(
    fields: Collection[str], required: Collection[str], categories: Collection[Category]
) -> Iterator[Misfit]:
    if not REACHED_BY & set(fields):
        yield Misfit("fields", "no_address")
    for name in fields:
        if name not in ASKED:
            yield Misfit(f"fields/{name}", "unknown_field")
        elif ASKED[name] not in categories:
            yield Misfit(f"fields/{name}", "no_purpose")
    yield from (Misfit(f"required/{n}", "not_asked") for n in required if n not in fields)


def _of_box(number: int, box: Any, consents: Collection[str]) -> Misfit | None:
    where = f"boxes/{number}"
    if not isinstance(box, dict) or set(box) != BOX or not all(map(_is_said, box.values())):
        return Misfit(where, "parts")
    if box["purpose"] not in consents:
        return Misfit(f"{where}/purpose", "not_by_consent")
    if box["channel"] not in list(Channel):
        return Misfit(f"{where}/channel", "unknown_channel")
    return None


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def needs_confirmation(channel: Channel, *, is_known: bool) -> bool:
    """Return whether a tick only asks, and the person says yes at the address itself.

    Anybody can write anybody's address into a form: for electronic messages, and for somebody we
    know already, a tick alone proves nothing (Art. 7(1)).
    """
    return is_known or channel not in BY_HAND
