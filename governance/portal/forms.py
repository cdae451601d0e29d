"""Forms of the portal's own pages. What they accept is checked again by the operations."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsar import labels as dsar_labels
from dsar.identity import OnBehalf
from governance.policy import refusals
from governance.policy.deadlines import ExtensionGround
from governance.policy.identity import Means
from governance.policy.vocabulary import Channel, Right, Role
from governance.portal.identity_words import BEHALF, MEANS
from governance.portal.roles import TABLE
from registry import labels

VOUCHED_FOR = (Means.KNOWN_CONTACT, Means.ACCOUNT, Means.DOCUMENT, Means.IN_PERSON)
EXTENSION = {
    ExtensionGround.COMPLEXITY: _("Complexity of the request"),
    ExtensionGround.NUMBER_OF_REQUESTS: _("Number of requests"),
}


BY_LETTER = _(
    "Leave it empty to have the letter sent to the person now: it counts when it has left. A day"
    " only if it went another way."
)


def _capital(text: Any) -> str:
    said = str(text)
    return said[:1].upper() + said[1:]


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, in the form every browser and person can fill."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class NewRequestForm(forms.Form):
    """A request that reached the company on any channel, written down by staff."""

    right = forms.MultipleChoiceField(
        label=_("Right"),
        choices=lambda: labels.choices(Right),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several asked for in one message become linked requests."),
    )
    received_on = day_field(
        _("Received on"),
        help_text=_("The day it reached any of our channels, not the day you write it down."),
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=lambda: labels.choices(Channel))
    evidence = forms.CharField(
        label=_("Evidence of receipt"),
        required=False,
        max_length=300,
        help_text=_("Needed for an earlier day: postmark, message number, note of a call."),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"), choices=[("it", _("Italian")), ("en", _("English"))]
    )
    name = forms.CharField(label=_("Name of the person"), required=False, max_length=200)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Phone number"), required=False, max_length=40)
    details = forms.CharField(
        label=_("What they ask, in their words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    behalf = forms.ChoiceField(
        label=_("For whom they ask"),
        choices=lambda: [(b.value, text) for b, text in BEHALF.items()],
        required=False,
        help_text=_("For another, the person concerned is looked for by name, and you decide."),
    )
    behalf_name = forms.CharField(
        label=_("Name of the person concerned, if it is another"), required=False, max_length=200
    )
    relation = forms.CharField(
        label=_("What they are to one another"), required=False, max_length=200
    )

    def on_behalf(self) -> OnBehalf | None:
        """Return for whom it is asked; None where it is for themselves."""
        said = self.cleaned_data
        return OnBehalf.of(
            {"kind": said["behalf"], "name": said["behalf_name"], "relation": said["relation"]}
        )

    def received_at(self, now: datetime) -> datetime:
        """Return the moment of receipt: now for today, noon for an earlier day."""
        day: date = self.cleaned_data["received_on"]
        if day == timezone.localdate(now):
            return now
        return timezone.make_aware(datetime.combine(day, time(12)))


class IdentifyForm(forms.Form):
    """How the doubt about an identity was removed."""

    level = forms.ChoiceField(
        label=_("How do we know that it is they?"),
        choices=lambda: [
            (m.value, MEANS[m]) for m in Means if m not in {Means.CODE, Means.DECISION}
        ],
        widget=forms.RadioSelect,
    )


class RefuseForm(forms.Form):
    """A ground of the law, and reasons in words (Art. 12(4))."""

    ground = forms.ChoiceField(label=_("Ground"))
    reasons = forms.CharField(
        label=_("Reasons, as the person will read them"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How to complain and go to court is added to the letter by itself."),
    )

    def __init__(self, *args: Any, right: Right, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            (g.value, _capital(dsar_labels.word(dsar_labels.GROUNDS, g)))
            for g in refusals.of_the_whole(right)
        ]


class ExtendForm(forms.Form):
    """Two further months, if the person was told in time."""

    ground = forms.ChoiceField(
        label=_("Ground"), choices=lambda: [(g.value, text) for g, text in EXTENSION.items()]
    )
    reasons = forms.CharField(
        label=_("Reasons given in the notice"), widget=forms.Textarea(attrs={"rows": 3})
    )
    notice_sent_on = day_field(_("Notice sent on"), required=False, help_text=BY_LETTER)


class PortionForm(forms.Form):
    """How much of a retention run is released at once."""

    most_people = forms.IntegerField(
        label=_("At most so many people in this release"),
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text=_("The rest waits for the next release. Empty: all."),
    )


class ConfirmForm(forms.Form):
    """Typed confirmation: what must be typed is shown beside the field."""

    typed = forms.CharField(label=_("Type it to confirm"), max_length=60)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = _("Type %(word)s to confirm") % {"word": expected}
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_typed(self) -> str:
        """Refuse anything but what was asked for."""
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self.expected:
            raise forms.ValidationError(_("This is not what is to be typed. Nothing was done."))
        return typed


class HireForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("Login name"), max_length=80, help_text=_("It need not be the person's name.")
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=lambda: [(r.value, labels.ROLE[r]) for r in Role if r in TABLE]
    )
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Ask them to change it after the first login."),
    )


MAY_HOLD_A_TOKEN = frozenset(
    {Role.AGENT, Role.FIELD_AGENT, Role.MARKETING, Role.SALES, Role.MANAGER, Role.PARTNER}
) | {Role.SYSTEM, Role.AUDITOR}


class TokenForm(forms.Form):
    """A new token of a connected system."""

    name = forms.CharField(label=_("System"), max_length=80)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=lambda: [(r.value, labels.ROLE[r]) for r in Role if r in MAY_HOLD_A_TOKEN],
    )
    way = forms.ChoiceField(
        label=_("How it shows who it is"), widget=forms.RadioSelect, initial="token",
        choices=[
            ("token", _("A token, sent with each call")),
            ("oauth", _("OAuth 2.0: an id and a secret, exchanged for tokens of ten minutes")),
        ],
    )  # fmt: skip
    purposes = forms.MultipleChoiceField(
        label=_("Purposes it may act for"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("An auditor, or an authority that reads the register, needs none."),
    )  # fmt: skip
    expires_on = day_field(_("Valid until"), help_text=_("At most 366 days from today."))

    def __init__(self, *args: Any, purposes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["purposes"]
        if isinstance(chooser, forms.MultipleChoiceField):
            chooser.choices = purposes

    def clean(self) -> dict[str, Any]:
        """Ask for a purpose of everybody who acts for one."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("role") != Role.AUDITOR and not said.get("purposes"):
            self.add_error("purposes", _("Choose at least one purpose."))
        return said
