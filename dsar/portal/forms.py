"""What each page of the flow asks, and what it says when something is missing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.portal.choices import CHOICES, NEEDS_DETAILS, choice_of
from governance.policy.vocabulary import Right

DIGITS_OF_A_PHONE = 6


class RightForm(forms.Form):
    """Which right."""

    right = forms.ChoiceField(
        label=_("What do you want to do?"),
        choices=[(choice.right.value, choice.title) for choice in CHOICES],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what you want to do."),
            "invalid_choice": _("Choose one of the listed rights."),
        },
    )


class WhoForm(forms.Form):
    """Who asks, and how an answer reaches them."""

    name = forms.CharField(
        label=_("Name and surname"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={
            "required": _("Write your name and surname."),
            "max_length": _("The name is too long: 200 characters at most."),
        },
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        help_text=_("The one we know you by, if you remember it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "invalid": _("Write a complete e-mail address, such as name@example.it."),
        },
    )
    phone = forms.CharField(
        label=_("Phone number"),
        required=False,
        max_length=40,
        help_text=_("Needed only if you do not give an e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        error_messages={"max_length": _("The phone number is too long: 40 characters at most.")},
    )

    def clean_phone(self) -> str:
        """Return the number, which must look like one."""
        phone: str = self.cleaned_data["phone"]
        if phone and sum(sign.isdigit() for sign in phone) < DIGITS_OF_A_PHONE:
            raise forms.ValidationError(
                _("Write a complete phone number, such as 02 1234567."), code="invalid"
            )
        return phone

    def clean(self) -> dict[str, Any]:
        """Ask for one way to answer."""
        said = super().clean() or {}
        if not said.get("email") and not said.get("phone") and not self.errors.keys() & CONTACT:
            self.add_error(
                "email",
                forms.ValidationError(
                    _("Write an e-mail address or a phone number, so that we can answer."),
                    code="contact_missing",
                ),
            )
        return said


CONTACT = {"email", "phone"}


class CaseForm(forms.Form):
    """Which case, and the code that opens it."""

    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        help_text=_("Four groups of four signs, such as 7K2M-…"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": _("Write the reference of your request."),
            "max_length": _("The reference is too long: it has 16 signs."),
        },
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=120,
        help_text=_("Thirteen groups of four signs. Capital letters and hyphens do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": _("Write the code that you were shown with the reference."),
            "max_length": _("The code is too long: it has 52 signs."),
        },
    )


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


class DetailsForm(forms.Form):
    """What it is about, in the person's words."""

    details = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Write a few words, so that we know what to do."),
            "max_length": _("The text is too long: 4,000 characters at most."),
        },
    )

    def __init__(self, *args: Any, right: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = choice_of(right)
        field = self.fields["details"]
        field.label, field.help_text = str(choice.question), str(choice.hint)
        field.required = Right(right) in NEEDS_DETAILS


def describe(form: forms.Form) -> forms.Form:
    """Tie hints and errors to their fields, so that a screen reader reads them together."""
    for bound in form:
        told = [f"{bound.id_for_label}_hint"] if bound.help_text else []
        told += [f"{bound.id_for_label}_error"] if bound.errors else []
        if told:
            bound.field.widget.attrs["aria-describedby"] = " ".join(told)
        if bound.errors:
            bound.field.widget.attrs["aria-invalid"] = "true"
    return form
