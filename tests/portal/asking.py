"""Somebody who went through all pages of the public form but the last."""

from dsar.case import code
from dsar.portal import flow
from dsar.portal.state import Answers
from dsar.requests import new_reference


def answered(name: str, email: str, right: str = "access") -> Answers:
    """The answers of somebody who asks for themselves, before they are sent."""
    said = Answers(
        "acme", new_reference(), code.new(), rights=[right], name=name, email=email,
        details={right: {"details": ""}},
    )  # fmt: skip
    for page in flow.sequence(said):
        said = said.with_(page)
    return said
