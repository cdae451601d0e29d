"""What the person has entered so far, carried by the form itself.

Nothing is kept on the server before the request is sent, and nothing personal is in an
address: each page hands the answers to the next in a hidden field, signed by us.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django.core import signing

from dsar.errors import StateForgedError
from dsar.identity import Requester

SALT = "custode.portal.state"
VALID_FOR = 4 * 3600  # seconds; long enough for anybody to finish (WCAG 2.2.1)
SELF = "self"


@dataclass(frozen=True)
class Answers:
    """The answers, with the reference and the code the request will have.

    They are made with the first page, so that sending the same form twice shows the same code.

    Attributes
    ----------
    rights : what is asked for, in the order of the page
    on_behalf : for whom it is asked, if not for oneself: `person` and what `relation` there is
    details : by right, what its page asked
    done : names of the pages that were answered
    """

    company: str
    reference: str
    code: str
    rights: list[str] = field(default_factory=list)
    on_behalf: str = SELF
    person: str = ""
    relation: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    details: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def with_(self, page: str, **said: Any) -> Self:
        """Return the answers with those of one more page."""
        return replace(self, **said, done=[*dict.fromkeys([*self.done, page])])

    def without(self, page: str) -> Self:
        """Return the answers with one page to be asked again."""
        return replace(self, done=[one for one in self.done if one != page])

    @property
    def requester(self) -> Requester:
        """Who asks."""
        return Requester(self.name, self.email, self.phone)

    def signed(self) -> str:
        """Return the value of the hidden field."""
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the answers of a hidden field.

        Raises
        ------
        StateForgedError
            not signed by us, changed, or older than four hours
        """
        try:
            return cls(**signing.loads(text, salt=SALT, max_age=VALID_FOR))
        except (signing.BadSignature, TypeError, ValueError):
            raise StateForgedError from None
