"""What the portal shows of risks: impact assessments and breaches."""

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from governance.policy.register import Risk
from registry import breaches, impact, labels
from registry.forms import ActivityField, capfirst, one_of
from registry.models import Breach, ImpactAssessment, ProcessingActivity, Staff

TEXTS = ("description", "necessity", "risks", "measures", "views", "consultation")
FIELDS = (
    "activity", "description", "necessity", "risks", "measures", "views", "residual_risk",
    "review_on", "consulted_on", "consultation",
)  # fmt: skip

SHOWN = {"activity": "shown_activity", "residual_risk": "shown_risk"}
"""Fields that a page which is only read shows in words, by the method."""


class AssessmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """An assessment as it is drafted: the four parts of Art. 35(7), and what is left."""

    activity = ActivityField(
        label=capfirst(_("processing activity")),
        queryset=ProcessingActivity.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    residual_risk = one_of(Risk, _("risk that is left"))

    class Meta:
        model = ImpactAssessment
        fields = FIELDS
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 4}) for name in TEXTS}

    def clean_activity(self) -> ProcessingActivity:
        """Leave an activity its one open assessment."""
        activity: ProcessingActivity = self.cleaned_data["activity"]
        if activity.assessments.filter(concluded_at__isnull=True).exists():
            raise forms.ValidationError(
                _("There is an open assessment of this activity: go on with that one.")
            )
        return activity


class AssessmentAdmin(ModelAdmin):
    """Impact assessments: a draft is edited, what is concluded is read."""

    form = AssessmentForm
    list_display = ("shown_activity", "shown_state", "shown_risk", "review_on")
    ordering = ("-drafted_at",)
    list_select_related = ("activity__purpose",)
    records_itself = True  # impact.draft writes the entry

    @display(description=_("processing activity"), ordering="activity__purpose__key")
    def shown_activity(self, assessment: ImpactAssessment) -> str:
        """Return what the activity is for, in words."""
        return assessment.activity.purpose.text

    def is_editable(self, assessment: ImpactAssessment) -> bool:
        """Only a draft can be edited."""
        return assessment.concluded_at is None

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Texts are read only once concluded; the activity is chosen once."""
        if obj is None:
            return ()
        if self.has_change_permission(request, obj):
            return ("shown_activity",)
        return tuple(SHOWN.get(name, name) for name in FIELDS)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Return the form's fields, or texts where it is only read."""
        if obj is None:
            return [(None, {"fields": FIELDS})]
        if self.has_change_permission(request, obj):
            return [(None, {"fields": ("shown_activity", *FIELDS[1:])})]
        return [(None, {"fields": tuple(SHOWN.get(name, name) for name in FIELDS)})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Offer the company's activities; the one that was chosen is not changed."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and isinstance(request.user, Staff):
            rows = ProcessingActivity.objects.filter(controller_id=request.user.controller_id)
            ordered = rows.select_related("purpose").order_by("purpose__key")
            form.base_fields["activity"].queryset = ordered
        return form

    def save_model(
        self, request: HttpRequest, obj: ImpactAssessment, form: Any, change: bool
    ) -> None:
        """Save the draft as the work of whoever edits it."""
        del form, change
        if not isinstance(request.user, Staff):
            raise TypeError
        impact.draft(assessment=obj, by=request.user, now=timezone.now())

    @display(
        description=_("state"),
        label={"concluded": "success", "advised": "info", "draft": "warning"},
    )
    def shown_state(self, assessment: ImpactAssessment) -> tuple[str, Any]:
        """Return the state as a word and a colour."""
        if assessment.concluded_at:
            return "concluded", _("Concluded")
        return ("advised", _("Advised")) if assessment.advised_at else ("draft", _("Draft"))

    @display(description=_("risk that is left"), ordering="residual_risk")
    def shown_risk(self, assessment: ImpactAssessment) -> str:
        """Return the risk in words."""
        return labels.text(Risk, assessment.residual_risk)


class BreachAdmin(ModelAdmin):
    """The register of breaches (Art. 33(5)); each has a page of its own."""

    list_display = ("shown_number", "aware_at", "shown_step")
    ordering = ("-aware_at",)

    @display(description=_("breach"), ordering="number")
    def shown_number(self, breach: Breach) -> str:
        """Return year and number."""
        return str(breach)

    @display(description=_("next step"))
    def shown_step(self, breach: Breach) -> str:
        """Return the next lawful step in words."""
        return breaches.step_in_words(breach)
