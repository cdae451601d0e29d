"""Forms of the register in the portal. The texts of the vocabulary come from `labels`."""

import json
from typing import Any, ClassVar

from django import forms
from django.utils.functional import lazy
from django.utils.text import capfirst as _capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from governance.policy.categories import Category
from governance.policy.impact import Criterion
from governance.policy.periods import Period, PeriodError
from governance.policy.register import Balance, Measure
from governance.policy.vocabulary import (
    Anchor,
    LawfulBasis,
    Operation,
    RecordClass,
    RestrictionException,
    RetentionAction,
    Role,
    SubjectKind,
)
from registry import labels, seeing
from registry.exchange import asked
from registry.models import ActivityVersion, Controller, DataSource, Purpose, RetentionRule
from registry.models.activities import WORDS_OF_THE_LOG

capfirst = lazy(_capfirst, str)
SOURCE_KINDS = [
    ("person", _("The person")),
    ("import", _("Import from another system")),
    ("public", _("Public source")),
    ("partner", _("Partner")),
]


def several(words: Any, label: Any, *, required: bool = True) -> forms.MultipleChoiceField:
    """Return a field of checkboxes for the values of a vocabulary."""
    return forms.MultipleChoiceField(
        label=capfirst(label),
        choices=lambda: labels.choices(words),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=required,
    )


def one_of(words: Any, label: Any, *, required: bool = True) -> forms.ChoiceField:
    """Return a field that chooses one value of a vocabulary, or none where it is not required."""
    return forms.ChoiceField(
        label=capfirst(label),
        choices=lambda: [*([] if required else [("", "—")]), *labels.choices(words)],
        widget=UnfoldAdminSelectWidget,
        required=required,
    )


class ActivityField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A choice among activities, by what they are for."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the purpose in words."""
        return str(obj.purpose.text)


class PeriodField(forms.CharField):
    """A period as ISO 8601 writes it; small letters and blanks are forgiven, weeks become days."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _(
            "This is not a period. Write P and then years, months or days: P10Y is ten years, P24M"
            " twenty-four months, P1Y6M a year and a half, P90D ninety days."
        ),
        "empty": _("The period is over before it begins: write at least a day, as in P1D."),
    }

    def __init__(self, *, label: Any, required: bool = True) -> None:
        super().__init__(
            required=required,
            label=capfirst(label),
            max_length=12,
            widget=UnfoldAdminTextInputWidget,
            help_text=_("P10Y is ten years, P24M twenty-four months, P90D ninety days."),
        )

    def clean(self, value: Any) -> str:
        """Return the period in the form that the register keeps."""
        written = "".join(str(super().clean(value)).split()).upper()
        if not written:
            return ""
        try:
            said = Period.parse(written)
        except PeriodError as error:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from error
        if said.total_months == said.total_days == 0:
            raise forms.ValidationError(self.error_messages["empty"], "empty")
        return f"P{said.total_days}D" if said.weeks else written


class ControllerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The company's own details."""

    review_every = PeriodField(label=_("activities are reviewed every"))

    class Meta:
        model = Controller
        fields = (
            "name", "address", "country", "sector", "law", "email", "dpo_contact",
            "representative", "review_every",
        )  # fmt: skip


class PurposeForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A purpose."""

    class Meta:
        model = Purpose
        fields = ("key", "text_it", "text_en", "is_marketing")

    def clean_key(self) -> str:
        """Say in words what the database would refuse."""
        key: str = self.cleaned_data["key"]
        if key in WORDS_OF_THE_LOG:
            raise forms.ValidationError(
                _("This key has a meaning of its own in the audit log: choose another.")
            )
        return key


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A source; verifying is a step of its own."""

    kind = forms.ChoiceField(label=_("Kind"), choices=SOURCE_KINDS, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = DataSource
        fields = ("name", "kind", "from_subject")


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One retention rule."""

    record_class = one_of(RecordClass, _("records"))
    period = PeriodField(label=_("for"))
    anchor = one_of(Anchor, pgettext_lazy("retention rule", "from"))
    action = one_of(RetentionAction, _("then"))
    archive_period = PeriodField(label=_("in the archive for"), required=False)
    categories = forms.MultipleChoiceField(
        label=capfirst(_("data categories kept")),
        choices=lambda: labels.choices(Category),
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 4}),
        help_text=_("What it keeps of a row; none means those of the activity."),
        required=False,
    )

    class Meta:
        model = RetentionRule
        fields = (
            "record_class", "period", "anchor", "action", "archive_period", "notice_days",
            "legal_reference", "statutory", "categories",
        )  # fmt: skip


SECTIONS: list[tuple[Any, tuple[str, ...]]] = [
    (_("What for"), ("title_it", "title_en", "context", "basis", "basis_reference")),
    (
        _("Legitimate interest: the assessment"),
        ("interest", "necessity", "balancing", "balance"),
    ),
    (
        _("Whose data, and which"),
        ("categories", "special_ground", "subject_kinds", "sources"),
    ),
    (
        _("Who uses them, and to whom they go"),
        ("roles", "role_categories", "operations", "recipients", "transfers"),
    ),
    (
        _("Time limits and security"),
        ("no_time_limits_because", "measure_kinds", "measures", "no_measures_because"),
    ),
    (
        _("Profiling, machines that decide, and risk"),
        (
            "profiling", "automated_decisions", "decision_logic", "decision_significance",
            "risk_criteria",
        ),
    ),
    (_("What the gate decides otherwise"), ("despite_restriction", "soft_opt_in")),
    (_("Further questions of authorities"), ("answers",)),
]  # fmt: skip
"""The form of a version, in parts; the page of a version that is only read has the same."""


class AnswersWidget(forms.MultiWidget):
    """A box for each question of the authorities."""

    template_name = "portal/answers.html"

    def __init__(self) -> None:
        box = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        super().__init__(dict.fromkeys(asked.QUESTIONS, box))

    def decompress(self, value: Any) -> list[str]:
        """Return the answers in the order of the questions."""
        said = json.loads(value) if isinstance(value, str) else value or {}
        return [said.get(key, "") for key in asked.QUESTIONS]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Put the words of each question beside its box."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        boxes = context["widget"]["subwidgets"]
        for box, question in zip(boxes, asked.QUESTIONS.values(), strict=True):
            box["question"] = _capfirst(str(question))
        return context


class AnswersField(forms.MultiValueField):
    """Answers in words by the key of their question; questions without one are left out."""

    def __init__(self) -> None:
        boxes = [forms.CharField(required=False) for _ in asked.QUESTIONS]
        super().__init__(
            boxes, widget=AnswersWidget(), required=False, require_all_fields=False,
            label=capfirst(_("further questions of authorities")),
        )  # fmt: skip

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """Return what was answered."""
        said = zip(asked.QUESTIONS, data_list, strict=False)
        return {key: text.replace("\r\n", "\n") for key, text in said if text}


class SeenByField(forms.CharField):
    """Which categories each role sees: a line for each that does not see them all."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        said = _("A role and what it sees, such as: Field agent: Name, Phone number.")
        super().__init__(help_text=said, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the lines of what is stored; what was typed stays as it was."""
        return "\n".join(seeing.lines(value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the words that the register keeps."""
        words, unknown = seeing.read(value or "")
        if unknown:
            message = _("Not known here: %(parts)s. Use the names of roles and categories above.")
            raise forms.ValidationError(message % {"parts": ", ".join(unknown)})
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare words, for lines can be written in several ways."""
        return seeing.read(data or "")[0] != sorted(initial or [])


class ActivityVersionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A draft: the purpose is chosen once, when the activity is made."""

    purpose = forms.ModelChoiceField(
        label=_("Purpose"), queryset=Purpose.objects.none(), widget=UnfoldAdminSelectWidget
    )
    basis = one_of(LawfulBasis, _("lawful basis"))
    categories = several(Category, _("data categories"))
    subject_kinds = several(SubjectKind, _("categories of data subjects"))
    roles = several(Role, _("roles that may act"))
    role_categories = SeenByField(
        label=capfirst(_("roles that do not see everything")), required=False
    )
    operations = several(Operation, _("operations"))
    balance = one_of(Balance, _("outcome of the weighing"), required=False)
    measure_kinds = several(Measure, _("kinds of measures"), required=False)
    risk_criteria = several(Criterion, _("criteria of a high risk"), required=False)
    despite_restriction = one_of(
        RestrictionException, _("although processing is restricted (Art. 18(2))"), required=False
    )
    answers = AnswersField()

    class Meta:
        model = ActivityVersion
        fields = tuple(name for _title, names in SECTIONS for name in names)
        widgets: ClassVar[dict[str, Any]] = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in (
                "basis_reference", "interest", "necessity", "balancing", "transfers", "measures",
                "decision_logic", "decision_significance",
            )
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["purpose"]
