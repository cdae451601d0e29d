"""Drafted reasons: what the law wants to be said on each ground, for a person to finish.

A draft is the middle of a letter. Its head, the ground in words and the ways to complain are added
by the code (`remedies.txt`), so that no draft and no edit leaves them out. `{field}` in a draft is
one of two: what the request itself says is filled in; a gap names a fact that only a person knows,
and nothing is sent while one is left.
"""

import re

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.errors import DraftUnfinishedError
from dsar.models import SubjectRequest

FIELD = re.compile(r"\{([^{}]*)\}")
FILLED: dict[str, Promise] = {
    "reference": _("reference of the request"),
    "received_on": _("day of receipt"),
    "controller": _("name of the company"),
    "dpo_contact": _("contact of the DPO"),
}
"""Fields that are filled in from the request, and what they are."""

DRAFTS: dict[str, Promise] = {
    "refusal.manifestly_unfounded": _(
        "Your request is manifestly unfounded (Art. 12(5) of the Regulation). What shows it: "
        "{what_shows_it}. We have to show this, not you."
    ),
    "refusal.excessive": _(
        "You asked for the same on {when_asked_before}, and we answered on {when_answered}. "
        "Since then this has not changed: {what_has_not_changed}. For this reason the request"
        " is excessive (Art. 12(5) of the Regulation). If something has changed, tell us and "
        "we look at it again."
    ),
    "refusal.not_identifiable": _(
        "With what we hold we cannot tell which data are yours: {why_not}. We need not "
        "collect more to find out (Art. 11(1) and (2) of the Regulation). You can help us "
        "with: {what_would_help}. Then we answer your request."
    ),
    "refusal.identity_not_proven": _(
        "We doubt that it is you who asks, because {why_in_doubt}. On {when_asked} we asked "
        "you for {what_was_asked} and had no answer that removes the doubt (Art. 12(6) of the"
        " Regulation). You can send it at any time; then we go on."
    ),
    "refusal.conditions_not_met": _(
        "The law gives this right where {condition}. Here this is not so, because {why_not}."
    ),
    "refusal.freedom_of_expression": _(
        "We keep the data because they are needed to exercise the right of freedom of "
        "expression and information (Art. 17(3)(a) of the Regulation): {what_for}. We weighed"
        " it against your interest like this: {weighing}."
    ),
    "refusal.legal_obligation": _(
        "{law} obliges us to keep these data: {which_data}. The duty ends on {until}; then "
        "they are erased (Art. 17(3)(b) of the Regulation). Until then we use them for "
        "nothing else."
    ),
    "refusal.public_health": _(
        "The data are needed for reasons of public interest in public health (Art. 17(3)(c), "
        "9(2)(h) and (i) of the Regulation): {what_for}. The law is {law}."
    ),
    "refusal.archiving_or_research": _(
        "The data are part of {project}. Erasing them would make its aim impossible or "
        "seriously impair it, because {why}. They are protected like this: {safeguards} (Art."
        " 17(3)(d) and 89(1) of the Regulation)."
    ),
    "refusal.legal_claims": _(
        "The data are needed to establish, exercise or defend a legal claim (Art. 17(3)(e), "
        "21(1) of the Regulation): {which_claim}. We keep only {which_data}, and no longer "
        "than {until}."
    ),
    "refusal.rights_of_others": _(
        "What we leave out would harm the rights of somebody else (Art. 15(4), 20(4) of the "
        "Regulation): {what_is_theirs}. We could not show it in another way, because "
        "{why_not}."
    ),
    "refusal.trade_secret": _(
        "What we leave out would disclose a trade secret (Art. 15(4), recital 63 of the "
        "Regulation): {what_it_is}. You have all the rest."
    ),
    "refusal.defence_in_court": _(
        "To answer now would really and concretely harm investigations for a defence, or a "
        "right in court: {which_proceedings} (Art. 23(1)(j) of the Regulation; art. "
        "2-undecies(1)(e) D.Lgs. 196/2003). The limit lasts until {until}, and no longer than"
        " it is needed."
    ),
    "refusal.limited_by_law": _(
        "{provision} limits this right. What it protects would really and concretely be "
        "harmed, because {why}. The limit lasts until {until} (Art. 23 of the Regulation; "
        "artt. 2-undecies and 2-duodecies D.Lgs. 196/2003)."
    ),
    "refusal.compelling_grounds": _(
        "We have weighed your situation: {their_situation}. We go on with {purpose}, because "
        "{grounds}; these grounds override your interests, rights and freedoms because "
        "{weighing} (Art. 21(1) of the Regulation). To marketing you can always object."
    ),
    "extension.complexity": _("Your data are in {where}, and {what_takes_time}."),
    "extension.number_of_requests": _(
        "Since {since} we have received {how_many} requests of yours, and answer them in the "
        "order of arrival."
    ),
    "question.identity_doubt": _(
        "The request came from {from_where}, which we do not have on file. Please answer from"
        " the address that we know, or tell us {what_only_they_know}."
    ),
    "question.specification_asked": _(
        "We hold data about you in {where}. Do you mean all of it, or {which_part}? If you "
        "want all of it, tell us so, and you get all of it."
    ),
}
"""By kind of letter and ground."""

