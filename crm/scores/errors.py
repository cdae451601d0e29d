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
