"""Which of two sources is believed about a person, where they do not agree (Art. 5(1)(d))."""

from enum import IntEnum, unique


@unique
class Standing(IntEnum):
    """How much a source is believed; the greater stands."""

    TOLD = 0  # by somebody else: a list, a former system
    VERIFIED = 1  # the same, after somebody of the house looked at it
    STAFF = 2  # written by the house, as a rule because the person asked for it
    PERSON = 3  # said by the person themself


def takes_over(held: Standing, new: Standing) -> bool:
    """Whether a new value takes the place of the one that is held: between equals the newer."""
    return new >= held
