"""Running the house: accounts of staff, and tokens of connected systems."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from api import clients, tokens
from api.models import ApiToken
from audit import log
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from governance.portal.forms import HireForm, TokenForm
from governance.portal.guard import page
from governance.portal.roles import NEEDS_SECOND_FACTOR, May, Page, may, staff_of
from governance.portal.second_factor import is_enrolled
from governance.portal.site import portal
from registry import labels, operations
from registry.models import Purpose, Staff
from registry.operations import KEEPING

STAFF_PAGE = "admin:registry_staff_change"


# Staff


@page(Page.STAFF)
def staff_page(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one account, and what can be done with it."""
    person = _colleague(request, object_id)
    may_change = may(request.user, Page.STAFF) >= May.CHANGE
    context = {
        **portal.each_context(request),
        "title": person.username,
        "person": person,
        "role_text": labels.text(Role, person.role),
        "is_enrolled": is_enrolled(person),
        "needs_factor": Role(person.role) in NEEDS_SECOND_FACTOR,
        "may_change": may_change and person.is_active,
        "is_self": person.pk == staff_of(request).pk,
    }
    return TemplateResponse(request, "portal/staff.html", context)


@page(Page.STAFF, level=May.CHANGE)
def hire(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    form = HireForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_acceptable(form):
        by = staff_of(request)
        made = operations.hire(
            controller=by.controller,
            username=form.cleaned_data["username"],
            role=Role(form.cleaned_data["role"]),
            password=form.cleaned_data["password"],
            now=timezone.now(),
            by=by,
        )
        messages.success(request, _("The account is open."))
        return redirect(STAFF_PAGE, made.pk)
    context = {**portal.each_context(request), "title": _("New account"), "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/hire.html", context, status=status)


def _is_acceptable(form: HireForm) -> bool:
    username, password = form.cleaned_data["username"], form.cleaned_data["password"]
    if Staff.objects.filter(username=username).exists():
        form.add_error("username", _("This login name is taken."))
    try:
        validate_password(password, Staff(username=username))
    except ValidationError as error:
        form.add_error("password", error)
    return not form.errors


@require_POST
@page(Page.STAFF, level=May.CHANGE)
def deactivate(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Close an account; nobody closes their own."""
    person = _colleague(request, object_id)
    if person.pk == staff_of(request).pk:
        raise PermissionDenied
    operations.deactivate(staff=person, by=staff_of(request), now=timezone.now())
    messages.success(request, _("The account is closed. Its data stays for its period."))
    return redirect(STAFF_PAGE, object_id)


@require_POST
@page(Page.STAFF, level=May.CHANGE)
def reset_second_factor(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Remove a lost second factor; the next login asks for a new one."""
    person = _colleague(request, object_id)
    if person.pk == staff_of(request).pk:
        raise PermissionDenied
    with transaction.atomic():
        Authenticator.objects.filter(user_id=person.pk).delete()
        event = log.Event(
            action=Action.STAFF_CHANGED,
            purpose=KEEPING,
            subjects=(person.subject_id,),
            object_type="staff",
            object_id=person.pk,
            reason="second_factor_reset",
        )
        log.record(staff_of(request).actor(), event, now=timezone.now())
    messages.success(request, _("Removed. They enrol a new one at the next login."))
    return redirect(STAFF_PAGE, object_id)


def _colleague(request: HttpRequest, object_id: UUID) -> Staff:
    controller = staff_of(request).controller_id
    person: Staff = get_object_or_404(Staff, pk=object_id, controller_id=controller)
    return person


# Tokens


@page(Page.TOKENS)
def token_page(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one token; never its secret, which is not stored."""
    return _token_page(request, _token(request, object_id), secret="")


@page(Page.TOKENS, level=May.CHANGE)
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a token and show its secret, once."""
    by = staff_of(request)
    form = TokenForm(request.POST or None, purposes=_purposes(by))
    if request.method == "POST" and form.is_valid():
        issued = _issued(by, form, timezone.now())
        if issued is not None:
            token, secret = issued
            return _token_page(request, token, secret=secret)
    context = {**portal.each_context(request), "title": _("New token"), "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/token_new.html", context, status=status)


def _issued(by: Staff, form: TokenForm, now: datetime) -> tuple[ApiToken, str] | None:
    said = form.cleaned_data
    terms: dict[str, Any] = {
        "by": by,
        "name": said["name"],
        "role": Role(said["role"]),
        "purposes": said["purposes"],
        "expires_at": timezone.make_aware(datetime.combine(said["expires_on"], time.max)),
        "now": now,
    }
    try:
        if said["way"] == "oauth":
            registered = clients.register(**terms)
            return registered.client, registered.secret
        issued = tokens.issue(**terms)
        return issued.token, issued.secret  # noqa: TRY300 - both ways end alike
    except GovernanceError as error:
        form.add_error(None, f"{error.message} {error.advice}")
        return None


@require_POST
@page(Page.TOKENS, level=May.CHANGE)
def revoke(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """End a token at once."""
    tokens.revoke(token=_token(request, object_id), by=staff_of(request), now=timezone.now())
    messages.success(request, _("Revoked: the system can no longer use it."))
    return redirect("admin:api_apitoken_changelist")


@require_POST
@page(Page.TOKENS, level=May.CHANGE)
def renew(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Give an OAuth client another secret and show it, once."""
    renewed = clients.renew(
        client=_token(request, object_id), by=staff_of(request),
        at_once=request.POST.get("old") == "ends", now=timezone.now(),
    )  # fmt: skip
    return _token_page(request, renewed.client, secret=renewed.secret)


def _token_page(request: HttpRequest, token: ApiToken, *, secret: str) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        **portal.each_context(request),
        "title": token.name,
        "token": token,
        "secret": secret,
        "role_text": labels.text(Role, token.role),
        "is_valid": token.revoked_at is None and token.expires_at > now,
        "is_client": token.secret_hash is None,
        "secrets": [one for one in token.secrets.order_by("made_at") if one.is_live(now)],
        "may_renew": may(request.user, Page.TOKENS) >= May.CHANGE,
        "may_revoke": token.revoked_at is None and may(request.user, Page.TOKENS) >= May.CHANGE,
    }
    response = TemplateResponse(request, "portal/token.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _token(request: HttpRequest, object_id: UUID) -> ApiToken:
    controller = staff_of(request).controller_id
    token: ApiToken = get_object_or_404(ApiToken, pk=object_id, controller_id=controller)
    return token


def _purposes(by: Staff) -> list[tuple[str, str]]:
    found = Purpose.objects.filter(controller_id=by.controller_id).order_by("key")
    return [(p.key, f"{p.text} ({p.key})") for p in found]
