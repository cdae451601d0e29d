"""What stands in the place of a hidden passage, in the language that is active."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.redaction.people import Somebody
from registry.discovery.mentions import Kind

OF_SOMEBODY: dict[Kind, Promise] = {
    Kind.PERSON: _("[person %(letter)s]"),
    Kind.EMAIL: _("[e-mail of person %(letter)s]"),
    Kind.PHONE: _("[phone of person %(letter)s]"),
    Kind.POSTAL_ADDRESS: _("[address of person %(letter)s]"),
    Kind.OFFICIAL_NUMBER: _("[personal code of person %(letter)s]"),
    Kind.BANK: _("[account or card of person %(letter)s]"),
    Kind.PLATE: _("[number plate of person %(letter)s]"),
    Kind.BIRTH_DATE: _("[date of birth of person %(letter)s]"),
    Kind.ONLINE_NAME: _("[online name of person %(letter)s]"),
    Kind.SECRET: _("[password of person %(letter)s]"),
}
OF_ANYBODY: dict[Kind, Promise] = {
    Kind.PERSON: _("[a person]"),
    Kind.EMAIL: _("[an e-mail address]"),
    Kind.PHONE: _("[a phone number]"),
    Kind.POSTAL_ADDRESS: _("[an address]"),
    Kind.OFFICIAL_NUMBER: _("[a personal code]"),
    Kind.BANK: _("[an account or card]"),
    Kind.PLATE: _("[a number plate]"),
    Kind.BIRTH_DATE: _("[a date of birth]"),
    Kind.ONLINE_NAME: _("[an online name]"),
    Kind.SECRET: _("[a password]"),
    Kind.WORDS: _("[words left out]"),
}
OF_STAFF: dict[Kind, Promise] = {
    Kind.PERSON: _("[our staff]"),
    Kind.EMAIL: _("[e-mail of our staff]"),
    Kind.PHONE: _("[phone of our staff]"),
}
STAFF_IN_ROLE = _("[our staff, %(role)s]")
KINDS: dict[str, Promise] = {
    Kind.PERSON: _("name"),
    Kind.EMAIL: _("e-mail address"),
    Kind.PHONE: _("phone number"),
    Kind.POSTAL_ADDRESS: _("postal address"),
    Kind.OFFICIAL_NUMBER: _("personal code or document"),
    Kind.BANK: _("account or card"),
    Kind.PLATE: _("number plate"),
    Kind.BIRTH_DATE: _("date of birth"),
    Kind.ONLINE_NAME: _("online name"),
    Kind.SECRET: _("password"),
    Kind.WORDS: _("words that tell who somebody is"),
}
"""Kinds of passages, for people."""


def mark(kind: Kind, somebody: Somebody | None) -> str:
    """Return the words in brackets for a passage of a kind, about somebody or anybody."""
    if somebody is not None and somebody.is_staff and kind in OF_STAFF:
        if kind is Kind.PERSON and somebody.role:
            return str(STAFF_IN_ROLE) % {"role": somebody.role}
        return str(OF_STAFF[kind])
    if somebody is not None and somebody.letter and kind in OF_SOMEBODY:
        return str(OF_SOMEBODY[kind]) % {"letter": somebody.letter}
    return str(OF_ANYBODY[kind])
