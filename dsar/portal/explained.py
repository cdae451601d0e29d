"""Each right in plain words: what it is, what happens next, and what is good to know."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.policy.vocabulary import Right

# Said of more than one right.
IDENTITY = _("If there is a doubt that it is you, we ask in the lightest way there is: a code to an"
             " address that we already know. You send no copy of a document.")  # fmt: skip
NO_IDENTITY = _("You need not show who you are for this.")
ANSWER = _("We write to you what we did, and what we could not do and why.")
REMEDIES = _("If you do not agree with the answer, you can complain to the Garante or go to court.")
RECIPIENTS = _("We tell everybody to whom we had given the data, and on request we tell you who"
               " they are.")  # fmt: skip


@dataclass(frozen=True)
class Explained:
    """One right as its page explains it.

    Attributes
    ----------
    article : of the Regulation
    what : what it is, in a sentence or two
    steps : what happens after the request, in order
    limits : what people should know before
    """

    article: str
    what: Promise
    steps: tuple[Promise, ...]
    limits: tuple[Promise, ...] = ()


EXPLAINED: dict[Right, Explained] = {
    Right.ACCESS: Explained(
        "Art. 15",
        _("You can know whether we hold data about you, see them, and receive a copy. We explain"
          " why we hold them, where they come from, who received them and until when we keep"
          " them."),
        (IDENTITY,
         _("We collect everything we hold about you, also notes, calls and scores."),
         _("You download the copy from the page of your request, to read and for a computer.")),
        (_("We answer also if we hold nothing about you."),
         _("Where a note speaks of other people, we hide what concerns them.")),
    ),
    Right.RECTIFICATION: Explained(
        "Art. 16",
        _("You can have wrong data corrected and missing data added."),
        (IDENTITY, _("We correct the data everywhere we hold them."), RECIPIENTS, ANSWER),
        (_("While we check who is right, you can ask us not to use the data."),),
    ),
    Right.WITHDRAWAL: Explained(
        "Art. 7(3)",
        _("What you agreed to, you can take back at any time, as easily as you gave it, and without"
          " a reason."),
        (NO_IDENTITY, _("We stop everything that rests on your consent."),
         _("We confirm to you which consents ended.")),
        (_("What was done before stays lawful."),
         _("What does not rest on your consent, such as an invoice, goes on.")),
    ),
    Right.OBJECTION: Explained(
        "Art. 21",
        _("You can say no to advertising, always and without a reason. You can also object to other"
          " uses that we base on an interest of ours, because of your situation."),
        (NO_IDENTITY,
         _("Advertising stops. Another use stops too, until we have weighed your reasons against"
           " ours."),
         ANSWER),
        (_("We remember that you objected, so that nobody writes to you by mistake."), REMEDIES),
    ),
    Right.RESTRICTION: Explained(
        "Art. 18",
        _("You can have your data kept but not used: while we check whether they are right, while"
          " we weigh an objection, or because you need them for a legal claim."),
        (IDENTITY, _("We lock the data: nobody uses them, and nobody erases them."),
         _("We write to you before the lock ends.")),
        (RECIPIENTS,),
    ),
    Right.ERASURE: Explained(
        "Art. 17",
        _("You can have your data erased where we need them no more, where you take your consent"
          " back or object, or where they were used unlawfully."),
        (IDENTITY,
         _("We plan what goes and what a law obliges us to keep, and a person approves the plan."),
         _("You receive a certificate of what was erased and what was not, with the reason and the"
           " end of each."),
         RECIPIENTS),
        (_("Invoices and orders stay for ten years, because the law says so."),
         _("It cannot be undone. If you want a copy first, ask for it together with the erasure.")),
    ),
    Right.PORTABILITY: Explained(
        "Art. 20",
        _("You can receive the data you gave us in a format that another company can read, or have"
          " us send them to that company."),
        (IDENTITY, _("We prepare the files and their description."),
         _("You receive them, or the company you name does, where that is possible.")),
        (_("It concerns data you gave us, or that come from your use, by your consent or for a"
           " contract."),
         _("It erases nothing.")),
    ),
    Right.HUMAN_REVIEW: Explained(
        "Art. 22",
        _("If a computer alone took a decision that matters to you, you can have a person look at"
          " it again, say what you think, and contest it."),
        (IDENTITY, _("A person who can change the decision reads what you wrote."),
         _("We write to you whether it stays or changes, and why.")),
        (REMEDIES,),
    ),
    Right.COMPLAINT: Explained(
        "Art. 38(4)",
        _("If you think we treated your data wrongly, you can tell our data protection officer."),
        (_("The data protection officer reads it and looks into it."),
         _("You receive an answer in writing.")),
        (_("You need not complain to us first: the Garante takes your complaint at any time."),),
    ),
    Right.QUESTION: Explained(
        "Art. 38(4)",
        _("You can ask our data protection officer anything about how we treat your data."),
        (_("The data protection officer reads it."), _("You receive an answer in writing.")),
    ),
}  # fmt: skip
