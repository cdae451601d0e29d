"""Forms about one person: to find them, to record what they were told, what they withdrew."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsar import labels as words
from governance.policy.consents import IN_FORCE, Mechanism
from governance.policy.vocabulary import Channel
from governance.portal.breach_forms import moment_field, words_field
from registry import labels
from registry.models import ConsentStanding

HEARD = (Mechanism.PHONE, Mechanism.PAPER, Mechanism.IN_PERSON, Mechanism.REQUEST)
"""How a member of staff hears that somebody withdraws."""


class FindForm(forms.Form):
    """Whom it is about."""

    who = forms.CharField(
        label=_("Person"),
        max_length=200,
        help_text=_("E-mail address, phone, customer number or name: exactly one person."),
    )


class AnnounceForm(forms.Form):
    """When and how the person was told that a restriction will be lifted."""

    at = moment_field(_("Told on"))
    how = forms.ChoiceField(label=_("How"), choices=lambda: labels.choices(Channel))
    evidence = words_field(
        _("What shows it"),
        help_text=_("What was said, or where the letter is kept. A letter written on the page of a"
                    " request notes itself when it has gone."),
    )  # fmt: skip

    def __init__(self, *args: Any, since: datetime | None = None) -> None:
        super().__init__(*args)
        self._since = since

    def clean_at(self) -> datetime:
        """Refuse a moment to come, and one before there was anything to lift."""
        at: datetime = self.cleaned_data["at"]
        if at > timezone.now():
            raise forms.ValidationError(_("This day is still to come."), code="in_future")
        if self._since and at < self._since:
            raise forms.ValidationError(_("The restriction was not placed yet."), code="too_early")
        return at


class WithdrawForm(forms.Form):
    """Which consent the person withdrew, and how they said so."""

    what = forms.ChoiceField(label=_("Consent"))
    how = forms.ChoiceField(
        label=_("How they said it"),
        choices=lambda: [(way.value, words.MECHANISMS[way]) for way in HEARD],
    )

    def __init__(self, *args: Any, standing: Sequence[ConsentStanding]) -> None:
        super().__init__(*args)
        self._rows = {str(row.pk): row for row in standing if row.state in IN_FORCE}
        what: Any = self.fields["what"]
        what.choices = [
            (key, f"{row.purpose.text} · {labels.text(Channel, row.channel)}")
            for key, row in self._rows.items()
        ]

    @property
    def is_of_use(self) -> bool:
        """Whether there is anything to withdraw."""
        return bool(self._rows)

    def chosen(self) -> ConsentStanding:
        """Return the consent that was chosen."""
        return self._rows[self.cleaned_data["what"]]

    def channel(self) -> Channel:
        """Return its channel."""
        return Channel(self.chosen().channel)
