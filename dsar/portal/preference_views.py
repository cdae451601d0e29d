"""The pages behind a person's links: preferences, out of one purpose, yes to one question.

A page that is opened changes nothing: scanners of mail open every link, and some ask for more.
Only a form that is sent does, or for one purpose the post of RFC 8058.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from dsar import links, preferences, receipts
from dsar.links import Kind, Link
from dsar.portal import limits
from dsar.portal.limits import limited
from dsar.portal.views import company_of, page
from governance.policy.vocabulary import Channel
from registry.models import Controller

ONE_CLICK = "One-Click"  # RFC 8058, 3.2: List-Unsubscribe=One-Click
READS = ["GET", "HEAD", "POST"]


@sensitive_variables("token")
def _find(company: Controller, token: str, kind: Kind) -> Link:
    now = timezone.now()
    link = links.find(company.pk, token, kind, today=timezone.localdate(now))
    limits.require(limits.LOOKS, str(link.id), now=now)
    return link


@sensitive_post_parameters()
@require_http_methods(READS)
@page
@limited
def show(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """Show what a person agreed to, and take what they change."""
    found = company_of(company)
    link = _find(found, token, Kind.PREFERENCES)
    now = timezone.now()
    if request.method == "POST":
        shown = request.POST.get("shown", "")
        if request.POST.get("do") == "refuse":
            preferences.refuse_all(link, shown=shown, now=now)
        else:
            preferences.save(link, request.POST.getlist("on"), shown=shown, now=now)
        address = reverse("portal:preferences", kwargs={"company": company, "token": token})
        return redirect(f"{address}?saved")
    context = {
        "company": found,
        "token": token,
        "page": preferences.read(link, now=now),
        "is_saved": "saved" in request.GET,
    }
    return render(request, "dsar/portal/preferences.html", context)


@require_GET
@page
def receipt(_request: HttpRequest, company: str, token: str) -> HttpResponse:
    """Hand over the signed receipt."""
    link = _find(company_of(company), token, Kind.PREFERENCES)
    content = receipts.receipt(link, now=timezone.now())
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="receipt.json"'
    return response


# Not limited: the servers of one provider end subscriptions for all their users.
@csrf_exempt  # programs of mail send it; it can end one purpose, and do nothing else
@require_http_methods(READS)
@page
def unsubscribe(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """Show the one button that ends a purpose, and end it when it is sent."""
    found = company_of(company)
    link = _find(found, token, Kind.UNSUBSCRIBE)
    is_done = request.method == "POST"
    if is_done:
        one_click = request.POST.get("List-Unsubscribe") == ONE_CLICK
        preferences.leave(link, one_click=one_click, now=timezone.now())
    context = {
        "company": found,
        "purpose": preferences.text_of(preferences.purpose_of(link)),
        "channel": preferences.BY[Channel(link.channel)],
        "is_done": is_done,
    }
    return render(request, "dsar/portal/unsubscribe.html", context)


@require_http_methods(READS)
@page
@limited
def confirm(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """Show the question a person was asked, and take their yes."""
    found = company_of(company)
    link = _find(found, token, Kind.CONFIRM)
    now = timezone.now()
    if request.method == "POST":
        preferences.confirm(link, now=now)
    context = {"company": found, "question": preferences.question(link, now=now)}
    return render(request, "dsar/portal/confirm.html", context)
