"""The doors from the pages of people's rights to what else a company has for them."""

from django.utils.translation import gettext_lazy as _

from dsar.portal.doors import DOORS, Door


def enter() -> None:
    """Enter them, once."""
    DOORS[:] = [
        Door(
            "own_ask", _("See your orders, requests and messages"),
            _("By a link to your e-mail address, without an account; you can answer there."),
        ),
        Door(
            "help:home", _("Search the help centre"), _("Instructions and answers, for everybody."),
            is_everywhere=True,
        ),
    ]  # fmt: skip
