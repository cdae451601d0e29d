"""For whom a request can be made, and what somebody who asks for another is asked.

Kinds are the words that travel in the sealed message. What entitles somebody is checked by staff
afterwards, by the lightest means that will do; here it is only asked (Art. 12(6)).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COMPANY = "company"
NAME = _("Name and surname of the person")


@dataclass(frozen=True)
class Whom:
    """One answer to "for whom do you ask?".

    Attributes
    ----------
    name, relation, hint : labels on the page about the other person; empty for oneself
    """

    kind: str
    title: Promise
    name: Promise | str = ""
    relation: Promise | str = ""
    hint: Promise | str = ""


WHOM: tuple[Whom, ...] = (
    Whom("self", _("For myself")),
    Whom(
        "child", _("For my child"), _("Name and surname of your child"),
        _("How old is your child, and who are you to them? (optional)"),
        _("From 14 on, your child can also ask without you."),
    ),
    Whom(
        "ward", _("For a person in my care, as guardian or administrator"), NAME,
        _("Which decision gives you the care of this person?"),
        _("Court, number and date are enough. Send no documents now: if we need any, we will say"
          " which."),
    ),
    Whom(
        "mandate", _("As representative or lawyer of somebody"), NAME,
        _("How did they ask you to act for them?"),
        _("For example: lawyer, with a mandate of 3 March. Send no documents now: if we need any,"
          " we will say which."),
    ),
    Whom(
        "deceased", _("For a person who has died, as heir or relative"), NAME,
        _("What links you to this person, and why do you ask?"),
        _("The law gives these rights to whoever has an interest of their own, acts to protect the"
          " person who died, or has family reasons (art. 2-terdecies D.Lgs. 196/2003)."),
    ),
    Whom(
        COMPANY, _("For myself, as the contact of a company or organisation"),
        _("Name of the company or organisation"),
        _("What do you do there? (optional)"),
        _("It helps us to find your data among those of the company."),
    ),
)  # fmt: skip
ENTITLED = frozenset({"ward", "mandate", "deceased"})
"""Who asks for these must say by what right: an answer to anybody else would be a breach."""


def title_of(kind: str) -> str:
    """Return the answer of the page for a kind."""
    return next((str(whom.title) for whom in WHOM if whom.kind == kind), kind)
