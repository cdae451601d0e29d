"""The portal's site: which admins it takes, which further pages it has, how it refuses.

It is a site of its own, so that no other app's admin (Django's groups, the timetable of Celery,
the library for logins) appears in it by itself.
"""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.contrib.admin import ModelAdmin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from governance.policy.errors import GovernanceError
from governance.portal.guard import Guarded, record_denial
from governance.portal.roles import Page, may

# Alpine, which the theme is built on, compiles its attributes: 'unsafe-eval' and inline styles
# and scripts are allowed here and nowhere else; nothing is loaded from elsewhere here either.
RELAXED = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class PortalSite(UnfoldAdminSite):
    """The portal under /admin/."""

    site_title = "Custode"
    site_header = "Custode"
    index_title = _("What is due")
    enable_nav_sidebar = True

    def keep(
        self,
        page: Page,
        model: type[models.Model],
        admin: "type[ModelAdmin[Any]]",
        **more: Any,
    ) -> None:
        """Take an app's admin for `model`, guarded as `page`.

        `more` sets attributes of `Guarded`.
        """
        guarded = type(admin.__name__, (Guarded, admin), {"page": page, **more})
        self.register(model, guarded)

    def has_permission(self, request: HttpRequest) -> bool:
        """Every active member of staff may enter; pages ask for more."""
        return bool(may(request.user, Page.HOME))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a view: login, relaxed policy for scripts, refusals as pages."""
        return super().admin_view(csp_update(RELAXED)(self._refusing(view)), cacheable)

    def _refusing(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied:
                record_denial(request)
                return self.refusal(request, status=403, error=None)
            except GovernanceError as error:
                return self.refusal(request, status=error.status, error=error)

        # Django's admin tells by this attribute which views belong to which admin.
        inner.__dict__.update(getattr(view, "__dict__", {}))
        return inner

    def refusal(
        self, request: HttpRequest, *, status: int, error: GovernanceError | None
    ) -> HttpResponse:
        """Return the page that says what was refused, by which article, and what to do now."""
        context = {
            **self.each_context(request),
            "title": _("Not possible") if error else _("Not for your role"),
            "error": error,
            "missing": missing_texts(error) if error else [],
            "back": request.META.get("HTTP_REFERER") if request.method == "POST" else None,
        }
        response = TemplateResponse(request, "portal/refused.html", context, status=status)
        response.render()
        response["Cache-Control"] = "no-store"
        return response

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one login page, which knows the second factor."""
        del extra_context
        target = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        return redirect_to_login(target, reverse("account_login"))

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Log out and show the login page."""
        del extra_context
        return LogoutView.as_view(next_page=reverse("account_login"))(request)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one page where a password is changed."""
        del request, extra_context
        return redirect("account_change_password")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the home page: what is due, or what the role can do."""
        from governance.portal import home

        del extra_context
        return home.home(request)

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There are no pages by app: the navigation is by subject."""
        del request, app_label, extra_context
        return redirect("admin:index")

    def extra_urls(self) -> list[URLPattern]:
        """Return the pages that are no lists of rows."""
        from governance.portal import pages

        return pages.urls(self)


def missing_texts(error: GovernanceError) -> list[str]:
    """Return the labels of the fields an incomplete draft lacks."""
    from registry.differences import label

    missing = error.details.get("missing", [])
    return [label(str(name)) for name in missing] if isinstance(missing, list) else []


portal = PortalSite(name="admin")
