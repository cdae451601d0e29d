"""The ten things a person can do, each with what happens and how long it takes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.errors import UnknownRightError
from dsar.labels import RIGHTS
from governance.policy.vocabulary import Right


@dataclass(frozen=True)
class Choice:
    """One right as the pages offer it.

    Attributes
    ----------
    promise : one sentence: what happens, and how long it takes
    question : label of the free text on the page with the details
    hint : what is worth writing there
    """

    right: Right
    title: Promise
    promise: Promise
    question: Promise
    hint: Promise


MONTH = _("We answer within a month of the day your request reaches us.")

CHOICES: tuple[Choice, ...] = (
    Choice(
        Right.ACCESS,
        RIGHTS[Right.ACCESS],
        _("We send you a copy of everything we hold about you, and explain it, within a month."),
        _("Is there something in particular you want to see? (optional)"),
        _("Leave it empty to receive everything."),
    ),
    Choice(
        Right.RECTIFICATION,
        RIGHTS[Right.RECTIFICATION],
        _("We correct what is wrong, complete what is missing, and tell you, within a month."),
        _("What is wrong or missing?"),
        _("For example: you write my surname Russo."),
    ),
    Choice(
        Right.WITHDRAWAL,
        RIGHTS[Right.WITHDRAWAL],
        _("Everything you had agreed to stops as soon as we open your message; we confirm it"
          " within a month."),
        _("Do you want to add something? (optional)"),
        _("You can give any consent again whenever you like."),
    ),
    Choice(
        Right.OBJECTION,
        RIGHTS[Right.OBJECTION],
        _("Advertising stops as soon as we open your message, without a reason; we confirm it"
          " within a month."),
        _("If it is another use: which one, and why?"),
        _("For advertising leave it empty. For another use, tell us what in your situation is"
          " against it: we must weigh it."),
    ),
    Choice(
        Right.RESTRICTION,
        RIGHTS[Right.RESTRICTION],
        _("We keep your data but stop using them while a question is open; we answer within a"
          " month."),
        _("Why should we stop using your data for now?"),
        _("For example: the data are wrong, or you need them for a legal claim."),
    ),
    Choice(
        Right.ERASURE,
        RIGHTS[Right.ERASURE],
        _("We erase what no law obliges us to keep, and certify what was erased and what was not,"
          " within a month."),
        _("Do you want to add something? (optional)"),
        _("Invoices stay for ten years because the law says so; we will tell you exactly."),
    ),
    Choice(
        Right.PORTABILITY,
        RIGHTS[Right.PORTABILITY],
        _("We send you what you gave us in a format that another company can read, within a"
          " month."),
        _("Should we send the data to another company? (optional)"),
        _("If so, write which one and how to reach it."),
    ),
    Choice(
        Right.HUMAN_REVIEW,
        RIGHTS[Right.HUMAN_REVIEW],
        _("A person looks at the decision again and hears your point of view, within a month."),
        _("Which decision is it about?"),
        _("Write what was decided, and why you think otherwise."),
    ),
    Choice(
        Right.COMPLAINT,
        RIGHTS[Right.COMPLAINT],
        _("Our data protection officer reads it and answers you within a month. You can complain"
          " to the supervisory authority at any time as well."),
        _("What went wrong?"),
        _("Write what happened, and when."),
    ),
    Choice(
        Right.QUESTION,
        RIGHTS[Right.QUESTION],
        _("Our data protection officer answers you within a month."),
        _("What do you want to know?"),
        _("Do not write passwords or health data here."),
    ),
)  # fmt: skip
"""In the order of the page. Human review is offered on the page for help."""

NEEDS_DETAILS = frozenset(
    {Right.RECTIFICATION, Right.RESTRICTION, Right.HUMAN_REVIEW, Right.COMPLAINT, Right.QUESTION}
)


def choice_of(right: str) -> Choice:
    """Return the choice for a right in an address.

    Raises
    ------
    UnknownRightError
    """
    for choice in CHOICES:
        if choice.right == right:
            return choice
    raise UnknownRightError
