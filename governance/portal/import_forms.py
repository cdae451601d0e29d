"""The two forms of an import: the upload, and where each column goes."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.imports.columns import Mapping as ColumnMap
from crm.imports.rejects import WITHHELD
from crm.imports.targets import Entity
from governance.policy.notifications import Telling
from governance.policy.vocabulary import SubjectKind
from governance.portal import import_words
from registry import labels
from registry.models import PrivacyNotice
from registry.notices import Told

KINDS = (
    SubjectKind.CUSTOMER,
    SubjectKind.PROSPECT,
    SubjectKind.COMPANY_CONTACT,
    SubjectKind.EMPLOYEE,
    SubjectKind.ORGANISATION,
)
Choices = Sequence[tuple[str, str]]


class UploadForm(forms.Form):
    """A file, where it comes from, and what it is for."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or XLSX, at most 64 MiB. It is sealed at once and removed after landing."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    source = forms.ChoiceField(label=_("Source"), required=False)
    new_source = forms.CharField(
        label=_("New source"),
        required=False,
        max_length=200,
        help_text=_("Where the data comes from, if it is not in the list: a system or a partner."),
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        help_text=_("Only purposes whose activity in force lets your role import."),
    )
    entity = forms.ChoiceField(
        label=_("What the rows are"),
        required=False,
        choices=lambda: [
            ("", _("Recognise it from the file")),
            *((e.value, import_words.entity(e)) for e in Entity),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Who the people are"),
        choices=lambda: [(kind.value, labels.SUBJECT_KIND[kind]) for kind in KINDS],
        help_text=_("Asked only of files of contacts."),
    )
    notice = forms.ModelChoiceField(
        PrivacyNotice.objects.none(),
        label=_("Privacy notice they were given"),
        required=False,
        empty_label=_("None: they must be told within a month (Art. 14)"),
    )
    told_on = forms.DateField(
        label=_("Given on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    told_how = forms.ChoiceField(
        label=_("How"),
        required=False,
        choices=lambda: [("", "—"), *((w.value, text) for w, text in labels.TELLING.items())],
    )

    def __init__(
        self,
        *args: Any,
        sources: Choices,
        purposes: Choices,
        notices: QuerySet[PrivacyNotice],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        notice: Any = self.fields["notice"]
        notice.queryset = notices
        _offer(self.fields["source"], [("", _("A new one")), *sources])
        _offer(self.fields["purpose"], purposes)

    def clean(self) -> dict[str, Any]:
        """Ask for exactly one source."""
        said: dict[str, Any] = super().clean() or {}
        said["new_source"] = (said.get("new_source") or "").strip()
        if "source" in said and bool(said["source"]) is bool(said["new_source"]):
            self.add_error("source", _("Choose one source of the list, or name a new one."))
        if said.get("notice") and not (said.get("told_on") and said.get("told_how")):
            self.add_error("notice", _("Say on which day they were given the notice, and how."))
        return said

    def told(self) -> Told | None:
        """Return which notice the people of the file were given, if any."""
        said = self.cleaned_data
        if not said["notice"]:
            return None
        at = timezone.make_aware(datetime.combine(said["told_on"], time.min))
        return Told(said["notice"], at, Telling(said["told_how"]))


class ColumnsForm(forms.Form):
    """One choice for each column that may be imported; refused columns have none."""

    def __init__(self, *args: Any, mapping: ColumnMap, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mapping = mapping
        choices = [("", import_words.left_out()), *import_words.targets(mapping.entity)]
        for column in mapping.columns:
            if column.dropped_because not in WITHHELD:
                # The header of the row is its label for the eye.
                widget = forms.Select(attrs={"aria-label": column.header})
                self.fields[f"column_{column.index}"] = forms.ChoiceField(
                    label=column.header, required=False, choices=choices,
                    initial=column.target or "", widget=widget,
                )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse to fill one field from two columns."""
        said: dict[str, Any] = super().clean() or {}
        chosen: set[str] = set()
        for name, target in list(said.items()):
            if target and target in chosen:
                self.add_error(name, _("Another column goes there already."))
            chosen.add(target)
        return said

    def applied(self) -> ColumnMap:
        """Return the mapping with what the person chose; what they left alone keeps its reason."""
        wanted = {
            int(name.removeprefix("column_")): target or None
            for name, target in self.cleaned_data.items()
        }
        mapping = self.mapping
        for index in sorted(wanted, key=lambda index: wanted[index] is not None):
            if mapping.columns[index].target != wanted[index]:
                mapping = mapping.with_override(index, wanted[index])
        return mapping


def _offer(field: forms.Field, choices: Sequence[tuple[str, Any]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
