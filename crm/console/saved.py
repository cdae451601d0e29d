"""Lists with a name: what somebody looks at every day, kept for them alone.

A view is words of closed lists. Its name is about a list and about nobody, and is looked into.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.console.inbox_views import VIEWS
from crm.help import checking
from crm.models import SavedView
from governance.policy.vocabulary import Channel

MOST = 20


def of(desk: Desk) -> list[dict[str, Any]]:
    """Return the views that somebody kept, with the addresses they lead to."""
    rows = SavedView.objects.filter(staff=desk.staff).order_by("name")
    return [
        {"id": row.pk, "name": row.name, "address": _address(row.view, row.channel)} for row in rows
    ]


def _address(view: str, channel: str) -> str:
    said = {"view": view, **({"channel": channel} if channel else {})}
    return f"{reverse('desk:inbox')}?{urlencode(said)}"


@page()
def keep(desk: Desk) -> HttpResponse:
    """Give the list that is open a name; the same name again leads to the new list."""
    said = desk.request.POST
    name, view, channel = (
        said.get("name", "").strip()[:40],
        said.get("view", ""),
        said.get("channel"),
    )
    if desk.request.method != "POST" or view not in VIEWS:
        return redirect("desk:inbox")
    known = channel if channel in list(Channel) else ""
    mine = SavedView.objects.filter(staff=desk.staff)
    if not name or mine.exclude(name=name).count() >= MOST:
        messages.error(desk.request, _("Give the view a name; you can keep twenty."))
    elif checking.places(desk.staff.controller_id, name, "", now=desk.now):
        messages.error(desk.request, _("The name of a view is about nobody: call it otherwise."))
    else:
        mine.update_or_create(
            controller_id=desk.staff.controller_id, staff=desk.staff, name=name,
            defaults={"view": view, "channel": known},
        )  # fmt: skip
        messages.success(desk.request, _("Kept: it stands with the other views."))
    return redirect(_address(view, known or ""))


@page()
def forget(desk: Desk, view: UUID) -> HttpResponse:
    """Take a view away; the conversations stay where they are."""
    if desk.request.method == "POST":
        SavedView.objects.filter(staff=desk.staff, pk=view).delete()
    return redirect("desk:inbox")
