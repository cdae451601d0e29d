"""Other people in an answer: every text of the copy, what is proposed, and the decision.

Works without a script: words to hide as well are typed, and stand in the text when the page comes
back. What the form carries are places in the texts, never their words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dsar import labels, others
from dsar.errors import TextChangedError, WordsNotFoundError
from dsar.others import Read
from dsar.redaction.copy import Look, Looked
from dsar.redaction.marks import mark
from dsar.redaction.passages import SHOWN, Passage, Verdict, merged
from governance.policy.vocabulary import Duty, Right
from governance.portal.guard import page, under_duty
from governance.portal.roles import May, Page, staff_of
from governance.portal.site import portal
from registry.discovery.mentions import Kind
from registry.gate.access import Access

AT_ONCE = 10
CHANGE, HERE = "admin:dsar_subjectrequest_change", "admin:request_others"
VERDICTS = {
    Verdict.HIDDEN: gettext_lazy("Hide"),
    Verdict.CONSENT: gettext_lazy("Show: they agreed"),
    Verdict.KNOWN: gettext_lazy("Show: the person knows it already"),
    Verdict.STAFF: gettext_lazy("Show: our staff, and the name is indispensable"),
    Verdict.OWN: gettext_lazy("Show: it is the person's own"),
    Verdict.NOBODY: gettext_lazy("Show: it is nobody (a company, a place, a thing)"),
}
BY_HAND = {
    Kind.PERSON: gettext_lazy("a name"),
    Kind.WORDS: gettext_lazy("other words that tell who somebody is"),
}


@dataclass(frozen=True)
class Choice:
    """One passage on the page: its words, what stands there if it is hidden, and the choice."""

    name: str
    number: int
    words: str
    mark: str
    passage: Passage


@dataclass(frozen=True)
class Shown:
    """One text on the page: its parts, each with the choice it belongs to or none."""

    key: str
    title: str
    field: str
    parts: tuple[tuple[str, Choice | None], ...]
    choices: tuple[Choice, ...]
    words: str
    error: str


@dataclass
class Posted:
    """What the form said: passages and words by the key of their text, and what was wrong."""

    passages: dict[str, list[Passage]]
    words: dict[str, tuple[str, Kind]]
    errors: dict[str, str]


@page(Page.REQUESTS, level=May.CHANGE)
def review(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show the texts, or keep what was decided of them."""
    posted = _posted(request) if request.method == "POST" else None
    if (
        posted
        and request.POST.get("do") == "keep"
        and not any(w for w, _k in posted.words.values())
    ):
        return _keep(request, object_id, posted)

    if posted and request.POST.get("do") == "keep":
        messages.info(request, _("Your words are marked now. Look, then keep it."))

    def view(access: Access) -> HttpResponse:
        return _page(request, access, object_id, posted)

    return under_duty(request, view, duty=Duty.ANSWERING, reference=object_id)


def _keep(request: HttpRequest, object_id: UUID, posted: Posted) -> HttpResponse:
    said = [Read(key, tuple(passages)) for key, passages in posted.passages.items()]
    now = timezone.now()
    waiting = others.decide(object_id, said, by=staff_of(request).actor(), now=now)
    if waiting:
        told = ngettext(
            "Kept. %(n)d text is still to be read.",
            "Kept. %(n)d texts are still to be read.",
            waiting,
        )
        messages.success(request, told % {"n": waiting})
    else:
        messages.success(request, _("Kept. Everything is read: the copy can be made."))
    return redirect(HERE, object_id)


def _posted(request: HttpRequest) -> Posted:
    found = Posted({key: [] for key in request.POST.getlist("text")}, {}, {})
    for name, value in request.POST.items():
        what, _colon, rest = name.partition(":")
        key, _colon, place = rest.partition(":")
        if key not in found.passages:
            continue
        if what == "passage":
            found.passages[key].append(_passage(place, str(value)))
        elif what == "words":
            kind = request.POST.get(f"kind:{key}", Kind.PERSON)
            found.words[key] = (str(value).strip(), _kind(kind))
    return found


def _passage(place: str, verdict: str) -> Passage:
    try:
        start, end, kind, sure = place.split(":")
        return Passage(int(start), int(end), Kind(kind), Verdict(verdict), is_sure=sure == "1")
    except ValueError:
        raise TextChangedError from None


def _kind(word: str) -> Kind:
    return Kind(word) if word in BY_HAND else Kind.PERSON


def _page(
    request: HttpRequest, access: Access, object_id: UUID, posted: Posted | None
) -> HttpResponse:
    row = others.taken_up(access, object_id)
    look = others.look(access, row)
    if posted:
        look = others.with_passages(row, look, _with_words(look, posted))
        some = [one for one in look.texts if one.text.key in posted.passages]
    else:
        all_read = request.GET.get("read") == "1"
        some = [one for one in look.texts if one.waits is not all_read][:AT_ONCE]
    context = {
        **portal.each_context(request),
        "title": f"{_('Other people in the answer')} · {row.reference}",
        "row": row,
        "texts": [_shown(look, one, posted) for one in some],
        "waiting": len(look.waiting),
        "read": len(look.texts) - len(look.waiting),
        "people": len(look.people),
        "verdicts": VERDICTS.items(),
        "kinds": BY_HAND.items(),
        "is_access": row.right == Right.ACCESS,
    }
    status = 422 if posted and posted.errors else 200
    return TemplateResponse(request, "portal/others.html", context, status=status)


def _with_words(look: Look, posted: Posted) -> Mapping[str, Sequence[Passage]]:
    """Return the passages as chosen, with those that typed words add; note what is not found."""
    texts = {one.text.key: one for one in look.texts}
    if not posted.passages.keys() <= texts.keys():
        raise TextChangedError
    said: dict[str, list[Passage]] = {}
    for key, passages in posted.passages.items():
        words, kind = posted.words.get(key, ("", Kind.PERSON))
        added: list[Passage] = []
        if words:
            try:
                added = others.by_hand(texts[key].text.value, words, kind=kind)
            except WordsNotFoundError as error:
                posted.errors[key] = f"{error.message} {error.advice}"
        said[key] = merged(passages, added)
    return said


def _shown(look: Look, one: Looked, posted: Posted | None) -> Shown:
    text, last = one.text.value, 0
    key = one.text.key
    parts: list[tuple[str, Choice | None]] = []
    for number, passage in enumerate(sorted(one.passages), 1):
        words = text[passage.start : passage.end]
        is_hidden = passage.verdict is Verdict.HIDDEN
        whose = look.people.whose(text, one.hidden, passage) if is_hidden else None
        place = f"{passage.start}:{passage.end}:{passage.kind}:{int(passage.is_sure)}"
        shown_as = mark(passage.kind, whose) if is_hidden else ""
        choice = Choice(f"passage:{key}:{place}", number, words, shown_as, passage)
        parts += [(text[last : passage.start], None), (words, choice)]
        last = passage.end
    parts.append((text[last:], None))
    error = posted.errors.get(key, "") if posted else ""
    return Shown(
        key, one.text.title, labels.word(labels.FIELDS, one.text.field), tuple(parts),
        tuple(choice for _words, choice in parts if choice),
        posted.words[key][0] if posted and error else "", error,
    )  # fmt: skip


assert set(VERDICTS) == {Verdict.HIDDEN, *SHOWN}  # noqa: S101  # a verdict without words would not be offered
