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
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from dsar import clock, intake, notice
from dsar.case import code
from dsar.errors import StateForgedError
from dsar.portal import flow, limits
from dsar.portal.choices import CHOICES, choice_of
from dsar.portal.errors import CompanyNotFoundError, TooOftenError
from dsar.portal.explained import EXPLAINED
from dsar.portal.forms import describe
from dsar.portal.limits import limited
from dsar.portal.state import Answers
from dsar.requests import new_reference
from governance.crypto import normalise
from governance.policy import deadlines
from governance.policy.errors import GovernanceError
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
    return render(request, "dsar/portal/home.html", {"company": company, "choices": CHOICES})


@require_GET
@page
def explain(request: HttpRequest, company: str, right: str) -> HttpResponse:
    """Say what one right is, how long it takes, and what happens next."""
    found, choice = company_of(company), choice_of(right)
    context = {"company": found, "choice": choice, "explained": EXPLAINED[choice.right]}
    return render(request, "dsar/portal/right.html", context)


@sensitive_post_parameters()
@sensitive_variables("answers")
@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited
def ask(request: HttpRequest, company: str, right: str = "") -> HttpResponse:
    """Lead through the pages of `dsar.portal.flow`; which one it is stands in the form."""
    found = company_of(company)
    chosen = [choice_of(right).right.value] if right else []
    intake.public_key(found.pk)  # closed? then say so before anybody writes anything
    if request.method != "POST":
        done = [flow.RIGHTS] if chosen else []
        answers = Answers(company, new_reference(), code.new(), rights=chosen, done=done)
        return _page(request, found, answers, flow.following(answers))
    answers = Answers.read(request.POST.get("state", ""))
    if answers.company != company:
        raise StateForgedError
    step = request.POST.get("step", "")
    if step == "send":
        return _send(request, found, answers)
    if step.startswith(flow.CHANGE):
        return _page(request, found, answers, step.removeprefix(flow.CHANGE))
    return _save(request, found, answers, step)


def _save(request: HttpRequest, company: Controller, answers: Answers, name: str) -> HttpResponse:
    """Keep what one page was sent with and show the next, or what is wrong with it."""
    form = flow.form_of(name, answers, request.POST)
    if not form.is_valid():
        return _page(request, company, answers, name, form)
    answers = flow.kept(name, answers, form.cleaned_data)
    return _page(request, company, answers, flow.following(answers))


def _send(request: HttpRequest, company: Controller, answers: Answers) -> HttpResponse:
    """Seal and hand in what was checked, and show the code, which is in no address."""
    now = timezone.now()
    message = flow.message(answers, _language())
    _count(request, answers, now)
    intake.submit(company.pk, message, reference=answers.reference, now=now)
    received_on = deadlines.local_date(now)
    context = {
        "company": company,
        "asked": [(choice_of(r), where) for r, where in flow.references(answers).items()],
        "code": answers.code,
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


def _page(
    request: HttpRequest,
    company: Controller,
    answers: Answers,
    name: str,
    form: forms.Form | None = None,
) -> HttpResponse:
    """Show one page of the flow."""
    pages = [*flow.sequence(answers), flow.CHECK]
    is_last = name == flow.CHECK
    form = form or (None if is_last else flow.form_of(name, answers))
    context = {
        "company": company,
        "answers": answers,
        "page": name,
        "before": flow.before(name, answers),
        "number": pages.index(name) + 1,
        "of": len(pages),
        "chosen": [choice_of(right) for right in answers.rights],
        "choice": choice_of(name.removeprefix(flow.DETAILS)) if flow.DETAILS in name else None,
        "answered": list(flow.answered(answers)) if is_last else [],
        "state": answers.signed(),
        "form": describe(form) if form else None,
    }
    status = WRONG if form is not None and form.errors else 200
    template = "details" if flow.DETAILS in name else name
    return render(request, f"dsar/portal/{template}.html", context, status=status)


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
