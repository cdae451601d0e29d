"""What a finding asks."""

from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category


@unique
class Question(StrEnum):
    """What a finding asks."""

    UNDECLARED_COLUMN = "undeclared_column"  # looks personal, and no field takes it
    REFUSED_COLUMN = "refused_column"  # a secret, refused before anything was written
    SPECIAL_CATEGORY = "special_category"  # Art. 9, 10
    FREE_TEXT = "free_text"  # personal data in a note, beyond addresses
    MENTION = "mention"  # a note names somebody other than whose it is
    REMEMBERED = "remembered"  # somebody brings a person of the memory of deletions


ABOUT_TEXT = (Question.SPECIAL_CATEGORY, Question.FREE_TEXT, Question.MENTION)
"""Questions about what a text says."""
MASKED = (Question.SPECIAL_CATEGORY, Question.FREE_TEXT)
"""Questions that masking answers; names are not masked, for some are whose the text is."""


def question_about(category: Category) -> Question:
    """Return what is asked where a text speaks of a category."""
    if category in SPECIAL:
        return Question.SPECIAL_CATEGORY
    return Question.MENTION if category is Category.NAME else Question.FREE_TEXT
