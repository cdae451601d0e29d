"""Which categories each role of an activity sees, where a role does not see them all.

A version holds words such as `field_agent:name`. A role without a word sees all that the activity
uses; with one it sees what its words name, and nothing that is added to the activity later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from governance.policy.categories import Category
from governance.policy.vocabulary import Role
from registry import labels

WORDS = frozenset(f"{role}:{category}" for role in Role for category in Category)


def by_role(words: Iterable[str]) -> dict[Role, frozenset[Category]]:
    """Return the categories that the words give each role they name."""
    found: dict[Role, set[Category]] = defaultdict(set)
    for word in words:
        role, _sign, category = word.partition(":")
        found[Role(role)].add(Category(category))
    return {role: frozenset(categories) for role, categories in found.items()}


def words_of(said: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the words for categories by role, in order."""
    return sorted(f"{role}:{category}" for role, listed in said.items() for category in listed)


def lines(words: Iterable[str]) -> list[str]:
    """Return a line for each role, in the language of the page."""
    return [
        f"{labels.text(Role, role)}: {labels.texts(Category, sorted(categories))}"
        for role, categories in sorted(by_role(words).items())
    ]


def read(text: str) -> tuple[list[str], list[str]]:
    """Return the words that lines say, and the parts that say nothing known.

    A role or category is known by its text in the language of the page, and by its word.
    """
    roles = _known({role: str(labels.ROLE[role]) for role in Role})
    categories = _known({category: str(labels.CATEGORY[category]) for category in Category})
    words, unknown = set(), []
    for line in filter(None, map(str.strip, text.splitlines())):
        role, _sign, listed = (part.strip() for part in line.partition(":"))
        names = [name for part in listed.split(",") if (name := part.strip())]
        unknown += [role] if role.casefold() not in roles or not names else []
        unknown += [name for name in names if name.casefold() not in categories]
        words |= {
            f"{roles[role.casefold()]}:{categories[name.casefold()]}"
            for name in names
            if role.casefold() in roles and name.casefold() in categories
        }
    return sorted(words), unknown


def _known(texts: Mapping[str, str]) -> dict[str, str]:
    return {said.casefold(): str(word) for word, text in texts.items() for said in (word, text)}