GAPS: dict[str, Promise] = {
    "what_shows_it": _("what shows it, with days"),
    "when_asked_before": _("when they asked before"),
    "when_answered": _("when that was answered"),
    "what_has_not_changed": _("what has not changed since"),
    "why_not": _("why not"),
    "what_would_help": _("what would help"),
    "why_in_doubt": _("why there is a doubt"),
    "when_asked": _("the day of the question"),
    "what_was_asked": _("what was asked for"),
    "condition": _("the condition of the law, with its article"),
    "what_for": _("what for"),
    "weighing": _("how it was weighed"),
    "law": _("the law, with its article"),
    "which_data": _("which data"),
    "until": _("until when"),
    "project": _("the project"),
    "why": _("why"),
    "safeguards": _("the safeguards"),
    "which_claim": _("which claim"),
    "what_is_theirs": _("what is theirs, without naming them"),
    "what_it_is": _("what it is, without telling it"),
    "which_proceedings": _("which proceedings"),
    "provision": _("the provision"),
    "their_situation": _("their situation, as they told it"),
    "purpose": _("the purpose"),
    "grounds": _("the compelling grounds"),
    "where": _("where the data are"),
    "what_takes_time": _("what takes time"),
    "since": _("since when"),
    "how_many": _("how many"),
    "from_where": _("from where it came"),
    "what_only_they_know": _("what only they know"),
    "which_part": _("which part"),
}
"""Facts that a person writes in the place of a gap, and what they are."""


def fields(text: str) -> list[str]:
    """Return the names in braces, each once, in order."""
    return list(dict.fromkeys(FIELD.findall(text)))


def gaps(key: str) -> frozenset[str]:
    """Return the facts that the law wants on this ground: the gaps of the draft that is shipped."""
    return frozenset(fields(str(DRAFTS[key]))) - set(FILLED)


def filled(text: str, request: SubjectRequest) -> str:
    """Return a draft with what the request says, in the language that is active; gaps stay."""
    known = {
        "reference": request.reference,
        "received_on": date_format(request.received_on, "j F Y"),
        "controller": request.controller.name,
        "dpo_contact": request.controller.dpo_contact or request.controller.email,
    }
    return FIELD.sub(lambda found: known.get(found[1], found[0]), text)


def finished(text: str) -> str:
    """Return a text that is to be sent, without white space around it.

    Raises
    ------
    DraftUnfinishedError
        a gap of a draft is left in it; `details` names them
    """
    if left := fields(text):
        raise DraftUnfinishedError(gaps=left)
    return text.strip()
