"""What the person has entered so far, carried by the form itself.

Nothing is kept on the server before the request is sent, and nothing personal is in an
address: each page hands the answers to the next in a hidden field, signed by us.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from django.core import signing

from dsar.errors import StateForgedError

SALT = "custode.portal.state"
VALID_FOR = 4 * 3600  # seconds; long enough for anybody to finish (WCAG 2.2.1)


@dataclass(frozen=True)
class Answers:
    """The answers, with the reference and the code the request will have.

    They are made with the first page, so that sending the same form twice shows the same code.
    """

    company: str
    right: str
    reference: str
    code: str
    name: str = ""
    email: str = ""
    phone: str = ""
    details: str = ""

    def with_(self, said: dict[str, Any]) -> Self:
        """Return the answers with those of one more page."""
        return replace(self, **{name: str(value) for name, value in said.items()})

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
