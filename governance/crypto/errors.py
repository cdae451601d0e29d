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


class OrderRefusedError(GovernanceError):
    """The keystore destroys no key on this order; `because` is one of `destruction.Refusal`.

    Nothing was changed. What was under a hold, lacked a second approval or was not signed yet can
    be asked again with other evidence; the rest is a fault of the caller or of the log.
    """

    code = "key_order_refused"
    article = "5(2)"
    status = 409
    message = _("The keystore did not destroy the keys: the audit log does not show it may.")
    advice = _("Look at the request: it says what is missing. No key was destroyed.")

    def __init__(self, *, because: str) -> None:
        self.because = because
        super().__init__(because=because)
