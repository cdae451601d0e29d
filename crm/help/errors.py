"""What can go wrong with articles of the help centre."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class ArticleNotFoundError(GovernanceError):
    """There is no such article, or not for whoever asks."""

    code = "article_not_found"
    status = 404
    message = _("There is no such article.")
    advice = _("Search the help centre for what you want to know.")


class ArticleStateError(GovernanceError):
    """A version does not stand where this can be done."""

    code = "article_state"
    status = 409
    message = _("This cannot be done with the article as it stands.")
    advice = _("Look at the article again: somebody may have changed it meanwhile.")


class OwnArticleError(GovernanceError):
    """Whoever wrote an article does not approve it."""

    code = "own_article"
    status = 403
    message = _("Somebody else approves this article.")
    advice = _("Ask a colleague who did not write it to read it.")


@dataclass(frozen=True)
class Place:
    """Where an article seems to be about a person: the part, and the words masked."""

    part: str
    masked: str


class ArticleNamesSomebodyError(GovernanceError):
    """An article names a person, or has an address, a number or a code of one (Art. 5(1)(c))."""

    code = "article_names_somebody"
    article = "5(1)(c)"
    status = 422
    message = _("The article seems to name a person, or to hold an address or number of one.")
    advice = _("Write what happens and what helps, without whom it happened to.")

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__(places=[f"{place.part}: {place.masked}" for place in places])
        self.places = list(places)
