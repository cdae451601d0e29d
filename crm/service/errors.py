"""What can go wrong with cases and visits."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class CaseNotFoundError(GovernanceError):
    """There is no such case of whom the access was opened for."""

    code = "case_not_found"
    status = 404
    message = _("There is no such case.")
    advice = _("Look for it by the person it is about.")


class CaseLinkError(GovernanceError):
    """A case is about an order, a line or a conversation that is not the person's."""

    code = "case_link"
    article = "5(1)(d)"
    message = _("This order or conversation does not belong to the person of the case.")
    advice = _("Choose one of the person's own, or open the case without it.")


class VisitOpenError(GovernanceError):
    """A case is not solved while somebody is still to go there."""

    code = "visit_open"
    status = 409
    message = _("A visit is still planned for this case.")
    advice = _("Close or cancel the visit first.")


class VisitNotFoundError(GovernanceError):
    """There is no such visit for whoever asks."""

    code = "visit_not_found"
    status = 404
    message = _("There is no such visit.")
    advice = _("Look at your visits of today.")


class SurveyEndedError(GovernanceError):
    """A question about satisfaction was answered already, or its time is over."""

    code = "survey_ended"
    status = 410
    message = _("This question was already answered, or its time is over.")
    advice = _("If you want to tell us something, write to us: the addresses are on our pages.")


class SurveyRefusedError(GovernanceError):
    """A case cannot be asked about: it is not solved, or was asked about before."""

    code = "survey_refused"
    status = 409
    message = _("Nobody is asked about this case now.")
    advice = _("A person is asked once for each time a case is solved.")


class ThemeRefusedError(GovernanceError):
    """A theme of complaints without a title in each language."""

    code = "theme_refused"
    status = 422
    message = _("This theme cannot be added.")
    advice = _("A theme has a title in Italian and one in English; service names it.")


class ImprovementRefusedError(GovernanceError):
    """An improvement without a title, an owner, a day to come, or anything it is about."""

    code = "improvement_refused"
    status = 422
    message = _("This improvement cannot be begun.")
    advice = _("Say what is to be done, about which theme or product, who does it, and by when.")


class ImprovementOpenError(GovernanceError):
    """An improvement that cannot be closed: there is no number before or after it."""

    code = "improvement_open"
    status = 409
    message = _("This improvement cannot be closed so.")
    advice = _("It is closed once, with the rate of complaints before it and the one after it.")
