"""What holds after a person's death, on their page: that they died, and what they forbade."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dsar import deaths, labels
from dsar.errors import NothingSaidError
from dsar.identity_errors import ProhibitionRefusedError
from dsar.models import Death, PostMortemProhibition
from governance.portal.forms import day_field
from governance.portal.guard import page
from governance.portal.roles import May, Page, staff_of
from registry.gate.access import Access

HERE = "admin:person"


class DeathForm(forms.Form):
    """That a person has died, and how we know."""

    died_on = day_field(gettext_lazy("Day of death"), required=False)
    evidence = forms.CharField(
        label=gettext_lazy("How we know it"), max_length=600,
        help_text=gettext_lazy("Which certificate, of when; no numbers, and no copy is kept."),
    )  # fmt: skip


class ProhibitionForm(forms.Form):
    """What a person forbids for the time after their death."""

    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights that nobody is to use after their death"),
        choices=lambda: [(r.value, labels.word(labels.RIGHTS, r)) for r in sorted(deaths.REACHED)],
        widget=forms.CheckboxSelectMultiple,
    )
    statement = forms.CharField(
        label=gettext_lazy("Their words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    said_on = day_field(gettext_lazy("Said in writing on"))
    is_free_and_informed = forms.BooleanField(
        label=gettext_lazy("They knew what it means, and wanted it freely")
    )


def context(access: Access, subject: UUID) -> dict[str, Any]:
    """Return what the page of a person shows of it, inside the access it is shown in."""
    bans = access.rows(PostMortemProhibition).filter(subject=subject).order_by("-said_on")
    return {
        "death": access.rows(Death).filter(subject=subject).first(),
        "prohibitions": [
            {
                "row": one,
                "rights": [labels.word(labels.RIGHTS, word) for word in one.rights],
                "statement": one.statement or "",
            }
            for one in bans
        ],
        "death_form": DeathForm(auto_id="death_%s"),
        "prohibition_form": ProhibitionForm(auto_id="prohibition_%s"),
    }


@require_POST
@page(Page.PEOPLE, level=May.CHANGE)
def act(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record a death or a prohibition, or that one was revoked."""
    actor, now = staff_of(request).actor(), timezone.now()
    match request.POST.get("act", ""):
        case "death":
            dead = DeathForm(request.POST)
            if not dead.is_valid():
                raise NothingSaidError
            deaths.record(object_id, **dead.cleaned_data, by=actor, now=now)
        case "prohibit":
            banned = ProhibitionForm(request.POST)
            if not banned.is_valid():
                raise ProhibitionRefusedError
            deaths.prohibit(object_id, **banned.cleaned_data, by=actor, now=now)
        case "revoke":
            deaths.revoke(
                _uuid(request.POST.get("row", "")), on=timezone.localdate(now), by=actor, now=now
            )
        case _:
            raise Http404
    messages.success(request, _("Recorded."))
    return redirect(HERE, object_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
