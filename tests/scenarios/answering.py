"""What the scenarios of Art. 16 to 22 do again and again."""

from datetime import datetime

import pytest
from django.core import mail

from dsar import correspondence
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company

LANGUAGES = pytest.mark.parametrize("language", ["it", "en"])
REMEDIES = {"it": ("Garante", "art. 77", "art. 79"), "en": ("Garante", "Art. 77", "Art. 79")}


def letters_sent(company: Company, *, now: datetime = NOW) -> list[str]:
    """Send what waits, and return the texts that reached the mailboxes."""
    mail.outbox.clear()
    correspondence.deliver(company.controller.pk, now=now)
    return [f"{message.subject}\n{message.body}" for message in mail.outbox]


def the_letter(company: Company, language: str, *, now: datetime = NOW) -> str:
    """The one letter that is sent now; it names the ways to complain in its language."""
    (text,) = letters_sent(company, now=now)
    assert all(words in text for words in REMEDIES[language]), text
    return text


def used(company: Company, subject, purpose: str, *, now: datetime = NOW) -> str:
    """Whether a purpose may use a person's data: `open`, or the code of the refusal."""
    role = Role.AGENT if purpose == "order_management" else Role.MARKETING
    try:
        with gate.open(company.actor(role), purpose, Operation.READ, subjects=subject, now=now):
            return "open"
    except GateRefusedError as refused:
        return refused.code
