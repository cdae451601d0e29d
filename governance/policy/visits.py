"""Who may see where a visit is, and when: as pure functions over values (Art. 5(1)(c), 25(2))."""

from datetime import date, timedelta
from enum import StrEnum, unique

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role

DAY_BEFORE = timedelta(days=1)


@unique
class VisitKind(StrEnum):
    """For what somebody goes there."""

    SERVICE = "service"
    SALES = "sales"


@unique
class VisitState(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    DONE = "done"
    NOT_MET = "not_met"  # nobody was there
    CANCELLED = "cancelled"


class AddressNotShownError(GovernanceError):
    """An address is asked for by whoever goes there, at a time when they do not need it."""

    code = "address_not_shown"
    article = "5(1)(c)"
    status = 403
    message = _("The address of this visit is not shown now.")
    advice = _("It is shown from the day before the visit until the visit is closed.")


class VisitClosedError(GovernanceError):
    """A visit is over: its report is written, or it was cancelled."""

    code = "visit_closed"
    status = 409
    message = _("This visit is already closed.")
    advice = _("Plan another visit if there is more to do.")


def may_see_address(role: Role, *, day: date, is_closed: bool, today: date) -> bool:
    """Say whether a role may see where a visit on `day` is.

    Whoever plans visits may. Whoever goes there needs it to prepare and to arrive, not before and
    not afterwards.
    """
    if role is not Role.FIELD_AGENT:
        return True
    return not is_closed and today >= day - DAY_BEFORE


def require_address(role: Role, *, day: date, is_closed: bool, today: date) -> None:
    """Raise `AddressNotShownError` unless the role may see it; see `may_see_address`."""
    if not may_see_address(role, day=day, is_closed=is_closed, today=today):
        raise AddressNotShownError
