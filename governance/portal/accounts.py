"""Accounts of staff are made by an administrator; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from dsar.portal.limits import network_of


class ClosedAccounts(DefaultAccountAdapter):
    """No sign-up page, and failed logins counted by the network they come from."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        del request
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return by what failed logins are counted.

        Not the address of our own proxy: whoever fails ten times a minute would lock everybody out.
        """
        return network_of(request) or "unknown"
