"""The one key that goes to the search: another key, or none, as somebody likes (WCAG 2.1.4)."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

KEPT = "custode.desk_key"
USUAL = "/"
KEYS = (USUAL, "s", ".", "")


class KeyForm(forms.Form):
    """Which key leads to the search."""

    key = forms.ChoiceField(
        label=_("Key that goes to the search"),
        choices=[(USUAL, "/"), ("s", "s"), (".", "."), ("", _("none"))],
        required=False,
        widget=forms.RadioSelect,
    )


def key_of(request: HttpRequest) -> str:
    """Return the key of this session; "" for none."""
    return str(request.session.get(KEPT, USUAL))


def keep(request: HttpRequest, key: str) -> None:
    """Keep a key for this session."""
    request.session[KEPT] = key if key in KEYS else USUAL
