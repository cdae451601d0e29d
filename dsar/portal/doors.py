"""What else a company has for its customers beside the pages of their rights.

Those pages name no other app: whoever has a page for everybody enters its door here when it starts.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Door:
    """One way on.

    Attributes
    ----------
    view : name of a view that takes the short name of a company as `company`
    title, text : what it is called, and what is behind it
    is_everywhere : whether it stands at the foot of each page too
    """

    view: str
    title: Promise
    text: Promise
    is_everywhere: bool = False

    def address(self, company: str) -> str:
        """Return where it leads at a company."""
        return reverse(self.view, kwargs={"company": company})


DOORS: list[Door] = []
