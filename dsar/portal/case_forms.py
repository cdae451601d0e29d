"""What the page of a case asks."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar import intake
from dsar.portal.forms import PLAIN
from dsar.signs import grouped, signs_of


class CaseForm(forms.Form):
    """Which case, and the code that opens it."""

    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        help_text=_("Four groups of four signs, such as 7K2M-…"),
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={
            "required": _("Write the reference of your request."),
            "max_length": _("The reference is too long: it has 16 signs."),
        },
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=120,
        help_text=_("Thirteen groups of four signs. Capital letters and hyphens do not matter."),
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={
            "required": _("Write the code that you were shown with the reference."),
            "max_length": _("The code is too long: it has 52 signs."),
        },
    )

    def clean_reference(self) -> str:
        """Return the reference as it was shown, however it was typed."""
        return grouped(signs_of(self.cleaned_data["reference"]))


class MailedCodeForm(forms.Form):
    """The code that was mailed, for the case that is open on the page."""

    token = forms.CharField(
        label=_("Code in the e-mail"),
        max_length=40,
        help_text=_("Four groups of four signs."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={
            "required": _("Write the code that we mailed to you."),
            "max_length": _("The code is too long: it has 16 signs."),
        },
    )

    def submit(self, controller: UUID, digest: bytes, *, now: datetime) -> None:
        """Hand in the code for the case with this digest."""
        intake.submit_code(controller, digest, self.cleaned_data["token"], now=now)


class AdditionForm(forms.Form):
    """What the person adds to the case."""

    words = forms.CharField(
        label=_("Your message"),
        max_length=4000,
        help_text=_("An answer, a correction, anything we should know. Only those who answer"
                    " requests can read it."),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": _("Write your message first."),
            "max_length": _("The text is too long: 4,000 characters at most."),
        },
    )  # fmt: skip

    def submit(self, controller: UUID, digest: bytes, *, now: datetime) -> None:
        """Hand in the words for the case with this digest."""
        intake.submit_addition(controller, digest, self.cleaned_data["words"], now=now)
