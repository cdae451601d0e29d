"""What stands in front of every page of the desk: login, role, purpose, gate, refusal.

The gate's entry is the entry of the page. A refusal is a page that says what was refused, by which
article, and what to do now; whose role has no desk leaves a refused entry too.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action, Outcome
from crm.console import navigation, purposes, shortcuts
from crm.console.purposes import Offered
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation, Role
from registry import labels
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateClosedError
from registry.models import Staff

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
ACCESS_LOGGING = "access_logging"
HAS_A_DESK = frozenset(
    {Role.AGENT, Role.FIELD_AGENT, Role.MARKETING, Role.SALES, Role.ANALYST, Role.MANAGER}
)
"""Who works here; DPO, legal, auditor and administrator have the portal."""
COMES_TO_IT = HAS_A_DESK | {Role.PARTNER}
"""A partner has one page of it."""


@dataclass
class Desk:
    """One request of somebody who works here.

    Attributes
    ----------
    offered, purpose : for what the role may act, and for what it does now; None before a choice
    """

    request: HttpRequest
    staff: Staff
    now: datetime
    offered: list[Offered]
    purpose: Offered | None
    _access: Access | None = field(default=None, repr=False)

    @property
    def actor(self) -> Actor:
        """The member of staff as the gate knows them."""
        return self.staff.actor()

    @property
    def role(self) -> Role:
        """The role of the member of staff."""
        return Role(self.staff.role)

    @property
    def access(self) -> Access:
        """The access that is open around the view.

        Raises
        ------
        GateClosedError
            the page was registered without an operation
        """
        if self._access is None:
            raise GateClosedError
        return self._access

    @access.setter
    def access(self, access: Access) -> None:
        self._access = access

    def open(self, operation: Operation, **asked: Any) -> AbstractContextManager[Access]:
        """Open the gate for the chosen purpose; see `registry.gate.opening.open`."""
        key = self.purpose.key if self.purpose else ""
        return gate.open(self.actor, key, operation, now=self.now, **asked)

    def render(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Return the rendered page, with what all pages show around it."""
        around = {
            "desk": self,
            "navigation": navigation.shown(self.role, at=self.request.path),
            "role": labels.text(Role, self.role),
            "search_address": reverse("desk:search"),
            "search_key": shortcuts.key_of(self.request),
        }
        return render(self.request, template, {**around, **(context or {})}, status=status)


def page(
    operation: Operation | None = None,
    *,
    about: str = "",
    people: Callable[..., gate.Subjects] | None = None,
    roles: Collection[Role] = HAS_A_DESK,
    needs_purpose: bool = True,
    refused: str = "console/refused.html",
) -> Callable[[Callable[Concatenate[Desk, P], HttpResponse]], View[P]]:
    """Stand in front of a view of the desk; the package says how to use it.

    Arguments
    ---------
    operation : what the gate is opened for around the view; None where it shows nobody
    about : name of the parameter that is the person
    people : function of the desk and the parameters that returns whom the access is for
    roles : whose page it is; anybody else is refused, and that is recorded
    needs_purpose : whether somebody without a purpose is asked to choose one first
    refused : template of a refusal
    """

    def decorate(view: Callable[Concatenate[Desk, P], HttpResponse]) -> View[P]:
        def answer(desk: Desk, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if desk.role not in roles:
                return _denied(desk)
            if needs_purpose and desk.purpose is None:
                return _ask_for_purpose(desk.request)
            if operation is None:
                return view(desk, *args, **kwargs)
            whom = people(desk, *args, **kwargs) if people else kwargs.get(about)
            with desk.open(operation, subjects=whom) as desk.access:
                return view(desk, *args, **kwargs)

        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            desk = desk_of(request)
            if desk is None:
                return redirect_to_login(request.get_full_path())
            try:
                response = answer(desk, *args, **kwargs)
            except GovernanceError as error:
                response = refusal(desk, error=error, status=error.status, template=refused)
            response["Cache-Control"] = "no-store"
            return response

        return cast(View[P], guarded)  # wraps() hides that it is one

    return decorate


def desk_of(request: HttpRequest) -> Desk | None:
    """Return the desk of whoever asks; None for somebody not logged in or not active."""
    staff = cast(object, request.user)
    if not isinstance(staff, Staff) or not staff.is_active:
        return None
    now = timezone.now()
    offered = purposes.offered(staff, now=now) if Role(staff.role) in COMES_TO_IT else []
    return Desk(request, staff, now, offered, purposes.chosen(request, offered))


def refusal(
    desk: Desk,
    *,
    error: GovernanceError | None,
    status: int,
    template: str = "console/refused.html",
) -> HttpResponse:
    """Return the page that says what was refused, by which article, and what to do now."""
    title = _("Not possible") if error else _("Not for your role")
    return desk.render(template, {"title": title, "error": error}, status=status)


def _ask_for_purpose(request: HttpRequest) -> HttpResponse:
    back = request.path if request.method == "GET" else reverse("desk:home")
    return redirect(f"{reverse('desk:purpose')}?{urlencode({'next': back})}")


def _denied(desk: Desk) -> HttpResponse:
    """Record that somebody asked for a page their role has not, and say so."""
    event = log.Event(
        action=Action.ACCESS_REFUSED,
        purpose=ACCESS_LOGGING,
        outcome=Outcome.REFUSED,
        reason="role_not_allowed",
    )
    log.record_apart(desk.actor, event, now=desk.now)
    return refusal(desk, error=None, status=403)
