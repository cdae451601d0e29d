"""Why something about a loyalty programme is not done."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class ProgrammeInvalidError(GovernanceError):
    """A programme that cannot run as it is written; `details["faults"]` says where."""

    code = "programme_invalid"
    message = _("The programme cannot run as it is written.")
    advice = _("Mend what is marked and keep it again.")


class ProgrammeMissingError(GovernanceError):
    """There is no programme in force."""

    code = "programme_missing"
    status = 409
    message = _("There is no loyalty programme in force.")
    advice = _("Draft one at the desk, and let somebody else approve it.")


class NotAMemberError(GovernanceError):
    """Somebody who is no member, or not any more."""

    code = "not_a_member"
    status = 409
    message = _("This person is not a member of the programme.")
    advice = _("They join by accepting the terms; nothing is earned before.")


class TermsNotAcceptedError(GovernanceError):
    """The terms were not accepted."""

    code = "terms_not_accepted"
    article = "6(1)(b)"
    message = _("The terms of the programme were not accepted.")
    advice = _("Read the terms and tick the box to join.")


class TooFewPointsError(GovernanceError):
    """There are not enough points for it."""

    code = "too_few_points"
    status = 409
    message = _("There are not enough points for this.")
    advice = _("Choose a smaller reward, or wait until there are more points.")


class LineNotFoundError(GovernanceError):
    """A line, or a reward, that is not there."""

    code = "points_not_found"
    status = 404
    message = _("This line or reward is not there.")
    advice = _("Open the page again and choose from what it shows.")
