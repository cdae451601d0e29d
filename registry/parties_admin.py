"""What the portal shows of other companies: recipients with their transfers, and principals."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminURLInputWidget

from governance.policy.register import AtEnd, Clause, Measure, Mechanism, PartyRole, SubProcessing
from registry import labels, register_labels
from registry.columns import word_filter
from registry.forms import capfirst, one_of, several
from registry.models import ProcessingOnBehalf, Recipient, Transfer
from registry.parts_admin import PartInline

PARTS: list[tuple[Any, tuple[str, ...]]] = [
    (
        _("Who they are"),
        (
            "name", "role", "sub_processor_of", "category_it", "category_en", "country",
            "address", "contact",
        ),
    ),
    (
        _("Agreement (Art. 28)"),
        (
            "agreement_on", "agreement_until", "agreement_subject", "agreement_document",
            "clauses", "sub_processing", "at_end",
        ),
    ),
    (_("Joint controllers (Art. 26)"), ("arrangement",)),
    (_("Notices of erasure (Art. 19)"), ("endpoint",)),
]  # fmt: skip


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A recipient and the agreement with it."""

    role = one_of(PartyRole, _("role"))
    clauses = several(Clause, _("what the agreement binds them to"), required=False)
    sub_processing = one_of(SubProcessing, _("further processors"), required=False)
    at_end = one_of(AtEnd, _("at the end of the service"), required=False)
    endpoint = forms.URLField(
        label=capfirst(_("address for notices of erasure")),
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https"])],
        help_text=_("https:// address that takes Standard Webhooks; without one, staff write."),
        widget=UnfoldAdminURLInputWidget,
    )

    class Meta:
        model = Recipient
        fields = tuple(name for _title, names in PARTS for name in names)
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("agreement_subject", "arrangement")
        }

    def clean(self) -> dict[str, Any]:
        """Say in words what the database would refuse."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("sub_processor_of") and said.get("role") != PartyRole.SUB_PROCESSOR:
            self.add_error("sub_processor_of", _("Only a sub-processor is engaged by a processor."))
        _check_agreement(self, said)
        return said


def _check_agreement(form: forms.BaseForm, said: dict[str, Any]) -> None:
    """Say at the field that an agreement can not end before it began."""
    begins, ends = said.get("agreement_on"), said.get("agreement_until")
    if ends and (begins is None or ends < begins):
        form.add_error("agreement_until", _("An agreement begins before it ends."))


class TransferForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One transfer of a recipient."""

    mechanism = one_of(Mechanism, _("mechanism"))

    class Meta:
        model = Transfer
        fields = ("country", "organisation", "mechanism", "document", "assessment", "assessed_on")
        widgets = {"assessment": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        """Say in words what the database would refuse."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("country") and not said.get("organisation"):
            self.add_error("country", _("Name the country, or the international organisation."))
        return said


class TransferInline(PartInline):
    """Where data goes outside the EEA with a recipient."""

    model = Transfer
    form = TransferForm
    whole: type[Model] = Recipient
    fk_name = "recipient"


class WithTransfers(ModelAdmin):
    """A page with the transfers of what it shows."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give each transfer the controller of what it belongs to."""
        del request, change
        for transfer in formset.save(commit=False):
            transfer.controller_id = form.instance.controller_id
            transfer.save()
        for transfer in formset.deleted_objects:
            transfer.delete()


class RecipientAdmin(WithTransfers):
    """To whom data goes, with agreement and transfers."""

    form = RecipientForm
    inlines = (TransferInline,)
    fieldsets = [(title, {"fields": names}) for title, names in PARTS]
    list_display = ("name", "shown_role", "country", "agreement_on", "agreement_until")
    list_filter = (word_filter("role", _("role"), register_labels.PARTY_ROLE),)
    search_fields = ("name",)
    ordering = ("name",)

    @display(description=_("role"), ordering="role")
    def shown_role(self, recipient: Recipient) -> str:
        """Return the role in words."""
        return labels.text(PartyRole, recipient.role)


class OnBehalfForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What is done for one controller."""

    measure_kinds = several(Measure, _("security measures"), required=False)

    class Meta:
        model = ProcessingOnBehalf
        fields = (
            "principal", "principal_contact", "representative", "dpo_contact", "processing_it",
            "processing_en", "transfers", "measure_kinds", "measures", "agreement_on",
            "agreement_until",
        )  # fmt: skip
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("processing_it", "processing_en", "transfers", "measures")
        }

    def clean(self) -> dict[str, Any]:
        """Let no agreement end before it began."""
        said: dict[str, Any] = super().clean() or {}
        _check_agreement(self, said)
        return said


class OnBehalfTransferInline(TransferInline):
    """Where the data of another controller go outside the EEA (Art. 30(2)(c))."""

    whole: type[Model] = ProcessingOnBehalf
    fk_name = "on_behalf"


class OnBehalfAdmin(WithTransfers):
    """What we do as a processor: the record of Art. 30(2)."""

    form = OnBehalfForm
    inlines = (OnBehalfTransferInline,)
    list_display = ("principal", "agreement_on", "agreement_until")
    search_fields = ("principal",)
    ordering = ("principal",)
