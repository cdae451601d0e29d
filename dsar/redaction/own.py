"""What is the subject's own in a text, and what everybody may know: neither is hidden.

Own is what the master data holds of the subject: names, addresses, numbers. What somebody wrote of
themselves into a request is not: who signs as "Carla Verdi" would have her shown in every note.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string

from dsar.gathering import Gathered, Group
from dsar.redaction.texts import free_fields
from governance.crypto import normalise
from governance.policy.categories import Category
from governance.policy.vocabulary import RecordClass
from registry.discovery import mentions
from registry.discovery.gazetteer import COURTESY_TITLES
from registry.discovery.mentions import Kind, Mention
from registry.models import Controller

MASTER = frozenset({RecordClass.MASTER_DATA, RecordClass.STAFF_RECORD})
SHORTEST = 5
_AT = re.compile(r"\s?(?:[(\[{]at[)\]}]|\bchiocciola\b|\bat\b)\s?", re.IGNORECASE)
_DOT = re.compile(r"\s?(?:[(\[]dot[)\]]|\bpunto\b|\bdot\b)\s?", re.IGNORECASE)
_TITLES = frozenset(word.strip(".") for word in COURTESY_TITLES)


@dataclass(frozen=True)
class Known:
    """Names and values that are not hidden.

    Attributes
    ----------
    names : words of the subject's names
    values : normal forms of what reaches or numbers the subject
    published : normal forms of what the company and the authority publish of themselves
    published_names : words of a name that is published whole, each a set
    """

    names: frozenset[str]
    values: frozenset[str]
    published: frozenset[str]
    published_names: tuple[frozenset[str], ...]


def known(gathered: Gathered, controller: Controller) -> Known:
    """Return what is not hidden from this subject by this company."""
    names: set[str] = set()
    values: set[str] = set()
    for group in own_groups(gathered):
        free = free_fields(group.record)
        for row in group.rows:
            for cell in row.cells:
                if cell.name in free or cell.category is None:
                    continue
                text = str(cell.value)
                if cell.category is Category.NAME:
                    names.update(name_words(text))
                values.update(forms(text))
    published, published_names = _published(controller)
    return Known(frozenset(names), frozenset(values), published, published_names)


def own_groups(gathered: Gathered) -> list[Group]:
    """Return the groups that say who the subject is.

    Where nothing else is held it is the request, in which nobody else's file can be opened.
    """
    if not gathered.is_known:
        return list(gathered.groups)
    return [group for group in gathered.groups if group.record_class in MASTER]


def _published(controller: Controller) -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
    """Return what stands on every letter: our own contacts and those of the authority."""
    texts = [
        controller.name, controller.address, controller.email, controller.dpo_contact,
        controller.representative, render_to_string("dsar/remedies.txt"),
    ]  # fmt: skip
    values: set[str] = set()
    names = [frozenset(name_words(controller.name))] if controller.name else []
    for text, found in zip(texts, mentions.find(texts), strict=True):
        values.update(forms(text))
        for one in found:
            said = text[one.start : one.end]
            if one.kind is Kind.PERSON:
                names.append(frozenset(name_words(said)))
            else:
                values.update(forms(said))
    return frozenset(values), tuple(names)


def is_not_hidden(text: str, one: Mention, said: Known, *, others: Iterable[str]) -> bool:
    """Say whether a mention is the subject's own, or published.

    Arguments
    ---------
    others : words of the names of other people in the same copy: one of them alone can be either
    """
    value = text[one.start : one.end]
    if one.kind is not Kind.PERSON:
        found = forms(value)
        is_address = one.kind is Kind.POSTAL_ADDRESS
        return any(_is_same(form, said, is_address=is_address) for form in found)
    words = set(name_words(value))
    if not words or words in said.published_names:
        return True
    if not is_of(words, said.names):
        return False
    alone = len(words) == 1
    return not (alone and (words & set(others) or mentions.is_after_kin(text, one.start)))


def is_of(words: set[str], names: frozenset[str]) -> bool:
    """Say whether all words of a name are the subject's; an initial stands for one of theirs."""
    whole = {word for word in words if len(word) > 1}
    initials = words - whole
    return bool(whole) and whole <= names and all(
        any(name.startswith(initial) for name in names - whole) for initial in initials
    )  # fmt: skip


def _is_same(form: str, said: Known, *, is_address: bool) -> bool:
    """Say whether a normal form is known; an address also by the street it begins with."""
    held = said.values | said.published
    if form in held:
        return True
    return is_address and any(" " in one and f"{form} ".startswith(f"{one} ") for one in held)


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name without titles, as the search compares them."""
    return tuple(word for word in normalise.name_words(text) if word not in _TITLES)


def forms(text: str) -> set[str]:
    """Return the normal forms by which a value is compared: address, number, code, day."""
    plain = _DOT.sub(".", _AT.sub("@", text))
    found = {normalise.email(plain), normalise.phone(text), _day(text)}
    parts = re.findall(r"\w+", text.casefold())
    if sum(map(len, parts)) >= SHORTEST:
        found |= {"".join(parts), " ".join(parts)}
    return {form for form in found if form}


def _day(text: str) -> str | None:
    """Return a day written in numbers so that its two orders are equal."""
    numbers = sorted(int(n) for n in re.findall(r"\d+", text))
    is_day = len(numbers) == 3 and re.fullmatch(r"[\d/.\- ]+", text.strip()) is not None  # noqa: PLR2004  # day, month, year
    return "day:" + "-".join(map(str, numbers)) if is_day else None
