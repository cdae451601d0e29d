"""Why an answer is late: closed, so that it can be counted; late is a state and not an error."""

from enum import StrEnum, unique


@unique
class LateGround(StrEnum):
    """Why the time of Art. 12(3) was not kept; it excuses nothing, Art. 5(2) wants it known."""

    OVERLOOKED = "overlooked"  # not recognised as a request, or sent to the wrong desk
    TOO_FEW_PEOPLE = "too_few_people"
    HARD_TO_FIND = "hard_to_find"  # the data were in many places
    WAITED_FOR_OTHERS = "waited_for_others"  # a processor, another company, another office
    IDENTITY_CLEARED_LATE = "identity_cleared_late"
    TECHNICAL_FAILURE = "technical_failure"
