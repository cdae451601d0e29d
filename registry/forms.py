"""Forms of the register in the portal. The texts of the vocabulary come from `labels`."""

from typing import Any, ClassVar

from django import forms
from django.core.validators import URLValidator
from django.utils.functional import lazy
from django.utils.text import capfirst as _capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminURLInputWidget,
)

from governance.policy.categories import Category
from governance.policy.vocabulary import (
    Anchor,
    LawfulBasis,
    Operation,
    RecordClass,
    RetentionAction,
    Role,
    SubjectKind,
)
from registry import labels
from registry.models import ActivityVersion, DataSource, Purpose, Recipient, RetentionRule

capfirst = lazy(_capfirst, str)
PARTY_ROLES = [
    ("processor", _("Processor (Art. 28)")),
    ("joint", _("Joint controller (Art. 26)")),
    ("independent", _("Independent recipient")),
]
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


def one_of(words: Any, label: Any) -> forms.ChoiceField:
    """Return a field that chooses one value of a vocabulary."""
    return forms.ChoiceField(
        label=capfirst(label),
        choices=lambda: labels.choices(words),
        widget=UnfoldAdminSelectWidget,
    )


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A source; verifying is a step of its own."""

    kind = forms.ChoiceField(label=_("Kind"), choices=SOURCE_KINDS, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = DataSource
        fields = ("name", "kind", "from_subject")


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A recipient and the agreement with it."""

    role = forms.ChoiceField(label=_("Role"), choices=PARTY_ROLES, widget=UnfoldAdminSelectWidget)
    endpoint = forms.URLField(
        label=_("address for notices of erasure"),
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https"])],
        help_text=_("https:// address that takes Standard Webhooks; without one, staff write."),
        widget=UnfoldAdminURLInputWidget,
    )

    class Meta:
        model = Recipient
        fields = (
            "name", "role", "category_it", "category_en", "country", "safeguard",
            "agreement_on", "agreement_until", "endpoint",
        )  # fmt: skip


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One retention rule."""

    record_class = one_of(RecordClass, _("records"))
    anchor = one_of(Anchor, pgettext_lazy("retention rule", "from"))
    action = one_of(RetentionAction, _("then"))
    categories = forms.MultipleChoiceField(
        label=capfirst(_("data categories kept")),
        choices=lambda: labels.choices(Category),
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 4}),
        help_text=_("Of a row kept after an erasure; none means all."),
        required=False,
    )

    class Meta:
        model = RetentionRule
        fields = (
            "record_class", "period", "anchor", "action", "legal_reference", "statutory",
            "categories",
        )  # fmt: skip


class ActivityVersionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A draft: the purpose is chosen once, when the activity is made."""

    purpose = forms.ModelChoiceField(
        label=_("Purpose"), queryset=Purpose.objects.none(), widget=UnfoldAdminSelectWidget
    )
    basis = one_of(LawfulBasis, _("lawful basis"))
    categories = several(Category, _("data categories"))
    subject_kinds = several(SubjectKind, _("categories of data subjects"))
    roles = several(Role, _("roles that may act"))
    operations = several(Operation, _("operations"))

    class Meta:
        model = ActivityVersion
        fields = (
            "title_it", "title_en", "basis", "basis_reference", "context", "categories",
            "special_ground", "subject_kinds", "roles", "operations", "sources", "recipients",
            "transfers", "measures", "profiling",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("basis_reference", "transfers", "measures")
        }
