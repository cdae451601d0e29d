"""Errors of sealing and unsealing. One message for every cause: an attacker learns nothing."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class UnsealError(GovernanceError):
    """The bytes do not open under this key, in this place; which of the two is not said."""

    code = "unseal_failed"
    article = "32(1)(b)"
    status = 500
    message = _("A sealed value could not be opened.")
    advice = _("Tell the administrator: the database may have been changed outside Custode.")


class KeyDestroyedError(GovernanceError):
    """The key is gone, and with it the data: the person was erased."""

    code = "key_destroyed"
    article = "17(1)"
    status = 410
    message = _("The key for this data was destroyed when the person was erased.")
    advice = _("Nothing can be read any more. The erasure certificate says when and why.")
