"""Drafted reasons on the page of a request: chosen by ground, filled in, and edited before sending.

The choice is a form by GET, so that it works without scripts: it leads back to the same page with
the draft in the field of its section.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import translation

from dsar import drafts, letter_drafts
from dsar import labels as dsar_labels
from dsar.models import SubjectRequest
from governance.policy import refusals
from governance.policy.vocabulary import Right
from governance.portal.clock import GROUNDS, AskForm
from governance.portal.forms import EXTENSION, ExtendForm, RefuseForm
from registry import labels
from registry.datamap import data_map

SECTIONS = ("refuse", "part", "extend", "ask")
KIND = {"refuse": "refusal", "part": "refusal", "extend": "extension", "ask": "question"}


@dataclass(frozen=True)
class Drafted:
    """What one section of the page offers, and the draft that was asked for.

    Attributes
    ----------
    choices : grounds with their words
    ground, text : chosen, and drafted in the language of the request; "" before
    gaps : the facts to be written, each with what it is
    draft : name of the text of the house
    """

    name: str
    choices: list[tuple[str, str]]
    ground: str
    text: str
    gaps: list[tuple[str, str]]
    draft: str = ""


def sections(request: HttpRequest, row: SubjectRequest) -> dict[str, Drafted]:
    """Return what each section offers on the page of a request."""
    right = Right(row.right)
    grounds: dict[str, list[tuple[str, str]]] = {
        "refuse": [(g, _words(g)) for g in refusals.of_the_whole(right)],
        "part": [(g, _words(g)) for g in refusals.of_a_part(right)],
        "extend": [(ground, str(text)) for ground, text in EXTENSION.items()],
        "ask": [(ground, str(text)) for ground, text in GROUNDS.items()],
    }
    return {name: _section(request, row, name, grounds[name]) for name in SECTIONS}


def _words(ground: str) -> str:
    said = dsar_labels.word(dsar_labels.GROUNDS, ground)
    return said[:1].upper() + said[1:]


def _section(
    request: HttpRequest, row: SubjectRequest, name: str, choices: list[tuple[str, str]]
) -> Drafted:
    ground = request.GET.get(name, "")
    if ground not in dict(choices):
        return Drafted(name, choices, "", "", [])
    key = f"{KIND[name]}.{ground}"
    used = letter_drafts.in_force(row.controller_id, key, row.language)
    with translation.override(row.language):
        text = drafts.filled(used.text, row)
    gaps = [(f"{{{gap}}}", str(drafts.GAPS[gap])) for gap in drafts.fields(text)]
    return Drafted(name, choices, ground, text, gaps, used.name)


def context(request: HttpRequest, row: SubjectRequest) -> dict[str, Any]:
    """Return the sections, and their forms with the drafts in them."""
    found = sections(request, row)
    right = Right(row.right)
    return {
        "drafted": found,
        "refuse_form": RefuseForm(
            right=right, auto_id="refuse_%s", initial=_initial(found["refuse"], "reasons")
        ),
        "extend_form": ExtendForm(
            auto_id="extend_%s", initial=_initial(found["extend"], "reasons")
        ),
        "ask_form": AskForm(auto_id="ask_%s", initial=_initial(found["ask"], "question")),
        "parts": parts(row),
    }


def _initial(drafted: Drafted, field: str) -> dict[str, str]:
    return {"ground": drafted.ground, field: drafted.text} if drafted.ground else {}


def parts(row: SubjectRequest) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return what is held by kind of record, with the fields of each that can be left out."""
    return [
        (holding.model, labels.titled(holding.title_it, holding.title_en),
         [(name, dsar_labels.word(dsar_labels.FIELDS, name)) for name in holding.personal()])
        for holding in data_map().answered()
        if holding.model_class._default_manager.filter(
            **{holding.subject_column: row.subject_id}
        ).exists()
    ]  # fmt: skip
