"""The page of a public form (O2): no account, no script, nothing ticked, the same answer to all.

A notice is shown with the form, and its version is kept with what was written. Where a tick has to
be confirmed, the link goes to the address that was written, whoever wrote it.
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from crm.acquisition import arrivals, referrals, webforms
from crm.acquisition.arrivals import Arrival, Box
from crm.conversations import own_links
from crm.conversations.outgoing import Letter
from crm.models import WebForm
from dsar import links, preferences
from dsar.portal import limits
from dsar.portal.forms import describe
from dsar.portal.limits import limited
from dsar.portal.views import WRONG, company_of, page
from governance.policy.vocabulary import Channel
from registry import labels, notices
from registry.consent import Evidence, Said
from registry.gate.access import Access
from registry.models import Controller, PrivacyNotice

CONFIRMED_WITHIN = timedelta(days=30)
LABELS: dict[str, Promise] = {
    "given_name": _("Name"),
    "family_name": _("Surname"),
    "email": _("E-mail address"),
    "phone": _("Phone number"),
    "company_name": _("Company"),
    "job_title": _("Role in the company"),
    "message": _("Message"),
}
COMPLETES = {
    "given_name": "given-name", "family_name": "family-name", "email": "email", "phone": "tel",
    "company_name": "organization", "job_title": "organization-title", "message": "off",
}  # fmt: skip


class ArrivalForm(forms.Form):
    """The fields of a public form, and its boxes, none of them ticked."""

    def __init__(self, form: WebForm, data: Any = None) -> None:
        super().__init__(data, auto_id="f_%s")
        for name in form.fields:
            self.fields[name] = _field(name, is_required=name in form.required)
        self.boxes: dict[str, Box] = {}
        for number, box in enumerate(form.boxes):
            words = labels.titled(box["text_it"], box["text_en"])
            name = f"box_{number}"
            self.boxes[name] = Box(box["purpose"], Channel(box["channel"]), f"[x] {words}")
            self.fields[name] = forms.BooleanField(label=words, required=False, initial=False)

    def clean(self) -> dict[str, Any]:
        """Ask for one way to answer."""
        said = super().clean() or {}
        if not self.errors and not said.get("email") and not said.get("phone"):
            first = "email" if "email" in self.fields else "phone"
            self.add_error(first, gettext("Write how we can answer you."))
        return said

    def asked(self) -> list[Any]:
        """The fields to fill in, in order."""
        return [self[name] for name in self.fields if name not in self.boxes]

    def ticks(self) -> list[Any]:
        """The boxes, in order."""
        return [self[name] for name in self.boxes]

    def arrival(self, notice: PrivacyNotice | None) -> Arrival:
        """Return what was written and ticked."""
        said = {n: str(v) for n, v in self.cleaned_data.items() if n not in self.boxes and v}
        ticked = [box for name, box in self.boxes.items() if self.cleaned_data[name]]
        return Arrival(said, ticked, notice)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited
def web_form(request: HttpRequest, company: str, form: str) -> HttpResponse:
    """Show a form, and take what is written into it."""
    found = company_of(company)
    asked = webforms.opened(found.pk, form)
    title = labels.titled(asked.title_it, asked.title_en)
    shown = notices.in_force(found.pk, labels.language())
    link = _link(request)
    context: dict[str, Any] = {"company": found, "title": title, "notice": shown, "link": link}
    if request.method != "POST":
        empty = describe(ArrivalForm(asked))
        return render(request, "public/web_form.html", {**context, "form": empty})
    filled = ArrivalForm(asked, request.POST)
    if not filled.is_valid():
        context |= {"form": describe(filled)}
        return render(request, "public/web_form.html", context, status=WRONG)
    now = timezone.now()
    _count(request, found, filled.cleaned_data, now)
    # The version that stood in the form, where it changed while somebody was writing.
    given = _notice_of(found, request.POST.get("notice", "")) or shown
    _take(found, asked, filled.arrival(given), now=now)
    referrals.arrived(asked, link, now=now, today=timezone.localdate(now))
    return render(request, "public/web_form_done.html", context)


@sensitive_variables("arrival")
def _take(company: Controller, form: WebForm, arrival: Arrival, *, now: datetime) -> None:
    """Record what was written; each question goes to the address that was written."""
    until = timezone.localdate(now) + CONFIRMED_WITHIN

    def ask(access: Access, said: Said, how: Evidence) -> Letter:
        _event, token = preferences.ask(access, said, how, until=until)
        return _question(company, how.statement, own_links.place(links.digest_of(token)))

    arrivals.take(form, arrival, ask=ask, now=now)


def _question(company: Controller, statement: str, link: str) -> Letter:
    """Return the question behind a tick; where it is not answered, nothing is agreed."""
    words = {"company": company.name, "box": statement.removeprefix("[x] "), "link": link}
    body = gettext(
        "Somebody, perhaps you, ticked this at %(company)s:\n\n    %(box)s\n\n"
        "If it was you and you agree, open this page and confirm:\n%(link)s\n\n"
        "If you do nothing, nothing is agreed."
    )
    topic = gettext("Do you agree? One question by %(company)s") % words
    return Letter(Channel.EMAIL, body % words, topic)


def _count(request: HttpRequest, company: Controller, said: dict[str, Any], now: datetime) -> None:
    """Count arrivals from this network, and of those the ones that name this address."""
    network = limits.network_of(request)
    named = str(said.get("email") or said.get("phone") or "").casefold()
    limits.require(limits.REQUESTS_NAMING, network, company.slug, "form", named, now=now)
    limits.require(limits.REQUESTS, network, company.slug, "form", now=now)


def _notice_of(company: Controller, said: str) -> PrivacyNotice | None:
    """Return the version that a form says it showed, if it is one of this company's."""
    shown = PrivacyNotice.objects.filter(controller=company, approved_at__isnull=False)
    number, _sep, language = said.partition("/")
    return shown.filter(number=number, language=language).first() if number.isdigit() else None


def _link(request: HttpRequest) -> str:
    """Return the token of a link by which somebody came, from the address or the form."""
    said = request.POST.get("by") or request.GET.get("by") or ""
    return said if len(said) <= referrals.LONGEST else ""


def _field(name: str, *, is_required: bool) -> forms.Field:
    attrs = {"autocomplete": COMPLETES[name]}
    wanted: dict[str, Any] = {"label": LABELS[name], "required": is_required}
    wanted |= {} if is_required else {"help_text": _("Optional.")}
    missing = {"required": _("Fill this in.")}
    if name == "email":
        wrong = {
            **missing,
            "invalid": _("Write a complete e-mail address, such as name@example.it."),
        }
        email = forms.EmailInput(attrs={**attrs, "spellcheck": "false"})
        return forms.EmailField(max_length=254, widget=email, error_messages=wrong, **wanted)
    if name == "message":
        area = forms.Textarea(attrs={**attrs, "rows": 5})
        return forms.CharField(max_length=4000, widget=area, error_messages=missing, **wanted)
    attrs |= {"type": "tel"} if name == "phone" else {}
    line = forms.TextInput(attrs=attrs)
    return forms.CharField(max_length=200, widget=line, error_messages=missing, **wanted)
