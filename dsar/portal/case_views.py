"""The page on which people see how their request stands, with the reference and the code."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from dsar.case import documents
from dsar.case.documents import Standing
from dsar.errors import CaseNotFoundError
from dsar.labels import RIGHTS
from dsar.portal.forms import CaseForm, describe
from dsar.portal.views import WRONG, company_of, page
from governance.policy.vocabulary import Right


@sensitive_post_parameters()
@sensitive_variables("form", "standing")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def show(request: HttpRequest, company: str) -> HttpResponse:
    """Ask for reference and code, and show the case; both come in the body, never in an address."""
    found = company_of(company)
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            standing = documents.standing(
                found.pk, said["reference"], said["code"], now=timezone.now()
            )
        except CaseNotFoundError as error:
            form.add_error("code", f"{error.message} {error.advice}")
        else:
            context = {"company": found, "reference": said["reference"]} | _told(standing)
            return render(request, "dsar/portal/case.html", context)
    status = WRONG if form.errors else 200
    context = {"company": found, "form": describe(form)}
    return render(request, "dsar/portal/case_ask.html", context, status=status)


def _told(standing: Standing) -> dict[str, Any]:
    """Return a standing as the page shows it."""
    steps = ("received_on", "identified_on", "waiting_since", "closed_on", "due_on", "extended_to")
    days = {name: date.fromisoformat(day) for name in steps if (day := getattr(standing, name))}
    return {"case": standing, "right": RIGHTS[Right(standing.right)], "days": days}
