"""Who may do what on which page of the portal: one table, read by everything else.

The portal decides by the role of a member of staff, never by Django's permission rows.
The gate decides again below, by `DUTY_ROLES`: a mistake here opens a page, not a person.
"""

from enum import IntEnum, StrEnum, unique

from django.http import HttpRequest

from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import Duty, Role
from registry.models import Staff


@unique
class Page(StrEnum):
    """The pages of the portal, as far as roles tell them apart."""

    HOME = "home"
    REGISTER = "register"  # purposes and processing activities
    SOURCES = "sources"
    RECIPIENTS = "recipients"
    CONTROLLER = "controller"
    RECORD = "record"  # Art. 30
    ASSESSMENTS = "assessments"  # Art. 35
    BREACHES = "breaches"  # Art. 33
    REQUESTS = "requests"
    PEOPLE = "people"  # consents and restrictions of one person
    FINDINGS = "findings"
    RETENTION = "retention"
    AUDIT = "audit"
    IMPORTS = "imports"
    TOKENS = "tokens"
    STAFF = "staff"
    WHY = "why"  # decisions explained
    EMERGENCY = "emergency"
    DESK = "desk"  # the pages of those who work with people; they ask the gate themselves
    PROVISIONS = "provisions"  # of the law and the house, and the register of oppositions


@unique
class May(IntEnum):
    """What a role may do on a page; more includes less."""

    NOTHING = 0
    VIEW = 1
    CHANGE = 2


_ = May.NOTHING
V = May.VIEW
C = May.CHANGE

_COLUMNS = (
    Role.DPO,
    Role.LEGAL,
    Role.AUDITOR,
    Role.AGENT,
    Role.FIELD_AGENT,
    Role.MARKETING,
    Role.SALES,
    Role.ANALYST,
    Role.MANAGER,
    Role.PARTNER,
    Role.ADMINISTRATOR,
)
_ROWS: dict[Page, tuple[May, ...]] = {
    #                 DPO LEG AUD AGE FIE MAR SAL ANA MAN PAR ADM
    Page.HOME:       (V, V, V, V, V, V, V, V, V, V, V),
    Page.REGISTER:   (C, C, V, V, V, V, V, V, V, _, V),
    Page.SOURCES:    (C, V, V, _, _, _, _, _, V, _, _),
    Page.RECIPIENTS: (C, C, V, _, _, _, _, _, _, _, _),
    Page.CONTROLLER: (C, V, V, _, _, _, _, _, _, _, C),
    Page.RECORD:     (V, V, V, _, _, _, _, _, _, _, _),
    Page.ASSESSMENTS: (C, C, V, _, _, _, _, _, _, _, _),
    Page.BREACHES:   (C, C, V, _, _, _, _, _, _, _, _),
    Page.REQUESTS:   (C, C, V, _, _, _, _, _, _, _, _),
    Page.PEOPLE:     (C, C, _, _, _, _, _, _, _, _, _),
    Page.FINDINGS:   (C, V, V, _, _, _, _, _, _, _, _),
    Page.RETENTION:  (C, C, V, _, _, _, _, _, _, _, _),
    Page.AUDIT:      (V, V, V, _, _, _, _, _, _, _, _),
    Page.IMPORTS:    (V, C, V, C, _, _, C, _, _, _, _),
    Page.TOKENS:     (C, V, V, _, _, _, _, _, _, _, V),
    Page.STAFF:      (C, V, V, _, _, _, _, _, _, _, C),
    Page.WHY:        (V, V, V, V, _, V, V, _, V, _, _),
    Page.EMERGENCY:  (V, V, V, V, V, V, V, _, V, _, _),
    Page.DESK:       (_, _, _, V, V, V, V, V, V, V, _),
    Page.PROVISIONS: (C, C, V, _, _, _, _, _, _, _, _),
}  # fmt: skip
TABLE: dict[Role, dict[Page, May]] = {
    role: {page: row[column] for page, row in _ROWS.items()} for column, role in enumerate(_COLUMNS)
}
"""Role by page. A role that is not listed may nothing; only the DPO and legal meet people."""

NEEDS_SECOND_FACTOR = frozenset(
    {Role.DPO, Role.LEGAL, Role.AUDITOR, Role.MANAGER, Role.PARTNER, Role.ADMINISTRATOR}
)


def staff_of(request: HttpRequest) -> Staff:
    """Return the member of staff who asks; only for views behind the portal's login."""
    if not isinstance(request.user, Staff):
        msg = "a page of the portal was reached without a login"
        raise TypeError(msg)
    return request.user


def may(user: object, page: Page) -> May:
    """Return what `user` may do on `page`; nothing for somebody not logged in or not active."""
    if not isinstance(user, Staff) or not user.is_active:
        return May.NOTHING
    return TABLE.get(Role(user.role), {}).get(page, May.NOTHING)


def supervises(staff: Staff) -> bool:
    """Whether the role may look at how rules are kept, which is what the worklist shows."""
    return duty_allows(Role(staff.role), Duty.SUPERVISION)


def answers(staff: Staff) -> bool:
    """Whether the role may see the person behind a request."""
    return duty_allows(Role(staff.role), Duty.ANSWERING)
