"""What stands between a request and its answer because of who asks, and the way on."""

from django.utils.translation import gettext_lazy as _

from dsar.errors import NotIdentifiedError
from governance.policy.errors import GovernanceError


class RepresentationError(NotIdentifiedError):
    """Nobody has shown that whoever asks may act for the person, or their mandate has ended."""

    code = "representation_not_shown"
    message = _("It is not shown that whoever asks may act for the person.")
    advice = _(
        "Look at the mandate or the family record and note what you saw, ask the person at a"
        " contact point we knew, or answer the person directly."
    )


class ChildDecidesError(NotIdentifiedError):
    """A child of this age decides alone (Art. 8(1), art. 2-quinquies Codice)."""

    code = "child_decides"
    article = "8(1)"
    message = _("At this age the person decides alone; nobody does it for them.")
    advice = _(
        "Tell the person how they can do it themselves, and refuse this request with the ground"
        " “conditions not met”."
    )


class ForbiddenByDeceasedError(NotIdentifiedError):
    """The person forbade it for the time after their death (art. 2-terdecies Codice)."""

    code = "forbidden_by_deceased"
    article = "2-terdecies Codice"
    message = _("The person forbade others to use this right after their death.")
    advice = _(
        "It binds unless they need it to defend a right in court, or for rights of property that"
        " come from the death: then note that capacity. Else refuse, with the ground “limited by"
        " law”."
    )


class PersonDeadError(NotIdentifiedError):
    """The request speaks as a person who, as we know, has died."""

    code = "person_dead"
    article = "2-terdecies Codice"
    message = _("The person has died, as we know, so somebody else asks.")
    advice = _("Ask who it is and in what capacity, and note it on the request.")


class CodeRefusedError(GovernanceError):
    """A code cannot be sent to this contact point, or not today."""

    code = "code_refused"
    article = "12(6)"
    status = 409
    message = _("No code can be sent to this contact point now.")
    advice = _(
        "A code goes to an e-mail address that we knew before, once a day. Ring the number on"
        " file, or decide with a reason."
    )


class DocumentRefusedError(GovernanceError):
    """A document of identity is asked for without a reason, or cannot be kept."""

    code = "document_refused"
    article = "12(6)"
    message = _("This document cannot be recorded.")
    advice = _(
        "Say why it is needed where we asked for it: no copy by default. A file has at most 5 MB."
    )


class ProhibitionRefusedError(GovernanceError):
    """A prohibition after death is unequivocal, specific, free and informed, or it is none."""

    code = "prohibition_refused"
    article = "2-terdecies Codice"
    message = _("This prohibition cannot be recorded.")
    advice = _(
        "It is said in writing by the person themselves, freely and informed, and names the rights."
    )
