"""The pages: plain forms, one thing per page, no account, no script, nothing kept meanwhile.

The answer is the same whether or not we know the person, because the page does not look:
it seals what was written and hands it in.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from dsar import clock, intake, notice
from dsar.case import code
from dsar.case.code import key_of
from dsar.errors import StateForgedError
from dsar.identity import Requester
from dsar.intake import Message
from dsar.portal import limits
from dsar.portal.choices import CHOICES, choice_of
from dsar.portal.errors import CompanyNotFoundError, TooOftenError
from dsar.portal.forms import DetailsForm, RightForm, WhoForm, describe
from dsar.portal.limits import limited
from dsar.portal.state import Answers
from dsar.requests import new_reference
from governance.crypto import normalise
from governance.policy import deadlines
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Right
from registry.models import Controller

WRONG = 422
View = Callable[..., HttpResponse]


def page(view: View) -> View:
    """Wrap a view: nothing is cached, and what is refused is told with the way on."""

    @wraps(view)
    @cache_control(no_store=True, private=True)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except GovernanceError as error:
            company = Controller.objects.filter(slug=kwargs.get("company", "")).first()
            context = {"error": error, "company": company}
            refused = render(request, "dsar/portal/problem.html", context, status=error.status)
            # Django would log the address, and in one that a person was sent there is a token.
            if isinstance(error, TooOftenError):
                refused["Retry-After"] = str(error.retry_after)
            refused._has_been_logged = True  # type: ignore[attr-defined]  # django.utils.log reads it
            return refused

    return told  # type: ignore[return-value]  # cache_control widens the response


def company_of(slug: str) -> Controller:
    """Return the company of an address.

    Raises
    ------
    CompanyNotFoundError
    """
    company = Controller.objects.filter(slug=slug).first()
    if company is None:
        raise CompanyNotFoundError
    return company


@require_GET
@page
def start(request: HttpRequest) -> HttpResponse:
    """Show the page of the one company there is, or the list of them."""
    companies = list(Controller.objects.order_by("name"))
    if len(companies) == 1:
        return _home(request, companies[0])
    return render(request, "dsar/portal/companies.html", {"companies": companies})


@require_GET
@page
def home(request: HttpRequest, company: str) -> HttpResponse:
    """Show what a person can do at one company."""
    return _home(request, company_of(company))


def _home(request: HttpRequest, company: Controller) -> HttpResponse:
    offered = [choice for choice in CHOICES if choice.right is not Right.HUMAN_REVIEW]
    return render(request, "dsar/portal/home.html", {"company": company, "choices": offered})


@require_http_methods(["GET", "HEAD", "POST"])
@page
def which(request: HttpRequest, company: str) -> HttpResponse:
    """Ask which right, for those who come without having chosen one."""
    found = company_of(company)
    form = RightForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("portal:ask", company=company, right=form.cleaned_data["right"])
    status = WRONG if form.errors else 200
    context = {"company": found, "form": describe(form), "choices": CHOICES}
    return render(request, "dsar/portal/which.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited
def ask(request: HttpRequest, company: str, right: str) -> HttpResponse:
    """Lead through who → details → check → sent; which step it is stands in the form."""
    found, choice = company_of(company), choice_of(right)
    intake.public_key(found.pk)  # closed? then say so before anybody writes anything
    if request.method != "POST":
        answers = Answers(company, right, new_reference(), code.new())
        return _page(request, "who", found, answers, WhoForm())
    answers = Answers.read(request.POST.get("state", ""))
    if (answers.company, answers.right) != (company, choice.right):
        raise StateForgedError
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise StateForgedError
    return step(request, found, answers)


def _who(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    form = WhoForm(request.POST)
    if not form.is_valid():
        return _page(request, "who", company, answers, form)
    answers = answers.with_(form.cleaned_data)
    return _page(request, "details", company, answers, _details_form(answers))


def _details(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    form = DetailsForm(request.POST, right=answers.right)
    if not form.is_valid():
        return _page(request, "details", company, answers, form)
    return _page(request, "check", company, answers.with_(form.cleaned_data), None)


def _change_who(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    initial = {"name": answers.name, "email": answers.email, "phone": answers.phone}
    return _page(request, "who", company, answers, WhoForm(initial=initial))


def _change_details(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    return _page(request, "details", company, answers, _details_form(answers))


def _send(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    """Seal and hand in what was checked, and show the code, which is in no address.

    The forms have validated the answers before they were signed.
    """
    requester = Requester(answers.name, answers.email, answers.phone, answers.details)
    if not requester.has_contact:
        raise StateForgedError
    now = timezone.now()
    _count(request, answers, now)
    key = key_of(answers.reference, answers.code)
    message = Message(answers.right, _language(), requester, key.digest.hex(), key.public.hex())
    intake.submit(company.pk, message, reference=answers.reference, now=now)
    received_on = deadlines.local_date(now)
    context = {
        "company": company,
        "choice": choice_of(answers.right),
        "answers": answers,
        "received_on": received_on,
        "due_on": clock.first_deadline(company, received_on).due_on,
    }
    return render(request, "dsar/portal/sent.html", context)


def _count(request: HttpRequest, answers: Answers, now: datetime) -> None:
    """Count a request from this network, and of those the ones that name this address."""
    network = limits.network_of(request)
    named = normalise.email(answers.email) or normalise.phone(answers.phone) or ""
    limits.require(limits.REQUESTS_NAMING, network, answers.company, named, now=now)
    limits.require(limits.REQUESTS, network, answers.company, now=now)


STEPS: dict[str, Callable[[HttpRequest, Controller, Answers], HttpResponse]] = {
    "who": _who,
    "details": _details,
    "change_who": _change_who,
    "change_details": _change_details,
    "send": _send,
}


def _details_form(answers: Answers) -> DetailsForm:
    return DetailsForm(initial={"details": answers.details}, right=answers.right)


def _page(
    request: HttpRequest, name: str, company: Controller, answers: Answers, form: forms.Form | None
) -> HttpResponse:
    context = {
        "company": company,
        "choice": choice_of(answers.right),
        "answers": answers,
        "state": answers.signed(),
        "form": describe(form) if form else None,
    }
    status = WRONG if form is not None and form.errors else 200
    return render(request, f"dsar/portal/{name}.html", context, status=status)


@require_GET
@page
def help_page(request: HttpRequest, company: str) -> HttpResponse:
    """Show whom to ask, inside and outside the company."""
    return render(request, "dsar/portal/help.html", {"company": company_of(company)})


@require_GET
@page
def privacy(request: HttpRequest, company: str) -> HttpResponse:
    """Show the privacy notice that the register in force yields, and its approved versions."""
    found = company_of(company)
    context = {
        "company": found,
        "blocks": notice.blocks(notice.text(found, now=timezone.now())),
        "versions": notice.versions(found, language=_language()),
    }
    return render(request, "dsar/portal/privacy.html", context)


@require_GET
@page
def privacy_version(request: HttpRequest, company: str, number: int, language: str) -> HttpResponse:
    """Show one approved version of the notice, as it was given to people."""
    found = company_of(company)
    version = notice.version(found, number=number, language=language)
    context = {"company": found, "version": version, "blocks": notice.blocks(version.text)}
    return render(request, "dsar/portal/privacy_version.html", context)


@require_GET
@page
def accessibility(request: HttpRequest, company: str) -> HttpResponse:
    """Show the accessibility statement."""
    return render(request, "dsar/portal/accessibility.html", {"company": company_of(company)})


def _language() -> str:
    return "en" if (get_language() or "it").startswith("en") else "it"
