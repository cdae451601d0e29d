"""Why a segment is not kept, shown or frozen."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class SegmentInvalidError(GovernanceError):
    """A definition outside the language or the purpose; `details["faults"]` says where."""

    code = "segment_invalid"
    article = "5(1)(b)"
    message = _("People cannot be told apart like this under this purpose.")
    advice = _(
        "Use the variables that the purpose declares. Another one has to be in the data map first,"
        " and its category in an approved activity."
    )


class SegmentStateError(GovernanceError):
    """A segment that is not approved, or not any more."""

    code = "segment_state"
    status = 409
    message = _("This cannot be done with the segment as it stands.")
    advice = _("Take a segment that is approved, or draft it again and have it approved.")
