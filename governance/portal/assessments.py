"""The page of an impact assessment beside its form: the DPO's advice, and the conclusion."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.policy.vocabulary import Role
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from registry import impact
from registry.models import ImpactAssessment

CHANGE = "admin:registry_impactassessment_change"


class AdviceForm(forms.Form):
    """What the DPO advises (Art. 35(2))."""

    advice = forms.CharField(
        label=gettext_lazy("Advice of the DPO"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def context_of(request: HttpRequest, assessment: ImpactAssessment | None) -> dict[str, Any]:
    """Return what the page of an assessment shows beside the form."""
    if assessment is None:
        return {}
    staff = staff_of(request)
    is_open = assessment.concluded_at is None and may(staff, Page.ASSESSMENTS) >= May.CHANGE
    return {
        "assessment": assessment,
        "advice_form": AdviceForm() if is_open and staff.role == Role.DPO else None,
        "may_conclude": is_open
        and assessment.advised_by_id is not None
        and assessment.drafted_by_id != staff.pk,
        "is_own": is_open and assessment.drafted_by_id == staff.pk,
    }


@require_POST
@page(Page.ASSESSMENTS, level=May.CHANGE)
def advise(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record the DPO's advice."""
    assessment, form = _assessment(request, object_id), AdviceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the advice. Nothing was recorded."))
        return redirect(CHANGE, object_id)
    advice = form.cleaned_data["advice"]
    impact.advise(assessment=assessment, advice=advice, by=staff_of(request), now=timezone.now())
    messages.success(request, _("Recorded. Somebody who did not write the draft concludes it."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.ASSESSMENTS, level=May.CHANGE)
def conclude(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Conclude an assessment."""
    assessment = _assessment(request, object_id)
    impact.conclude(assessment=assessment, by=staff_of(request), now=timezone.now())
    messages.success(request, _("Concluded. It stays as it is; a review is a new assessment."))
    return redirect(CHANGE, object_id)


def _assessment(request: HttpRequest, object_id: UUID) -> ImpactAssessment:
    return get_object_or_404(
        ImpactAssessment, pk=object_id, controller_id=staff_of(request).controller_id
    )
