"""Forms about a breach. What they accept is checked again by `registry.breaches`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.policy.breaches import BreachRisk, Cause, Exception34, Nature, Told
from governance.policy.categories import Category
from governance.policy.vocabulary import SubjectKind
from registry import labels
from registry.breaches import Description
from registry.models import ProcessingActivity, ProcessingOnBehalf, Recipient, Staff

WORDS = ("happened", "consequences", "measures")
NOBODY = _("It is sealed. Even so, name nobody who need not be named.")


def moment_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    """Return a field for a day and an hour, in the form every browser and person can fill."""
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def words_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    """Return a field for several lines of text."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def boxes(words: Any, label: Any) -> forms.MultipleChoiceField:
    """Return checkboxes for the values of a vocabulary."""
    return forms.MultipleChoiceField(
        label=label, choices=lambda: labels.choices(words), widget=forms.CheckboxSelectMultiple
    )


class ActivitiesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A choice of activities, by what they are for."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the purpose in words."""
        return str(obj.purpose.text)


class NewBreachForm(forms.Form):
    """That a breach became known."""

    aware_at = moment_field(
        _("Known since"),
        help_text=_("The 72 hours run from here, weekends included, not from when you write it."),
    )
    began_at = moment_field(_("Happened from"), required=False)


class DescribeForm(forms.Form):
    """What is known now (Art. 33(3))."""

    nature = boxes(Nature, _("What was broken"))
    cause = forms.ChoiceField(label=_("Cause"), choices=lambda: labels.choices(Cause))
    categories = boxes(Category, _("Data categories"))
    subject_kinds = boxes(SubjectKind, _("Categories of data subjects"))
    people = forms.IntegerField(label=_("People, about"), required=False, min_value=0)
    records = forms.IntegerField(label=_("Records, about"), required=False, min_value=0)
    happened = words_field(_("What happened"), help_text=NOBODY)
    consequences = words_field(_("Likely consequences"))
    measures = words_field(_("Measures taken or proposed"))
    risk = forms.ChoiceField(
        label=_("Risk to people"),
        choices=lambda: labels.choices(BreachRisk),
        widget=forms.RadioSelect,
    )
    activities = ActivitiesField(
        label=_("Activities concerned"),
        queryset=ProcessingActivity.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    processors = forms.ModelMultipleChoiceField(
        label=_("Processors concerned"),
        queryset=Recipient.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_ours = forms.BooleanField(
        label=_("Data about which we decide ourselves are concerned"), required=False, initial=True
    )
    principals = forms.ModelMultipleChoiceField(
        label=_("Controllers for whom we process what is concerned"),
        queryset=ProcessingOnBehalf.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They are told without undue delay; they notify the authority (Art. 33(2))."),
    )
    is_complete = forms.BooleanField(
        label=_("Nothing more is expected"),
        required=False,
        help_text=_("Otherwise what is found out later is told in phases (Art. 33(4))."),
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {"controller": staff.controller_id}
        activities = ProcessingActivity.objects.filter(**own).select_related("purpose")
        self.fields["activities"].queryset = activities.order_by("purpose__key")  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        self.fields["processors"].queryset = Recipient.objects.filter(**own).order_by("name")  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        ours = ProcessingOnBehalf.objects.filter(**own).order_by("principal")
        self.fields["principals"].queryset = ours  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        if not ours.exists():  # nobody acts for another here: the question would only confuse
            del self.fields["principals"], self.fields["is_ours"]

    def clean(self) -> dict[str, Any]:
        """Ask whose data are concerned."""
        said: dict[str, Any] = super().clean() or {}
        if "is_ours" in self.fields and not said.get("is_ours") and not said.get("principals"):
            self.add_error(
                "is_ours", _("Say whose data are concerned: ours, or of whom we act for.")
            )
        return said

    def known(self) -> Description:
        """Return what was said, as the register takes it."""
        said = self.cleaned_data
        return Description(
            nature=[Nature(word) for word in said["nature"]],
            cause=Cause(said["cause"]),
            categories=[Category(word) for word in said["categories"]],
            subject_kinds=[SubjectKind(word) for word in said["subject_kinds"]],
            people=said["people"],
            records=said["records"],
            risk=BreachRisk(said["risk"]),
            is_complete=said["is_complete"],
            words={name: said[name] for name in WORDS},
            activities=said["activities"],
            processors=said["processors"],
            is_ours=said.get("is_ours", True),
            principals=said.get("principals", ()),
        )


class NotifyForm(forms.Form):
    """That the latest report went to the authority or a controller, or that people were told."""

    told = forms.ChoiceField(label=_("Told"), choices=lambda: labels.choices(Told))
    principal = forms.ModelChoiceField(
        label=_("Which controller"), queryset=ProcessingOnBehalf.objects.none(), required=False,
        empty_label="—",
    )  # fmt: skip
    sent_at = moment_field(_("Sent on"))
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=120,
        help_text=_("Protocol number of the authority, or where the text that was sent is kept."),
    )
    reasons = words_field(
        _("Reasons for the delay"),
        required=False,
        help_text=_("Needed after 72 hours (Art. 33(1))."),
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ours = ProcessingOnBehalf.objects.filter(controller=staff.controller_id)
        self.fields["principal"].queryset = ours.order_by("principal")  # type: ignore[attr-defined]  # a ModelChoiceField
        if not ours.exists():
            del self.fields["principal"]
            others = [
                (value, text) for value, text in labels.choices(Told) if value != Told.CONTROLLER
            ]
            self.fields["told"].choices = others  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask which controller was told, where one was."""
        said: dict[str, Any] = super().clean() or {}
        is_named, is_controller = bool(said.get("principal")), said.get("told") == Told.CONTROLLER
        if is_named != is_controller and "principal" in self.fields:
            self.add_error(
                "principal", _("Name the controller if one was told, and nobody if not.")
            )
        return said


class DecideForm(forms.Form):
    """Whether people are told of a high risk (Art. 34)."""

    exception = forms.ChoiceField(
        label=_("Are people told?"),
        choices=lambda: [("", _("Yes, they are told")), *labels.choices(Exception34)],
        widget=forms.RadioSelect,
        required=False,
    )
    reasons = words_field(pgettext_lazy("decision", "Reasons"))
