"""The home page: what is due for those who supervise, what one can do for everybody else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.policy.vocabulary import Role
from governance.portal import items, worklist
from governance.portal.guard import under_duty
from governance.portal.roles import Page, may, staff_of, supervises
from governance.portal.site import portal

CARDS: list[tuple[Page, Any, Any, str]] = [
    (Page.DESK, _("Desk"), _("Find people, read their history, answer them."), "desk:home"),
    (Page.STAFF, _("Staff"), _("Open accounts, close them, reset a second factor."),
     "admin:registry_staff_changelist"),
    (Page.TOKENS, _("API tokens"), _("See which systems are connected, and until when."),
     "admin:api_apitoken_changelist"),
    (Page.CONTROLLER, _("Company details"), _("Name, address and contacts printed in notices."),
     "admin:registry_controller_changelist"),
    (Page.IMPORTS, _("Imports"), _("Bring in a file, and see why rows were rejected."),
     "admin:crm_importbatch_changelist"),
    (Page.REGISTER, _("Register"), _("For which purposes data may be used, and by which role."),
     "admin:registry_activityversion_changelist"),
]  # fmt: skip
USES_DATA = frozenset(
    {Role.AGENT, Role.FIELD_AGENT, Role.MARKETING, Role.SALES, Role.MANAGER, Role.PARTNER}
)
API_VIEWS = ("api:docs", "api-docs", "docs", "swagger-ui", "schema-docs")


def home(request: HttpRequest) -> HttpResponse:
    """Show the home page of the role."""
    staff = staff_of(request)
    context = {**portal.each_context(request), "title": _("What is due")}
    if supervises(staff):
        return under_duty(request, lambda _access: _due(request, context))
    context["title"] = _("What you can do")
    context["cards"] = [
        (title, text, reverse(view)) for page, title, text, view in CARDS if may(staff, page)
    ]
    context["uses_data"] = Role(staff.role) in USES_DATA
    context["api_docs"] = api_docs()
    return TemplateResponse(request, "portal/home.html", context)


def _due(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    now = timezone.now()
    rows = items.arranged(
        worklist.collect(staff_of(request), now=now), today=timezone.localdate(now)
    )
    context |= {
        "dated": [row for row in rows if row.item.due_on],
        "undated": [row for row in rows if not row.item.due_on],
        "late": sum(row.urgency == "late" for row in rows),
        "soon": sum(row.urgency == "soon" for row in rows),
        "today": timezone.localdate(now),
    }
    return TemplateResponse(request, "portal/worklist.html", context)


def api_docs() -> str:
    """Return the address of the API's documentation, or "" where it is not served."""
    for name in API_VIEWS:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""
