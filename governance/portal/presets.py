"""Periods to be justified: presets of law, guidance and custom, put into drafts of activities."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.policy.vocabulary import RecordClass
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import activities, labels, presets
from registry.admin import title_of
from registry.models import Staff
from registry.presets import LONGEST_REASON, Preset, Standing

STANDINGS: dict[Standing, Promise] = {
    Standing.LAW: gettext_lazy("law"),
    Standing.GUIDANCE: gettext_lazy("guidance of an authority"),
    Standing.CUSTOM: gettext_lazy("custom"),
}


class ProposeForm(forms.Form):
    """Which preset for which activity, and why it is right there."""

    key = forms.ChoiceField(
        label=gettext_lazy("Period"),
        choices=lambda: [(p.key, labels.titled(p.title_it, p.title_en)) for p in presets.presets()],
    )
    activity = forms.ChoiceField(label=gettext_lazy("Activity"))
    why = forms.CharField(
        label=gettext_lazy("Why this period is right for it"), max_length=LONGEST_REASON,
        help_text=gettext_lazy("It stands in the register beside the source."),
    )  # fmt: skip

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = activities.all_in_force(staff.controller_id, at=timezone.now())
        choice = self.fields["activity"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - as declared above
        choice.choices = [(str(v.activity_id), title_of(v)) for v in found]


@page(Page.REGISTER)
def index(request: HttpRequest) -> HttpResponse:
    """Show the presets, and the form that proposes one."""
    return _shown(request, ProposeForm(staff=staff_of(request)))


def _shown(request: HttpRequest, form: ProposeForm) -> HttpResponse:
    context = {
        **portal.each_context(request),
        "title": _("Periods to be justified"),
        "presets": [_words(preset) for preset in presets.presets()],
        "form": form,
        "may_change": may(request.user, Page.REGISTER) >= May.CHANGE,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "portal/presets.html", context, status=status)


def _words(preset: Preset) -> dict[str, Any]:
    return {
        "preset": preset,
        "title": labels.titled(preset.title_it, preset.title_en),
        "note": labels.titled(preset.note_it, preset.note_en),
        "record": labels.text(RecordClass, preset.record_class),
        "period": labels.period_from(str(preset.period), preset.anchor),
        "standing": STANDINGS[preset.standing],
    }


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def propose(request: HttpRequest) -> HttpResponse:
    """Put a preset into a draft of an activity."""
    staff = staff_of(request)
    form = ProposeForm(request.POST, staff=staff)
    if not form.is_valid():
        return _shown(request, form)
    said = form.cleaned_data
    chosen = next((p for p in presets.presets() if p.key == said["key"]), None)
    if chosen is None:
        raise Http404
    draft = presets.propose(
        chosen, UUID(said["activity"]), why=said["why"], by=staff, now=timezone.now()
    )
    messages.success(request, _("This is the draft. Read it; somebody else approves it."))
    return redirect("admin:registry_activityversion_change", draft.pk)
