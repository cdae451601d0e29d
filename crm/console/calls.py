"""Calls at the desk: dialled if the gate lets them, held by a script, noted, perhaps recorded.

A recording is of a purpose of its own: announced first, agreed where the register asks for it.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.console.words import LANGUAGE
from crm.conversations import calls, recordings, scripts
from crm.conversations.calls import Outcome
from crm.conversations.errors import MessageNotFoundError
from crm.conversations.recordings import Sound
from crm.models import Call, CallRecording, CallScript, Contact, Interaction
from crm.trade.errors import TemplateNamesSomebodyError
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Role
from registry import labels
from registry.gate.access import Access
from registry.models import Purpose

TALKS = frozenset({Role.AGENT, Role.SALES, Role.MANAGER})
DISPOSITION: dict[str, Promise] = {
    "reached": _("we spoke"), "no_answer": _("nobody answered"), "busy": _("line busy"),
    "voicemail": _("answering machine"), "wrong_number": _("wrong number"),
    "call_back": _("to be called back"), "do_not_call": _("not to be called again"),
}  # fmt: skip
MOST = 100


class OutcomeForm(forms.Form):
    """How a call went."""

    disposition = forms.ChoiceField(label=_("How it ended"), choices=DISPOSITION.items)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=600, initial=0)
    words = forms.CharField(
        label=_("What was said"), widget=forms.Textarea, max_length=4000, required=False
    )
    script = forms.UUIDField(widget=forms.HiddenInput, required=False)


class RecordingForm(forms.Form):
    """The recording of a call, and what was said before it."""

    purpose = forms.CharField(max_length=40)
    announced = forms.BooleanField(required=False)
    agreed = forms.BooleanField(required=False)
    sound = forms.FileField()


class ScriptForm(forms.Form):
    """What is said on calls of one kind."""

    title = forms.CharField(label=_("Title"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE.items)
    body = forms.CharField(label=_("What is said"), widget=forms.Textarea, max_length=5000)


@page(roles=TALKS)
def call(desk: Desk, person: UUID) -> HttpResponse:
    """Begin a call: dialled only where the gate lets it be, or heard from the person."""
    said = desk.request.POST
    reason = said.get("reason", "").strip()[:200]
    purpose = desk.purpose.key if desk.purpose else ""
    if desk.request.method == "POST" and reason:
        if said.get("do") == "heard":
            with desk.open(Operation.CREATE, subjects=person) as access:
                made = calls.heard(access, person, purpose=purpose, reason=reason)
        else:
            made = calls.dial(desk.actor, person, purpose=purpose, reason=reason, now=desk.now).pk
        return redirect("desk:call_held", person=person, interaction=made)
    with desk.open(Operation.READ, subjects=person) as desk.access:
        context = {"title": _name(desk.access, person), "person": person}
        return desk.render("console/call.html", context)


def _name(access: Access, person: UUID) -> str | Promise:
    contact = access.rows(Contact).filter(subject=person).first()
    if contact is None:
        raise Http404
    known = contact.full_name if Category.NAME in access.categories else ""
    return known or _("Person without a name")


@page(Operation.READ, about="person", roles=TALKS, refused="console/closed.html")
def held(desk: Desk, person: UUID, interaction: UUID) -> HttpResponse:
    """Show a call: its number, the scripts, how it went, and whether it is recorded."""
    return _shown(desk, person, interaction, OutcomeForm())


def _shown(
    desk: Desk, person: UUID, interaction: UUID, form: OutcomeForm, *, status: int = 200
) -> HttpResponse:
    access = desk.access
    row = _row(access, person, interaction)
    made = access.rows(Call).filter(interaction=row).first()
    kept = access.rows(CallRecording).filter(call=made).first() if made else None
    context = {
        "title": _name(access, person), "person": person, "row": row, "form": form,
        "call": made, "disposition": DISPOSITION[made.disposition] if made else "",
        "scripts": scripts.newest(desk.staff.controller_id, labels.language()),
        "recording": kept,
        "purposes": recordings.purposes(desk.staff.controller_id, desk.role, now=desk.now),
        "may_listen": Category.VOICE in access.categories,
    }  # fmt: skip
    return desk.render("console/call_held.html", context, status=status)


def _row(access: Access, person: UUID, interaction: UUID) -> Interaction:
    access.require(Category.COMMUNICATIONS)
    rows = access.rows(Interaction).filter(subject=person, kind="call")
    found: Interaction | None = rows.filter(pk=interaction).first()
    if found is None:
        raise MessageNotFoundError
    return found


@page(Operation.UPDATE, about="person", roles=TALKS)
def log(desk: Desk, person: UUID, interaction: UUID) -> HttpResponse:
    """Note how a call went; who asks not to be called again is heeded at once."""
    form = OutcomeForm(desk.request.POST)
    if not form.is_valid():
        return _shown(desk, person, interaction, form, status=422)
    said = form.cleaned_data
    row = _row(desk.access, person, interaction)
    outcome = Outcome(said["disposition"], said["minutes"] * 60, said["script"], said["words"])
    calls.log_call(desk.access, row.pk, outcome, at=desk.now)
    messages.success(desk.request, _("Noted."))
    return redirect("desk:call_held", person=person, interaction=interaction)


@page(roles=TALKS)
def record(desk: Desk, person: UUID, interaction: UUID) -> HttpResponse:
    """Keep the recording of a call that was noted."""
    form = RecordingForm(desk.request.POST, desk.request.FILES)
    if desk.request.method != "POST" or not form.is_valid():
        if desk.request.method == "POST":
            messages.error(desk.request, _("Choose the file of the recording."))
        return redirect("desk:call_held", person=person, interaction=interaction)
    said = form.cleaned_data
    made = _of(desk, person, interaction, said)
    sound = Sound(
        said["sound"].read(recordings.LARGEST + 1), desk.now if said["announced"] else None
    )
    recordings.keep(desk.actor, person, made, sound, purpose=said["purpose"], now=desk.now)
    messages.success(desk.request, _("Kept, apart from the note of the call."))
    return redirect("desk:call_held", person=person, interaction=interaction)


def _of(desk: Desk, person: UUID, interaction: UUID, said: dict[str, Any]) -> UUID:
    """Return the call, and write down that the person agreed, where they did."""
    with desk.open(Operation.UPDATE, subjects=person) as access:
        row = _row(access, person, interaction)
        made = access.rows(Call).filter(interaction=row).first()
        if made is None:
            raise MessageNotFoundError
        if said["announced"] and said["agreed"]:
            purposes = Purpose.objects.filter(controller=access.controller)
            purpose = purposes.filter(key=said["purpose"]).first()
            if purpose is not None:
                recordings.agree(access, person, purpose, announced=purpose.text, at=desk.now)
        found: UUID = made.pk
    return found


@page(Operation.READ, about="person", roles=TALKS)
def listen(desk: Desk, person: UUID, recording: UUID) -> HttpResponse:
    """Give out a recording, in an access for a purpose that uses it."""
    kind, sound = recordings.heard(desk.access, person, recording)
    answer = HttpResponse(sound, content_type=kind)
    answer["Content-Disposition"] = f'inline; filename="{recording}.{kind.partition("/")[2]}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@page(roles=TALKS)
def written(desk: Desk) -> HttpResponse:
    """List the scripts of calls, and let a manager write the next version of one."""
    form = ScriptForm(desk.request.POST or None)
    places: Any = ()
    if desk.request.method == "POST" and desk.role is Role.MANAGER and form.is_valid():
        said = form.cleaned_data
        try:
            scripts.write(
                slugify(said["title"])[:40], said["title"], said["body"],
                language=said["language"], by=desk.staff, now=desk.now,
            )  # fmt: skip
        except TemplateNamesSomebodyError as error:
            places = error.places
        else:
            messages.success(desk.request, _("Kept: calls are held by it from now on."))
            return redirect("desk:scripts")
    rows = CallScript.objects.filter(controller=desk.staff.controller_id)
    context = {
        "title": _("Scripts of calls"), "form": form, "places": places,
        "scripts": rows.order_by("key", "language", "-version")[:MOST],
        "may_write": desk.role is Role.MANAGER,
    }  # fmt: skip
    return desk.render(
        "console/scripts.html", context, status=422 if form.errors or places else 200
    )
