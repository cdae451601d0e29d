"""Why a score is not computed."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class FeatureRefusedError(GovernanceError):
    """A feature outside the closed list; `details["faults"]` says which, and why."""

    code = "feature_refused"
    article = "9, 22(4)"
    message = _("A score may not be computed from this.")
    advice = _(
        "Use what is on the list of features. Special categories, and what stands for them, are"
        " never on it; age and gender only serve to compare groups."
    )


class ProposalGoneError(GovernanceError):
    """A proposal that does not stand any more."""

    code = "proposal_gone"
    article = "6(1)"
    status = 409
    message = _("This is not proposed any more.")
    advice = _("Something changed since: open the page again and take what is proposed now.")
