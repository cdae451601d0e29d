"""The page of one's own (C6): orders, cases, conversations and choices, without an account.

`ask` takes an address, seals it and says the same to everybody. `show` is behind the link that was
mailed to an address on file: opening it shows nothing, for scanners of mail open every link; the
button does. What is said there goes into the conversations of the house.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from crm.own import looking, saying
from crm.service.operations import NewCase
from dsar import intake, links, preferences
from dsar.links import Kind, Link, Wanted
from dsar.portal import limits
from dsar.portal.forms import describe
from dsar.portal.limits import limited
from dsar.portal.views import WRONG, company_of, page
from governance.public.own_choices import CHOICES
from governance.public.own_invitation import VALID_FOR
from registry.models import Controller

READS = ["GET", "HEAD", "POST"]
LONGEST = 4000
WRITE = _("Write your message first.")


class AddressForm(forms.Form):
    """To which address the link goes."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254,
        help_text=_("The one that we know from your orders or messages."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Fill this in."),
            "invalid": _("Write a complete e-mail address, such as name@example.it."),
        },
    )  # fmt: skip


class WordsForm(forms.Form):
    """An answer, to a case or in a conversation."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("Your message"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": WRITE,
            "max_length": _("The text is too long: 4,000 characters at most."),
        },
    )  # fmt: skip


class CaseForm(forms.Form):
    """A new case."""

    topic = forms.CharField(
        label=_("What is it about?"), max_length=200,
        error_messages={"required": _("Fill this in.")},
    )  # fmt: skip
    description = forms.CharField(
        label=_("What happens"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": WRITE,
            "max_length": _("The text is too long: 4,000 characters at most."),
        },
    )  # fmt: skip
    order = forms.ChoiceField(label=_("Order"), required=False)

    def __init__(self, own: looking.Own | None = None, data: Any = None) -> None:
        super().__init__(data, auto_id="c_%s")
        chosen = [(str(one.id), one.number) for one in own.orders] if own else []
        order = self.fields["order"]
        if isinstance(order, forms.ChoiceField):
            order.choices = [("", _("None")), *chosen]


@sensitive_post_parameters()
@sensitive_variables("form")
@require_http_methods(READS)
@page
@limited
def ask(request: HttpRequest, company: str) -> HttpResponse:
    """Ask for an address; who is known there finds a link in their mail, and nobody else."""
    found = company_of(company)
    form = AddressForm(request.POST if request.method == "POST" else None)
    context = {"company": found, "form": describe(form)}
    if request.method != "POST" or not form.is_valid():
        status = WRONG if form.errors else 200
        return render(request, "public/own_ask.html", context, status=status)
    now, email = timezone.now(), form.cleaned_data["email"]
    network = limits.network_of(request)
    named = email.casefold()
    limits.require(limits.REQUESTS_NAMING, network, company, "own", named, now=now)
    limits.require(limits.REQUESTS, network, company, "own", now=now)
    intake.submit_visit(found.pk, email, get_language() or "it", now=now)
    return render(request, "public/own_sent.html", {"company": found})


@sensitive_post_parameters()
@sensitive_variables("token", "link")
@require_http_methods(READS)
@page
@limited
def show(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """Show the page to whoever presses the button, and take what they say there."""
    found, now = company_of(company), timezone.now()
    link = links.find(found.pk, token, Kind.OWN, today=timezone.localdate(now))
    if request.method != "POST":
        return render(request, "public/own_open.html", {"company": found})
    limits.require(limits.LOOKS, str(link.id), now=now)
    said = request.POST.get("do", "")
    if said in {"ask", "case", "conversation", *CHOICES}:
        limits.require(limits.MESSAGES, limits.network_of(request), company, now=now)
    if said in CHOICES:
        told, address = CHOICES[said](link, request.POST, now)
        return _page(request, found, link, CaseForm(), told=told, address=address)
    if said in {"ask", "case", "conversation"}:
        return _take(request, found, link, said)
    return _page(request, found, link, CaseForm())


def _take(request: HttpRequest, company: Controller, link: Link, said: str) -> HttpResponse:
    """Take what was written, and show the page again with it, or with what is missing."""
    now, here, whose = timezone.now(), company.pk, link.subject
    with preferences.opened(link, now=now) as access:
        asked = CaseForm(looking.look(access, whose), request.POST)
    about = f"{request.POST.get('about', '')[:36]}_%s"
    form = asked if said == "ask" else WordsForm(request.POST, auto_id=about)
    if not form.is_valid():
        return _page(request, company, link, form, status=WRONG)
    told = form.cleaned_data
    if said == "ask":
        new = NewCase(told["topic"], told["description"], order=told["order"] or None)
        saying.ask(here, whose, new, now=now)
    elif said == "case":
        saying.answer_case(here, whose, told["about"], told["words"], now=now)
    else:
        saying.answer(here, whose, told["about"], told["words"], now=now)
    kept = _("We have received what you wrote.")
    return _page(request, company, link, CaseForm(), told=kept)


def _page(
    request: HttpRequest,
    company: Controller,
    link: Link,
    form: forms.Form,
    *,
    told: str | Promise = "",
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    with preferences.opened(link, now=timezone.now()) as access:
        own = looking.look(access, link.subject)
        until = timezone.localdate(access.now) + VALID_FOR
        (choices,) = links.issue(access, [Wanted(link.subject, expires_on=until)])
        if not form.is_bound:
            form = CaseForm(own)
        context = {
            "company": company, "own": own, "choices": choices, "told": told, "address": address,
            "form": describe(form),
            "case_form": describe(form if isinstance(form, CaseForm) else CaseForm(own)),
            "most": LONGEST, "months": range(1, 13), "days": range(1, 32),
        }  # fmt: skip
    return render(request, "public/own_page.html", context, status=status)
