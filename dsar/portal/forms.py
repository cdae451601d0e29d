"""What each page of the flow asks, and what it says when something is missing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.models.requests import MARKETING, OTHER_USES
from dsar.portal.choices import CHOICES, NEEDS_DETAILS, choice_of
from dsar.portal.whom import ENTITLED, WHOM
from governance.policy.vocabulary import Right

DIGITS_OF_A_PHONE = 6
BOTH = "both"
PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class RightsForm(forms.Form):
    """Which rights: one, or several that are sent together."""

    right = forms.MultipleChoiceField(
        label=_("What do you want to do?"),
        help_text=_("Choose one or more: you send them together and follow them on one page."),
        choices=[(choice.right.value, choice.title) for choice in CHOICES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose what you want to do."),
            "invalid_choice": _("Choose one of the listed rights."),
        },
    )


class WhomForm(forms.Form):
    """For whom it is asked."""

    on_behalf = forms.ChoiceField(
        label=_("For whom do you ask?"),
        choices=[(whom.kind, whom.title) for whom in WHOM],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose for whom you ask."),
            "invalid_choice": _("Choose one of the listed answers."),
        },
    )


class PersonForm(forms.Form):
    """Whose data it is about, where somebody asks for another."""

    person = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={
            "required": _("Write the name."),
            "max_length": _("The name is too long: 200 characters at most."),
        },
    )
    relation = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Write in a few words what entitles you to ask."),
            "max_length": _("The text is too long: 500 characters at most."),
        },
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom = next(one for one in WHOM if one.kind == kind)
        self.fields["person"].label = str(whom.name)
        relation = self.fields["relation"]
        relation.label, relation.help_text = str(whom.relation), str(whom.hint)
        relation.required = kind in ENTITLED


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


class DetailsForm(forms.Form):
    """What one right is about, in the person's words."""

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

    def words(self, said: Mapping[str, str]) -> str:
        """Return the answers as one text, which goes into the file of the request."""
        return said.get("details", "")


class CorrectionForm(DetailsForm):
    """What is wrong, and what is right (Art. 16)."""

    correct = forms.CharField(
        label=_("What is right? (optional)"),
        help_text=_("For example: Rossi. If you are not sure, leave it empty: we will ask."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("The text is too long: 2,000 characters at most.")},
    )

    def words(self, said: Mapping[str, str]) -> str:
        """Return both answers, each under its question."""
        asked = [("details", _("Wrong or missing")), ("correct", _("It should be"))]
        return "\n".join(f"{title}: {said[name]}" for name, title in asked if said.get(name))


class ObjectionForm(DetailsForm):
    """Which use; why is asked only where the law weighs it (Art. 21(1))."""

    field_order = ("uses", "details")
    uses = forms.ChoiceField(
        label=_("Which use do you object to?"),
        choices=[
            (MARKETING, _("Advertising and offers")),
            (OTHER_USES, _("Another use of my data")),
            (BOTH, _("Both")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose which use you object to."),
            "invalid_choice": _("Choose one of the listed answers."),
        },
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the situation where it is weighed, and for nothing where it is not."""
        said = super().clean() or {}
        if said.get("uses") in {OTHER_USES, BOTH} and not said.get("details"):
            missing = _("Write which use you object to, and what in your situation is against it.")
            self.add_error("details", forms.ValidationError(missing, code="required"))
        return said

    def words(self, said: Mapping[str, str]) -> str:
        """Return the use, and below it the situation."""
        uses = dict(self.fields["uses"].choices)  # type: ignore[attr-defined]  # of a ChoiceField
        return "\n".join(str(one) for one in (uses[said["uses"]], said.get("details")) if one)


FORMS: dict[str, type[DetailsForm]] = {
    Right.RECTIFICATION: CorrectionForm,
    Right.OBJECTION: ObjectionForm,
}


def details_form(right: str, *args: Any, **kwargs: Any) -> DetailsForm:
    """Return the form for the details of one right."""
    return FORMS.get(right, DetailsForm)(*args, right=right, **kwargs)


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
