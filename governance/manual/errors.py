"""What can be wrong with the manual."""


class ChapterError(Exception):
    """There is no such chapter, or its text is not written in the form that is read here."""
