"""The register for an authority (Art. 30(4)): read with a code that the DPO gave, and nothing else.

The code is a token with the role of an auditor: issued, limited in time and revoked in the portal.
It is sent by POST each time, so that it stands in no address and no session.
"""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from api.authentication import TokenUnknownError, authenticated
from dsar.portal import limits
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from governance.portal import record_pdf
from registry import labels, record
from registry.models import Controller

PAGE = "portal/authority.html"


class CodeForm(forms.Form):
    """The code; never shown again in the box it is typed into."""

    code = forms.CharField(
        label=_("Access code"), max_length=80,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The company's data protection officer gave it to you. It begins with cst_."),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True, private=True)
@sensitive_post_parameters("code")
def authority(request: HttpRequest, company: str) -> HttpResponse:
    """Ask for the code, then show the register in force, or hand it over as a PDF."""
    controller = get_object_or_404(Controller, slug=company)
    form = CodeForm(request.POST or None)
    context = {"company": controller, "form": form}
    if not form.is_valid():
        return render(request, PAGE, context, status=400 if form.is_bound else 200)
    code = form.cleaned_data["code"]
    try:
        limits.require(limits.FORMS, limits.network_of(request), now=timezone.now())
        made = record.export(
            _reader(code, controller), now=timezone.now(), language=labels.language()
        )
    except GovernanceError as error:
        return render(request, PAGE, {**context, "error": error}, status=error.status)
    if "pdf" in request.POST:
        disposition = {"Content-Disposition": 'attachment; filename="record-art-30.pdf"'}
        pdf = record_pdf.pdf(made)
        return HttpResponse(pdf, content_type="application/pdf", headers=disposition)
    return render(request, PAGE, {**context, "record": made, "code": code})


def _reader(code: str, controller: Controller) -> Actor:
    """Return who reads: a code of another company, or of another role, is no code here."""
    system, token = authenticated(code, now=timezone.now())
    if token.controller_id != controller.pk or system.actor.role is not Role.AUDITOR:
        raise TokenUnknownError
    return system.actor
