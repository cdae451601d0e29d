"""The pages of one request, opened with its reference and code.

How it stands with its letters, the address, the copy, a message, and taking it back.

Both come in the body of a form, never in an address.
"""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from dsar import intake
from dsar.case import delivery, documents
from dsar.case.code import key_of
from dsar.case.documents import Standing
from dsar.errors import CaseNotFoundError, DownloadEndedError
from dsar.labels import RIGHTS
from dsar.portal import limits
from dsar.portal.case_forms import AdditionForm, CaseForm, MailedCodeForm
from dsar.portal.forms import describe
from dsar.portal.limits import limited
from dsar.portal.views import WRONG, company_of, page
from dsar.signs import signs_of
from governance.policy.vocabulary import Right
from registry.models import Controller


@sensitive_post_parameters()
@sensitive_variables("form", "said")
@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited
def show(request: HttpRequest, company: str) -> HttpResponse:
    """Ask for reference and code, and show the case."""
    found = company_of(company)
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            return _case(request, found, said)
        except CaseNotFoundError as error:
            form.add_error("code", f"{error.message} {error.advice}")
    status = WRONG if form.errors else 200
    context = {"company": found, "form": describe(form)}
    return render(request, "dsar/portal/case_ask.html", context, status=status)


@sensitive_variables("said", "cases")
def _case(request: HttpRequest, company: Controller, said: dict[str, str]) -> HttpResponse:
    """Show a case, and what was asked for together with it.

    Raises
    ------
    CaseNotFoundError, TooOftenError
    """
    now = timezone.now()
    cases = documents.standings(company.pk, said["reference"], said["code"], now=now)
    limits.require(limits.LOOKS, company.slug, signs_of(said["reference"]), now=now)
    context = {
        "company": company,
        "cases": [_told(reference, standing) for reference, standing in cases],
        "mailed": describe(MailedCodeForm()),
        "addition": describe(AdditionForm()),
        **said,
    }
    return render(request, "dsar/portal/case.html", context)


@sensitive_variables("form", "said", "key")
def _hand_in(
    request: HttpRequest,
    company: str,
    form: MailedCodeForm | AdditionForm,
    shown: str,
    limit: limits.Limit,
) -> HttpResponse:
    """Seal what a form of a case holds, like a request, and show the same page again."""
    found, said = company_of(company), _opened(request)
    if form.is_valid():
        now, key = timezone.now(), key_of(said["reference"], said["code"])
        limits.require(limit, limits.network_of(request), company, now=now)
        form.submit(found.pk, key.digest, now=now)
    context = {"company": found, "form": describe(form), **said}
    return render(request, shown, context, status=WRONG if form.errors else 200)


@sensitive_post_parameters()
@sensitive_variables("form")
@require_POST
@page
@limited
def confirm_address(request: HttpRequest, company: str) -> HttpResponse:
    """Hand in the code that was mailed, sealed like a request: a worker says whether it is right.

    The answer is the same for a right and a wrong one.
    """
    form, shown = MailedCodeForm(request.POST), "dsar/portal/case_address.html"
    return _hand_in(request, company, form, shown, limits.MAILED_CODES)


@sensitive_post_parameters()
@sensitive_variables("form")
@require_POST
@page
@limited
def add(request: HttpRequest, company: str) -> HttpResponse:
    """Hand in what a person adds to their request, sealed like the request."""
    form, shown = AdditionForm(request.POST), "dsar/portal/case_message.html"
    return _hand_in(request, company, form, shown, limits.MESSAGES)


@sensitive_post_parameters()
@sensitive_variables("said", "key")
@require_POST
@page
@limited
def withdraw(request: HttpRequest, company: str) -> HttpResponse:
    """Ask whether the request is to be taken back, and hand that in once it was said."""
    found, said = company_of(company), _opened(request)
    is_sure = request.POST.get("sure") == "1"
    if is_sure:
        now, key = timezone.now(), key_of(said["reference"], said["code"])
        limits.require(limits.MESSAGES, limits.network_of(request), company, now=now)
        intake.submit_withdrawal(found.pk, key.digest, now=now)
    context = {"company": found, "is_sure": is_sure, **said}
    return render(request, "dsar/portal/case_withdrawal.html", context)


def _opened(request: HttpRequest) -> dict[str, str]:
    """Return the reference and the code that travel in the form.

    Raises
    ------
    CaseNotFoundError
    """
    form = CaseForm(request.POST)
    if not form.is_valid():
        raise CaseNotFoundError
    said: dict[str, str] = form.cleaned_data
    return said


@sensitive_post_parameters()
@sensitive_variables("opened", "said", "content")
@require_POST
@page
@limited
def download(request: HttpRequest, company: str) -> HttpResponse:
    """Hand over the copy, opened with the code; each time counts."""
    found = company_of(company)
    opened = CaseForm(request.POST)
    if not opened.is_valid():
        raise DownloadEndedError
    said = opened.cleaned_data
    content = delivery.download(found.pk, said["reference"], said["code"])
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _told(reference: str, standing: Standing) -> dict[str, Any]:
    """Return a standing as the page shows it."""
    steps = (
        "received_on", "identified_on", "waiting_since", "closed_on", "due_on", "extended_to",
        "confirmed_on", "offered_until",
    )  # fmt: skip
    days = {name: date.fromisoformat(day) for name in steps if (day := getattr(standing, name))}
    letters = [
        {**letter, "kind": LETTERS.get(letter["kind"], ""), "day": date.fromisoformat(letter["on"])}
        for letter in standing.letters
    ]
    right = RIGHTS[Right(standing.right)]
    return {
        "case": standing, "right": right, "days": days, "letters": letters, "reference": reference
    }  # fmt: skip


LETTERS = {
    "answer": _("Our answer"),
    "refusal": _("Our refusal"),
    "restriction_lifting": _("The restriction will end"),
    "extension": _("We need more time"),
    "question_identity": _("Our question, to be sure that it is you"),
    "question_scope": _("Our question about what you mean"),
    "incoming": _("A message of yours"),
}
