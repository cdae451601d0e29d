"""Which books and chapters there are, in the order in which they are read."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Book:
    """One book of the manual.

    Attributes
    ----------
    name : its folder, and its part of the address
    title, reader : what it is called, and for whom it is written
    chapters : names of its files, without `.md`
    """

    name: str
    title: Promise
    reader: Promise
    chapters: tuple[str, ...]


BOOKS = (
    Book(
        "operator",
        _("For those who work with customers"),
        _("Agents, sales, marketing, visits on site, imports."),
        (
            "signing-in",
            "roles-and-purposes",
            "a-customer-calls",
            "inbox",
            "service",
            "calls",
            "relations",
            "rules",
            "figures",
            "campaigns",
            "loyalty",
            "duplicates",
            "somebody-asks-about-their-data",
            "imports",
            "emergency",
        ),
    ),
    Book(
        "dpo",
        _("For the data protection officer"),
        _("Register, requests, retention, breaches, audit log. Also for legal and auditors."),
        (
            "worklist",
            "register",
            "parties",
            "record",
            "privacy-notices",
            "requests",
            "mail",
            "identity",
            "access",
            "erasure",
            "other-rights",
            "letters",
            "people",
            "retention",
            "endings",
            "holds",
            "findings",
            "masking",
            "breaches",
            "assessments",
            "audit",
            "law-and-house",
            "accounts",
            "public-pages",
        ),
    ),
    Book(
        "integrator",
        _("For those who connect systems"),
        _("Tokens, calls, errors, receipts, and running the service."),
        (
            "connect",
            "calls",
            "conversations",
            "service",
            "errors",
            "rights-by-api",
            "receipts",
            "recipients",
            "running",
        ),
    ),
)
BY_NAME = {book.name: book for book in BOOKS}
