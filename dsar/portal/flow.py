"""The pages of a request in their order: which of them there are, what each asks and keeps.

    rights → whom (→ person) → who → details, one page for each right → check

Pure: pages and answers in, pages and answers out. Which page comes next follows from what was
answered, so that a change on the last page leads back to it, by way of what it newly asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from dsar.case.code import key_of, linked
from dsar.errors import StateForgedError
from dsar.identity import Requester
from dsar.intake import Linked, Message
from dsar.portal.choices import CHOICES, choice_of
from dsar.portal.forms import PersonForm, RightsForm, WhoForm, WhomForm, details_form
from dsar.portal.state import SELF, Answers
from dsar.portal.whom import title_of
from governance.policy.vocabulary import Right

RIGHTS, WHOM, PERSON, WHO, CHECK = "rights", "whom", "person", "who", "check"
DETAILS = "details_"
CHANGE = "change_"


def sequence(answers: Answers) -> list[str]:
    """Return the pages there are for these answers, without the last."""
    other = [PERSON] if answers.on_behalf != SELF else []
    return [RIGHTS, WHOM, *other, WHO, *(f"{DETAILS}{right}" for right in answers.rights)]


def following(answers: Answers) -> str:
    """Return the first page that was not answered yet."""
    return next((page for page in sequence(answers) if page not in answers.done), CHECK)


def before(page: str, answers: Answers) -> str:
    """Return the page before this one; "" before the first."""
    pages = [*sequence(answers), CHECK]
    at = pages.index(page)
    return pages[at - 1] if at else ""


def form_of(page: str, answers: Answers, sent: Any = None) -> forms.Form:
    """Return the form of a page: with what was sent, or what was answered before.

    Raises
    ------
    StateForgedError
        these answers have no such page
    """
    if page not in sequence(answers):
        raise StateForgedError
    if page.startswith(DETAILS):
        right = page.removeprefix(DETAILS)
        return details_form(right, sent, initial=answers.details.get(right, {}))
    if page == PERSON:
        known = {"person": answers.person, "relation": answers.relation}
        return PersonForm(sent, initial=known, kind=answers.on_behalf)
    if page == WHO:
        known = {"name": answers.name, "email": answers.email, "phone": answers.phone}
        return WhoForm(sent, initial=known)
    if page == WHOM:
        return WhomForm(sent, initial={"on_behalf": answers.on_behalf})
    return RightsForm(sent, initial={"right": answers.rights})


def kept(page: str, answers: Answers, said: dict[str, Any]) -> Answers:
    """Return the answers with those of one page."""
    if page.startswith(DETAILS):
        right = page.removeprefix(DETAILS)
        return answers.with_(page, details={**answers.details, right: dict(said)})
    if page == RIGHTS:
        chosen = [c.right.value for c in CHOICES if c.right.value in said["right"]]
        return answers.with_(page, rights=chosen)
    if page == WHOM:
        again = answers.with_(page, **said)
        # Another kind of relation is asked in other words.
        is_same = said["on_behalf"] == answers.on_behalf
        return again if is_same else again.without(PERSON)
    return answers.with_(page, **said)


@dataclass(frozen=True)
class Answered:
    """One line of the page on which everything is checked.

    Attributes
    ----------
    page : where it is changed
    what : the end of "Change …", which only a screen reader says
    """

    term: str
    value: str
    page: str
    what: str


def answered(answers: Answers) -> Iterator[Answered]:
    """Yield what was answered, line by line."""
    titles = "\n".join(str(choice_of(right).title) for right in answers.rights)
    yield Answered(_("What you ask for"), titles, RIGHTS, _("what you ask for"))
    yield Answered(_("For whom"), title_of(answers.on_behalf), WHOM, _("for whom you ask"))
    if answers.on_behalf != SELF:
        about = [str(field.label) for field in form_of(PERSON, answers)]
        for label, value in zip(about, (answers.person, answers.relation), strict=True):
            yield Answered(label, value, PERSON, label)
    yield Answered(_("Name and surname"), answers.name, WHO, _("your name"))
    yield Answered(_("E-mail address"), answers.email, WHO, _("your e-mail address"))
    yield Answered(_("Phone number"), answers.phone, WHO, _("your phone number"))
    for right in answers.rights:
        title = _("Details") if len(answers.rights) == 1 else str(choice_of(right).title)
        yield Answered(title, words_of(right, answers), f"{DETAILS}{right}", _("the details"))


def words_of(right: str, answers: Answers) -> str:
    """Return what was said about one right, as one text."""
    return details_form(right).words(answers.details.get(right, {}))


def references(answers: Answers) -> dict[str, str]:
    """Return the reference of each right; that of the first opens all of them."""
    return {
        right: linked(answers.reference, answers.code, at) if at else answers.reference
        for at, right in enumerate(answers.rights)
    }


def message(answers: Answers, language: str) -> Message:
    """Return what is sealed and handed in.

    Raises
    ------
    StateForgedError
        a page was not answered: the forms have validated what was, before it was signed
    """
    if following(answers) != CHECK or not answers.requester.has_contact:
        raise StateForgedError
    first, *others = [_one(right, where, answers) for right, where in references(answers).items()]
    requester = Requester(answers.name, answers.email, answers.phone, first.details)
    return Message(
        first.right, language, requester, first.digest, first.public,
        objects_to=first.objects_to, linked=others, on_behalf=_on_behalf(answers),
    )  # fmt: skip


def _one(right: str, reference: str, answers: Answers) -> Linked:
    key = key_of(reference, answers.code)
    uses = answers.details[right].get("uses", "") if right == Right.OBJECTION else ""
    return Linked(
        right, words_of(right, answers), reference, key.digest.hex(), key.public.hex(), uses
    )


def _on_behalf(answers: Answers) -> dict[str, str]:
    if answers.on_behalf == SELF:
        return {}
    return {"kind": answers.on_behalf, "name": answers.person, "relation": answers.relation}
