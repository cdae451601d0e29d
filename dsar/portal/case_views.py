"""The pages of one request, opened with its reference and code: how it stands, address, copy.

Both come in the body of a form, never in an address.
"""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from dsar import intake
from dsar.case import delivery, documents
from dsar.case.code import key_of
from dsar.case.documents import Standing
from dsar.errors import CaseNotFoundError, DownloadEndedError
from dsar.labels import RIGHTS
from dsar.portal import limits
from dsar.portal.forms import CaseForm, MailedCodeForm, describe
from dsar.portal.limits import limited
from dsar.portal.views import WRONG, company_of, page
from dsar.signs import signs_of
from governance.policy.vocabulary import Right


@sensitive_post_parameters()
@sensitive_variables("form", "standing")
@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited
def show(request: HttpRequest, company: str) -> HttpResponse:
    """Ask for reference and code, and show the case."""
    found = company_of(company)
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        try:
            standing = documents.standing(found.pk, said["reference"], said["code"], now=now)
        except CaseNotFoundError as error:
            form.add_error("code", f"{error.message} {error.advice}")
        else:
            limits.require(limits.LOOKS, company, signs_of(said["reference"]), now=now)
            context = {"company": found, "mailed": describe(MailedCodeForm()), **said}
            return render(request, "dsar/portal/case.html", context | _told(standing))
    status = WRONG if form.errors else 200
    context = {"company": found, "form": describe(form)}
    return render(request, "dsar/portal/case_ask.html", context, status=status)


@sensitive_post_parameters()
@sensitive_variables("form", "said", "key")
@require_POST
@page
@limited
def confirm_address(request: HttpRequest, company: str) -> HttpResponse:
    """Hand in the code that was mailed, sealed like a request: a worker says whether it is right.

    The answer is the same for a right and a wrong one.
    """
    found = company_of(company)
    form = MailedCodeForm(request.POST)
    opened = CaseForm(request.POST)
    if not opened.is_valid():
        raise CaseNotFoundError
    said = opened.cleaned_data
    if form.is_valid():
        now, key = timezone.now(), key_of(said["reference"], said["code"])
        limits.require(limits.MAILED_CODES, limits.network_of(request), company, now=now)
        intake.submit_code(found.pk, key.digest, form.cleaned_data["token"], now=now)
    context = {"company": found, "form": describe(form), **said}
    status = WRONG if form.errors else 200
    return render(request, "dsar/portal/case_address.html", context, status=status)


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


def _told(standing: Standing) -> dict[str, Any]:
    """Return a standing as the page shows it."""
    steps = (
        "received_on", "identified_on", "waiting_since", "closed_on", "due_on", "extended_to",
        "asked_on", "confirmed_on", "offered_until",
    )  # fmt: skip
    days = {name: date.fromisoformat(day) for name in steps if (day := getattr(standing, name))}
    return {"case": standing, "right": RIGHTS[Right(standing.right)], "days": days}
