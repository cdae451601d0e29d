"""The lists of conversations that everybody has."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

VIEWS: dict[str, Promise] = {
    "mine": pgettext_lazy("inbox", "Mine"),
    "free": pgettext_lazy("inbox", "Nobody's"),
    "open": pgettext_lazy("inbox", "All open"),
    "closed": pgettext_lazy("inbox", "Closed"),
}
USUAL = "open"
