"""What people are shown for the words of the vocabulary, in their language.

The database and the API keep the words themselves (`governance.policy.vocabulary`), so a change
of wording makes no migration. A test asks for a text for every value.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from governance.policy.categories import Category
from governance.policy.decisions import Asks
from governance.policy.notifications import Telling
from governance.policy.periods import Period, PeriodError
from governance.policy.vocabulary import (
    ActivityState,
    Anchor,
    Channel,
    ConsentState,
    Duty,
    LawfulBasis,
    Operation,
    RecordClass,
    RestrictionException,
    RetentionAction,
    Right,
    Role,
    Scope,
    SubjectKind,
    SubjectStatus,
)
from registry import provision_words, register_labels

BASIS: dict[LawfulBasis, Promise] = {
    LawfulBasis.CONSENT: _("Consent"),
    LawfulBasis.CONTRACT: _("Contract"),
    LawfulBasis.LEGAL_OBLIGATION: _("Legal obligation"),
    LawfulBasis.VITAL_INTEREST: _("Vital interest"),
    LawfulBasis.PUBLIC_TASK: _("Public task"),
    LawfulBasis.LEGITIMATE_INTEREST: _("Legitimate interest"),
}
ROLE: dict[Role, Promise] = {
    Role.DPO: _("Data protection officer"),
    Role.LEGAL: _("Legal"),
    Role.AUDITOR: _("Auditor"),
    Role.AGENT: _("Customer care agent"),
    Role.FIELD_AGENT: _("Field agent"),
    Role.MARKETING: _("Marketing"),
    Role.SALES: _("Sales"),
    Role.ANALYST: _("Analyst"),
    Role.MANAGER: _("Manager"),
    Role.PARTNER: _("Partner of another company"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.SYSTEM: _("The system itself"),
    Role.DATA_SUBJECT: _("The person"),
}
OPERATION: dict[Operation, Promise] = {
    Operation.READ: _("Read"),
    Operation.LIST: _("List"),
    Operation.SEARCH: _("Look up"),
    Operation.CREATE: pgettext_lazy("operation", "Record"),
    Operation.UPDATE: _("Correct"),
    Operation.EXPORT: _("Export"),
    Operation.SEND: _("Send messages"),
    Operation.IMPORT: _("Import"),
}
DUTY: dict[Duty, Promise] = {
    Duty.ANSWERING: _("Answering a request"),
    Duty.ERASING: _("Erasing"),
    Duty.RETENTION: _("Keeping periods"),
    Duty.DISCOVERY: _("Looking for undeclared data"),
    Duty.SECURITY: _("Security and maintenance"),
    Duty.SUPERVISION: _("Supervision"),
}
ASKS: dict[Asks, Promise] = {
    Asks.PURPOSE: _("Is the purpose in the register?"),
    Asks.ROLE: _("May the role act for it?"),
    Asks.ACTIVITY: _("Is an activity approved that allows the operation?"),
    Asks.CATEGORIES: _("Does it declare the data that is wanted?"),
    Asks.CHANNEL: _("Is a channel named, where one is needed?"),
    Asks.RECIPIENT: _("May it go to the recipient?"),
    Asks.LAW: _("Is the law on this channel in the register?"),
    Asks.HOUR: _("Is it an hour at which people may be reached?"),
    Asks.OPT_OUT: _("Does the message let the person refuse?"),
    Asks.HELD: _("Is the person held, and not erased?"),
    Asks.SOURCE: _("Is the source of the data verified?"),
    Asks.RESTRICTION: _("Is processing free of a restriction?"),
    Asks.OBJECTION: _("Is there no objection?"),
    Asks.KIND: _("Does the activity cover this category of persons?"),
    Asks.BASIS: _("Does the lawful basis hold for this person?"),
    Asks.ELECTRONIC: _("Is there consent or soft opt-in for the channel?"),
    Asks.REGISTER: _("Is the register of oppositions checked and free?"),
    Asks.FREQUENCY: _("Is there room for one more message?"),
    Asks.NOTICE: _("Was the person told where the data came from, or is there time?"),
    Asks.RETENTION: _("Is the retention period still running?"),
}
RESTRICTION_EXCEPTION: dict[RestrictionException, Promise] = {
    RestrictionException.LEGAL_CLAIMS: _("Legal claims"),
    RestrictionException.RIGHTS_OF_OTHERS: _("Rights of another person"),
    RestrictionException.PUBLIC_INTEREST: _("Important public interest"),
}
RIGHT: dict[Right, Promise] = {
    Right.ACCESS: _("Access to own data"),
    Right.RECTIFICATION: _("Rectification"),
    Right.ERASURE: _("Erasure"),
    Right.RESTRICTION: _("Restriction"),
    Right.PORTABILITY: _("Portability"),
    Right.OBJECTION: _("Objection"),
    Right.HUMAN_REVIEW: _("Human review of a decision"),
    Right.WITHDRAWAL: _("Withdrawal of consent"),
    Right.COMPLAINT: _("Complaint"),
    Right.QUESTION: _("Question about privacy"),
}
ARTICLE_OF_RIGHT: dict[Right, str] = {
    Right.ACCESS: "15",
    Right.RECTIFICATION: "16",
    Right.ERASURE: "17",
    Right.RESTRICTION: "18",
    Right.PORTABILITY: "20",
    Right.OBJECTION: "21",
    Right.HUMAN_REVIEW: "22",
    Right.WITHDRAWAL: "7(3)",
    Right.COMPLAINT: "38(4)",
    Right.QUESTION: "38(4)",
}
CHANNEL: dict[Channel, Promise] = {
    Channel.EMAIL: _("E-mail"),
    Channel.PHONE: _("Phone"),
    Channel.SMS: _("SMS"),
    Channel.WHATSAPP: _("WhatsApp"),
    Channel.CHAT: _("Chat"),
    Channel.POST: _("Post"),
    Channel.IN_PERSON: _("In person"),
    Channel.SOCIAL: _("Social media"),
    Channel.WEB: _("Web page"),
}
RECORD_CLASS: dict[RecordClass, Promise] = {
    RecordClass.MASTER_DATA: _("Master data"),
    RecordClass.CORRESPONDENCE: _("Correspondence"),
    RecordClass.PURCHASE_DETAIL: _("Purchase details"),
    RecordClass.FISCAL_RECORD: _("Fiscal records"),
    RecordClass.CONSENT_EVIDENCE: _("Evidence of consent"),
    RecordClass.REQUEST_FILE: _("Request files"),
    RecordClass.STAFF_RECORD: _("Staff records"),
    RecordClass.STAGING: _("Rows waiting to be imported"),
    RecordClass.SUPPRESSION: _("Memory of deletions and objections"),
    RecordClass.ACCESS_LOG: _("Entries of the audit log about accesses"),
    RecordClass.FINDING: _("Findings of discovery"),
}
SCOPE: dict[Scope, Promise] = {
    Scope.ORDINARY: _("Ordinary data"),
    Scope.FISCAL: _("Fiscal records"),
    Scope.REQUEST: _("Request files"),
    Scope.KEPT: _("Kept after an erasure"),
    Scope.ARCHIVE: _("In the archive"),
    Scope.AUDIT: _("Name in the audit log"),
}
ANCHOR: dict[Anchor, Promise] = {
    Anchor.COLLECTED: _("collection"),
    Anchor.LAST_CONTACT: _("the last contact"),
    Anchor.LAST_ORDER: _("the last order"),
    Anchor.DOCUMENT_DATE: _("the date of the document"),
    Anchor.REQUEST_CLOSED: _("the closing of the request"),
    Anchor.EMPLOYMENT_END: _("the end of employment"),
    Anchor.CONTRACT_END: _("the end of the last contract"),
    Anchor.CONSENT_WITHDRAWN: _("the withdrawal of consent"),
    Anchor.CASE_CLOSED: _("the closing of the case"),
    Anchor.LAST_ENTRY: _("the last entry in the books, at the earliest the end of the year"),
}
RETENTION_ACTION: dict[RetentionAction, Promise] = {
    RetentionAction.ERASE: _("Erase"),
    RetentionAction.REVIEW: _("Review by a person"),
    RetentionAction.ARCHIVE: _("Archive, then erase"),
    RetentionAction.ANONYMISE: _("Count into anonymous figures, then erase"),
}
ACTIVITY_STATE: dict[ActivityState, Promise] = {
    ActivityState.DRAFT: _("Draft"),
    ActivityState.APPROVED: _("In force"),
    ActivityState.RETIRED: _("Retired"),
}
TELLING: dict[Telling, Promise] = {
    Telling.FORM: _("On the form that collects the data"),
    Telling.EMAIL: _("By e-mail"),
    Telling.SMS: _("By SMS"),
    Telling.POST: _("By post"),
    Telling.PHONE: _("By phone"),
    Telling.IN_PERSON: _("In person"),
    Telling.WEB: _("On a web page"),
}
CONSENT_STATE: dict[ConsentState, Promise] = {
    ConsentState.UNKNOWN: _("Unknown"),
    ConsentState.REQUESTED: _("Asked for"),
    ConsentState.DEFERRED: pgettext_lazy("consent", "Put off"),
    ConsentState.GIVEN: _("Given"),
    ConsentState.RENEWED: pgettext_lazy("consent", "Renewed"),
    ConsentState.REFUSED: pgettext_lazy("consent", "Refused"),
    ConsentState.WITHDRAWN: _("Withdrawn"),
    ConsentState.REVOKED: pgettext_lazy("consent", "Revoked by somebody else"),
    ConsentState.INVALIDATED: pgettext_lazy("consent", "Found not valid"),
    ConsentState.EXPIRED: pgettext_lazy("consent", "Expired"),
}
SUBJECT_STATUS: dict[SubjectStatus, Promise] = {
    SubjectStatus.ACTIVE: pgettext_lazy("person", "Active"),
    SubjectStatus.QUARANTINED: pgettext_lazy("person", "In quarantine"),
    SubjectStatus.ERASING: pgettext_lazy("person", "Being erased"),
    SubjectStatus.ERASED: pgettext_lazy("person", "Erased"),
}
SUBJECT_KIND: dict[SubjectKind, Promise] = {
    SubjectKind.CUSTOMER: _("Customers"),
    SubjectKind.PROSPECT: _("Prospects"),
    SubjectKind.COMPANY_CONTACT: _("Contacts at companies"),
    SubjectKind.EMPLOYEE: _("Employees"),
    SubjectKind.ORGANISATION: _("Organisations and sole traders"),
    SubjectKind.REQUESTER: _("People known only by their request"),
}
CATEGORY: dict[Category, Promise] = {
    Category.NAME: _("Name"),
    Category.EMAIL: _("E-mail address"),
    Category.PHONE: _("Phone number"),
    Category.POSTAL_ADDRESS: _("Postal address"),
    Category.ONLINE_IDENTIFIER: _("Online identifiers"),
    Category.NATIONAL_ID: _("Fiscal code and national identifiers"),
    Category.IDENTITY_DOCUMENT: _("Identity documents"),
    Category.CUSTOMER_NUMBER: _("Customer number"),
    Category.BIRTH: _("Date and place of birth"),
    Category.GENDER: _("Gender"),
    Category.FAMILY: _("Family"),
    Category.OCCUPATION: _("Occupation"),
    Category.EDUCATION: _("Education"),
    Category.INCOME: _("Income"),
    Category.BANK_ACCOUNT: _("Bank account"),
    Category.PAYMENT_CARD: _("Payment card"),
    Category.CREDENTIALS: _("Passwords and credentials"),
    Category.PURCHASES: _("Purchases"),
    Category.COMMUNICATIONS: _("Communications"),
    Category.VOICE: _("Recordings of the voice"),
    Category.PREFERENCES: _("Preferences"),
    Category.LANGUAGE: _("Language"),
    Category.CONSENT: _("Consents and objections"),
    Category.PROPERTY: _("Property"),
    Category.BEHAVIOUR: _("Behaviour as a customer"),
    Category.RIGHTS_REQUESTS: _("Requests about own data"),
    Category.SYSTEM_USE: _("Use of the system by staff"),
    Category.HEALTH: _("Health"),
    Category.ETHNIC_ORIGIN: _("Racial or ethnic origin"),
    Category.POLITICAL_OPINION: _("Political opinions"),
    Category.RELIGIOUS_BELIEF: _("Religious or philosophical beliefs"),
    Category.TRADE_UNION: _("Trade union membership"),
    Category.GENETIC: _("Genetic data"),
    Category.BIOMETRIC: _("Biometric data"),
    Category.SEXUAL_LIFE: _("Sex life or sexual orientation"),
    Category.CRIMINAL_OFFENCE: _("Criminal convictions and offences"),
}

FINDING_ANSWER: dict[str, Promise] = {
    "": pgettext_lazy("finding", "Open"),
    "confirmed": _("Confirmed"),
    "dismissed": _("Dismissed"),
    "removed": _("Data removed"),
    "masked": _("Masked"),
    "another_person": _("Another person"),
    "mistake": _("A mistake"),
    "came_back": _("They came back by themselves"),
}
FINDING_KIND: dict[str, Promise] = {
    "undeclared": _("Personal data nobody declared?"),
    "undeclared_column": _("Personal data nobody declared?"),
    "special_category": _("A special category (Art. 9)?"),
    "special": _("A special category (Art. 9)?"),
    "refused_column": _("A secret that must not be stored?"),
    "free_text": _("Personal data in free text?"),
    "remembered": _("Somebody who asked to be forgotten, or another person?"),
    "mention": _("Somebody else named in a note?"),
}

TEXTS: dict[type[StrEnum], Mapping[Any, Promise]] = {
    LawfulBasis: BASIS,
    Role: ROLE,
    Operation: OPERATION,
    Duty: DUTY,
    Asks: ASKS,
    RestrictionException: RESTRICTION_EXCEPTION,
    Right: RIGHT,
    Channel: CHANNEL,
    RecordClass: RECORD_CLASS,
    Scope: SCOPE,
    Anchor: ANCHOR,
    RetentionAction: RETENTION_ACTION,
    ActivityState: ACTIVITY_STATE,
    Telling: TELLING,
    ConsentState: CONSENT_STATE,
    SubjectStatus: SUBJECT_STATUS,
    SubjectKind: SUBJECT_KIND,
    Category: CATEGORY,
    **provision_words.TEXTS,
    **register_labels.TEXTS,
}
"""Texts by vocabulary."""

BASIS_ARTICLE: dict[LawfulBasis, str] = {
    basis: f"6(1)({letter})" for basis, letter in zip(LawfulBasis, "abcdef", strict=True)
}
"""The letter of Art. 6(1), in the order of the vocabulary."""


def text(words: type[StrEnum], value: str) -> str:
    """Return the text for a value of a vocabulary; a value it does not know is shown as it is."""
    try:
        return str(TEXTS[words][words(value)])
    except ValueError:
        return value


def texts(words: type[StrEnum], values: list[str]) -> str:
    """Return the texts for several values, with commas."""
    return ", ".join(text(words, value) for value in values)


def choices(words: type[StrEnum]) -> list[tuple[str, Promise]]:
    """Return (value, text) of a vocabulary for a form."""
    return [(value.value, label) for value, label in TEXTS[words].items()]


def period(written: str) -> str:
    """Return an ISO 8601 period in words: `P10Y` is "10 years"."""
    try:
        said = Period.parse(written)
    except PeriodError:
        return written
    parts = []
    if said.years:
        parts.append(ngettext("%(n)d year", "%(n)d years", said.years) % {"n": said.years})
    if said.months:
        parts.append(ngettext("%(n)d month", "%(n)d months", said.months) % {"n": said.months})
    if said.weeks:
        parts.append(ngettext("%(n)d week", "%(n)d weeks", said.weeks) % {"n": said.weeks})
    if said.days or not parts:
        parts.append(ngettext("%(n)d day", "%(n)d days", said.days) % {"n": said.days})
    return ", ".join(parts)


def period_from(written: str, anchor: str) -> str:
    """Return a retention rule's length in words: "10 years from the last order"."""
    return gettext("%(period)s from %(event)s") % {
        "period": period(written),
        "event": text(Anchor, anchor),
    }


def afterwards(action: str, archive: str, notice_days: int) -> str:
    """Return what happens at the end of a period, the archive and the notice with it."""
    said = text(RetentionAction, action)
    if archive:
        said = gettext("archive for %(period)s, then erase") % {"period": period(archive)}
    if notice_days:
        told = ngettext("%(n)d day of notice", "%(n)d days of notice", notice_days)
        said = f"{said}, {told % {'n': notice_days}}"
    return said


def days_left(days: int) -> str:
    """Return how far a day is: "3 days left", "today", "2 days late"."""
    if days < 0:
        return ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}
    if days == 0:
        return gettext("today is the last day")
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


def hours_left(left: timedelta) -> str:
    """Return how far a moment is, in hours begun: "5 hours left", "3 hours late"."""
    hours = math.ceil(abs(left) / timedelta(hours=1))
    if left < timedelta(0):
        return ngettext("%(n)d hour late", "%(n)d hours late", hours) % {"n": hours}
    return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}


def language() -> str:
    """Return the language of the page, of the two that the register is written in."""
    return "en" if get_language() == "en" else "it"


def titled(title_it: str, title_en: str) -> str:
    """Return the title in the language of the page."""
    return title_en if language() == "en" else title_it
