"""Every request leaves one entry in the audit log, or a reason why it does not.

Follows docs/spec/audit-log.md, section 4. Accesses, refusals, logins and changes write their
entries themselves; what is left is the page that shows nobody, and gets `page.viewed` here,
before its first byte leaves.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone

from api.authentication import System
from api.errors import ProblemResponse, problem_of
from api.v1.base import RECEIPT
from audit import coverage, log
from audit.actions import Action, Outcome
from audit.errors import LogUnavailableError
from crm.console.desk import desk_of, refusal
from dsar.portal.limits import Limit, count
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from governance.portal.guard import ACCESS_LOGGING
from registry.models import Controller, Staff

BEFORE_SENDING = "a page before something is sent: it holds nothing of anybody"
LOG_IN = "the log-in form: a login, and one that fails, has an entry of its own"
MANUAL = "the manual: the same for everybody"
HELP = "the help centre: the same for everybody, about nobody"
EXEMPT: dict[str, str] = {
    "manual": MANUAL,
    "manual_chapter": MANUAL,
    "health": "health: whether the process serves",
    "set_language": "language choice",
    "api-schema": "the schema and its documentation: the same for everybody",
    "api-docs": "the schema and its documentation: the same for everybody",
    "api.v1.problems.ProblemView": "problem descriptions: the same for everybody",
    "api.v1.problems.NowhereView": "problem descriptions: there is no such address",
    "webhook_keys": "public keys of a company: the same for everybody",
    "api.v1.oauth.TokenView": "an exchange, and one that fails, has an entry of its own",
    "oauth_metadata": "where tokens are exchanged: the same for everybody",
    "opendsr_certificate": "the certificate of this installation: the same for everybody",
    "admin:jsi18n": "static files: the words of the widgets",
    "account_login": LOG_IN,
    "admin:login": LOG_IN,
    "mfa_authenticate": LOG_IN,
    "authority": "asks for a code: one that fails, and the register shown for one, have entries",
    "web_form": "a page before something is sent; what is sent has entries of its own",
    "own_ask": "a page before something is sent; what is sent is recorded when it is opened",
    "portal:start": BEFORE_SENDING,
    "portal:home": BEFORE_SENDING,
    "portal:right": BEFORE_SENDING,
    "portal:which": BEFORE_SENDING,
    "portal:ask": "a page before something is sent; what is sent is recorded when it is filed",
    "portal:help": BEFORE_SENDING,
    "portal:privacy": BEFORE_SENDING,
    "portal:privacy_version": BEFORE_SENDING,
    "portal:accessibility": BEFORE_SENDING,
    "help:home": HELP,
    "help:search": HELP,
    "help:article": HELP,
    "help:vote": "a vote is one more in a count, about nobody",
    "help:contact": "pages of the help centre behind a code that the visitor alone holds",
    "help:satisfaction": "a signed link to one question: its access has its own entry",
    "help:trail": "a cookie that the visitor asked for; nothing is stored",
}
"""Pages that leave no entry, by the name of their view, and why.

Static files are answered before; an address that leads nowhere is no page. A visitor whom no
credentials name has no controller whose log could say so: they are sent to log in.
"""
SHOWS = frozenset({"portal:case", "portal:case_copy"})
"""Public pages that show a person something and have no access of their own around it."""
FAILURES = Limit("failures", 10, timedelta(hours=1))
"""Entries of what strangers tried in vain, for each company, page and status."""

NOT_ALLOWED = frozenset({401, 403})
ERROR, TOO_MANY = 400, 429
PERSON = "person"


class CoverageMiddleware:
    """Append `page.viewed` where a request has left nothing; without it the answer is an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and see that the answer has its entry."""
        with coverage.counted():
            response = self.get_response(request)
            page = page_of(request)
            if page is None or (page.view_name in EXEMPT and response.status_code != TOO_MANY):
                return response
            try:
                if coverage.entry_of_request() is None:
                    _record(request, page, response)
            except Exception as error:  # noqa: BLE001 - whatever it was, the data must not leave
                return _instead(request, error)
            if _is_api(request) and (entry := coverage.entry_of_request()):
                response.headers.setdefault(RECEIPT, entry.receipt)
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view whose own entry could not be written."""
        return _instead(request, exception) if isinstance(exception, LogUnavailableError) else None


def page_of(request: HttpRequest) -> ResolverMatch | None:
    """Return the page that was asked for, also where the view was not reached."""
    try:
        return request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return None


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _actor_of(request: HttpRequest, page: ResolverMatch) -> Actor | None:
    """Return who asks; a person without an account is known by the company they write to."""
    user = cast(object, request.user)  # the API puts its own there
    if isinstance(user, Staff):
        return user.actor()
    if isinstance(user, System):
        return user.actor
    company = Controller.objects.filter(slug=page.kwargs.get("company", "")).first()
    return Actor(company.pk, PERSON, Role.DATA_SUBJECT) if company else None


def _is_kept(
    actor: Actor, request: HttpRequest, page: ResolverMatch, response: HttpResponseBase
) -> bool:
    """Whether there is an entry: of people without an account, where they saw or tried something.

    Else everybody could fill the log, where each entry is kept for a year and cannot be taken out.
    """
    if actor.kind != PERSON:
        return True
    if response.status_code < ERROR:
        return request.method == "POST" and page.view_name in SHOWS
    what = (str(actor.controller), page.view_name, str(response.status_code))
    return count(FAILURES, *what, now=timezone.now()) <= FAILURES.most


def _record(request: HttpRequest, page: ResolverMatch, response: HttpResponseBase) -> None:
    actor = _actor_of(request, page)
    if actor is None or not _is_kept(actor, request, page, response):
        return
    status = response.status_code
    outcome, reason = Outcome.DONE, ""
    if request.resolver_match is None:
        outcome, reason = Outcome.REFUSED, "second_factor_missing"
    elif status >= ERROR:
        outcome = Outcome.REFUSED if status in NOT_ALLOWED else Outcome.FAILED
        reason = f"http_{status}"
    event = log.Event(
        action=Action.PAGE_VIEWED,
        purpose=ACCESS_LOGGING,
        outcome=outcome,
        object_type=page.view_name,
        reason=reason,
    )
    log.record_apart(actor, event, now=timezone.now())


def _instead(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the answer that leaves in the place of one whose entry could not be written."""
    if _is_api(request):
        return ProblemResponse(problem_of(error))
    if not isinstance(error, GovernanceError):
        raise error
    if request.path_info.startswith("/admin/") and isinstance(request.user, Staff):
        from governance.portal.site import portal

        return portal.refusal(request, status=error.status, error=error)
    desk = desk_of(request) if request.path_info.startswith("/desk/") else None
    if desk is not None:
        return refusal(desk, error=error, status=error.status)
    context = {"error": error, "company": None}
    response = render(request, "dsar/portal/problem.html", context, status=error.status)
    response["Cache-Control"] = "no-store"
    return response
