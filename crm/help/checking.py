"""Whether a text for many is about a person: asked before it is kept and published.

An article is for everybody and a template for many, so nobody is in it (Art. 5(1)(c)). Numbers,
addresses and codes count as they are found; what may be a name counts where it has a given name in
it, or where it is the name of somebody who is held. What the house says of itself, and names of its
products, are no person's. More is asked here than of a note, and still not everything is found:
somebody else reads the article before it is published.
"""

from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from crm.help.errors import Place
from crm.models import Product
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry import search
from registry.discovery import freetext, mentions
from registry.discovery.gazetteer import GIVEN_NAMES, fold
from registry.discovery.mask import mask
from registry.discovery.mentions import Kind, Mention
from registry.gate import context
from registry.gate import opening as gate
from registry.models import Controller

SPECIAL = "SPECIAL_"  # a word about health in a manual is about nobody
RULES = "it"  # the rules for names; the model for English takes capitals for people
NAME_WORDS = 2  # one word alone is as often a product


def places(controller: UUID, title: str, body: str, *, now: datetime) -> list[Place]:
    """Return where a text seems to be about a person, in order, with what is there masked."""
    own = _own(controller)
    found: set[tuple[str, int, str]] = set()
    names: set[tuple[str, int, str]] = set()
    texts = {"title": title, "body": body}
    scanned = freetext.scan_many(list(texts.values()), language=RULES, names=False)
    mentioned = mentions.find(list(texts.values()))
    for (part, text), findings, mentions_of in zip(texts.items(), scanned, mentioned, strict=True):
        for one in findings:
            said = text[one.start : one.end]
            if not one.entity.startswith(SPECIAL) and not _is_own(said, own):
                found.add((part, one.start, said))
        for mention in mentions_of:
            said = text[mention.start : mention.end]
            if _is_own(said, own):
                continue
            if mention.kind is not Kind.PERSON or _has_given_name(said, mention):
                found.add((part, mention.start, said))
            elif len(said.split()) >= NAME_WORDS:
                names.add((part, mention.start, said))
    found |= _held(controller, names, now=now)
    return [Place(part, mask(said)) for part, _at, said in _apart(found)]


def _has_given_name(said: str, mention: Mention) -> bool:
    words = fold(said).split()
    return mention.is_sure and len(words) >= NAME_WORDS and bool(set(words) & GIVEN_NAMES)


def _held(
    controller: UUID, names: set[tuple[str, int, str]], *, now: datetime
) -> set[tuple[str, int, str]]:
    """Return those of the names that somebody has who is held; asked as discovery."""
    if not names:
        return set()
    around = gate.duty(system(controller), Duty.DISCOVERY, now=now)
    with nullcontext() if context.is_open() else around:
        return {one for one in names if search.subjects_matching(controller, one[2]).exists()}


def _own(controller: UUID) -> str:
    """Return what the house publishes of itself and sells, to compare with."""
    house = Controller.objects.get(pk=controller)
    products = Product.objects.filter(controller=controller).values_list("name", flat=True)
    texts = [house.name, house.address, house.email, house.dpo_contact, house.representative]
    return " | ".join(fold(text) for text in [*texts, *products])


def _is_own(said: str, own: str) -> bool:
    return fold(said) in own


def _apart(found: set[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Return places in order, the longest of those that begin together, none within another."""
    apart: list[tuple[str, int, str]] = []
    for part, at, said in sorted(found, key=lambda one: (one[0] != "title", one[1], -len(one[2]))):
        last = apart[-1] if apart else None
        if last is None or last[0] != part or at >= last[1] + len(last[2]):
            apart.append((part, at, said))
    return apart
