"""How a person stands to the house: stages, companies, profiles on networks.

Each is decided by `crm.people`: a stage is moved on what the file shows, a profile is linked only
on something that shows it is the person's. The page says what the purpose may see of it.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console import words
from crm.console.desk import Desk, page
from crm.models import Account, Contact, HandleLink, Membership
from crm.models.conversations import NETWORKS
from crm.people import accounts, handles, stages
from governance.policy.categories import Category
from governance.policy.lifecycle import MOVES, LifeStage, Needs
from governance.policy.vocabulary import Operation
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.gate.opening import Subjects

GROUND: dict[str, Promise] = {
    Needs.TURNED_TO_US: _("they turned to us"),
    Needs.CONTRACT: _("a contract runs"),
    Needs.RECOMMENDED: _("they recommend us"),
    Needs.NOTHING_RUNS: _("nothing runs any more"),
    Needs.RECOMMENDS_NO_MORE: _("they recommend us no more"),
}
SHOWN_BY: dict[str, Promise] = {
    "code": _("a code came back"), "oauth": _("the network said so"),
    "agent": _("on the word of a colleague"),
}  # fmt: skip
NETWORK = {"x": "X", "instagram": "Instagram", "facebook": "Facebook"}


class JoinForm(forms.Form):
    """Since when somebody belongs to a company, and as what."""

    account = forms.UUIDField()
    since = forms.DateField(label=_("Since"), required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=120, required=False)


class HandleForm(forms.Form):
    """A profile, and how it is known to be the person's."""

    network = forms.ChoiceField(label=_("Network"), choices=[(n, NETWORK[n]) for n in NETWORKS])
    handle = forms.CharField(label=_("Name of the profile"), max_length=120)
    reason = forms.CharField(
        label=_("How you know that it is theirs"), max_length=400, required=False,
        help_text=_("Leave it empty to ask for a code instead."),
    )  # fmt: skip


def require(access: Access, person: UUID) -> None:
    """Say why a person who is opened beside others is not shown.

    Raises
    ------
    GateRefusedError
    """
    if person not in access.among(None):
        raise_excluded(access)
        raise Http404


def raise_excluded(access: Access) -> None:
    """Say why whoever a page is about was left out; nothing where nobody was.

    Raises
    ------
    GateRefusedError
    """
    for refusal in access.excluded:
        raise GateRefusedError(refusal)


def _with_companies(_desk: Desk, person: UUID) -> Subjects:
    return accounts.with_accounts(person)


@page(Operation.LIST, people=_with_companies, refused="console/closed.html")
def relation(desk: Desk, person: UUID) -> HttpResponse:
    """Show how a person stands to the house."""
    require(desk.access, person)
    return _shown(desk, person)


@page()
def act(desk: Desk, person: UUID) -> HttpResponse:
    """Move a stage, find, join or leave a company, link a profile or confirm its code."""
    said = desk.request.POST
    do = said.get("do", "")
    if do == "find":
        return _find(desk, person, said.get("q", "").strip())
    if do == "join":
        return _join(desk, person)
    if desk.request.method == "POST" and do in DEEDS:
        with desk.open(Operation.UPDATE, subjects=person) as desk.access:
            told = DEEDS[do](desk, person)
        messages.success(desk.request, str(told))
    return redirect("desk:relation", person=person)


def _find(desk: Desk, person: UUID, text: str) -> HttpResponse:
    """Show the companies of a name, to choose one."""
    found = accounts.meant_by(desk.staff.controller_id, text)
    with desk.open(Operation.SEARCH, subjects=accounts.with_those(person, found)) as access:
        desk.access = access
        require(access, person)
        return _shown(desk, person, looked_for=True)


def _join(desk: Desk, person: UUID) -> HttpResponse:
    form = JoinForm(desk.request.POST)
    if not form.is_valid():
        messages.error(
            desk.request, _("Choose one of the companies, and write a day as the calendar does.")
        )
        return redirect("desk:relation", person=person)
    said = form.cleaned_data
    with desk.open(
        Operation.UPDATE, subjects=accounts.with_accounts(person, said["account"])
    ) as access:
        require(access, person)
        account = accounts.held(access, said["account"])
        accounts.join(access, person, account.pk, since=said["since"], job_title=said["job_title"])
    messages.success(desk.request, _("Written down: they belong to the company."))
    return redirect("desk:relation", person=person)


def _move(desk: Desk, person: UUID) -> Promise:
    said = desk.request.POST
    then = LifeStage(said["stage"]) if said.get("stage") in set(LifeStage) else None
    if then is not None:
        stages.move(desk.access, person, then, recommends="recommends" in said)
    return _("The stage and its day are recorded.")


def _leave(desk: Desk, person: UUID) -> Promise:
    account = accounts.id_of(desk.request.POST.get("account", ""))
    accounts.leave(desk.access, person, account, on=timezone.localdate(desk.now))
    return _("Written down: they left the company today.")


def _link(desk: Desk, person: UUID) -> Promise | str:
    form = HandleForm(desk.request.POST)
    if not form.is_valid():
        return _("Choose a network and write the name of the profile.")
    said = form.cleaned_data
    about = {"network": said["network"], "handle": said["handle"]}
    if said["reason"].strip():
        handles.vouch(desk.access, person, **about, by=desk.staff, reason=said["reason"])
        return _("The profile is linked.")
    _asked, code = handles.ask(desk.access, person, **about)
    return _(
        "Send %(code)s to the profile from ours, and nowhere else. It counts for 30 minutes."
    ) % {"code": code}


def _confirm(desk: Desk, _person: UUID) -> Promise:
    link = accounts.id_of(desk.request.POST.get("link", ""))
    if handles.confirm(desk.access, link, desk.request.POST.get("code", "")):
        return _("The profile is linked.")
    return _("The code is not the one that was sent.")


DEEDS = {"stage": _move, "leave": _leave, "link": _link, "confirm": _confirm}


def _shown(desk: Desk, person: UUID, *, looked_for: bool = False) -> HttpResponse:
    access = desk.access
    contact = access.rows(Contact).filter(subject=person).first()
    if contact is None:
        raise Http404
    name = contact.full_name if Category.NAME in access.categories else ""
    known = {row.pk: row for row in access.rows(Account)}
    mine = _memberships(access, person, known, today=timezone.localdate(desk.now))
    taken = {line["account"] for line in mine}
    context = {
        "title": name or _("Person without a name"),
        "person": person,
        "looked_for": looked_for,
        "found": [(row.pk, row.name) for row in known.values() if row.pk not in taken],
        "sees_companies": _may(access, Category.OCCUPATION, Category.NAME),
        "companies": mine,
        "sees_handles": Category.ONLINE_IDENTIFIER in access.categories,
        "handles": _handles(access, person),
        "handle_form": HandleForm(),
        "networks": NETWORK.items(),
        **_stages(access, person, contact),
    }
    return desk.render("console/relation.html", context)


def _may(access: Access, *categories: Category) -> bool:
    return access.categories.issuperset(categories)


def _stages(access: Access, person: UUID, contact: Contact) -> dict[str, Any]:
    """Return the stages so far, and where it can go from here; nothing without the category."""
    if not _may(access, Category.BEHAVIOUR, Category.COMMUNICATIONS):
        return {"sees_stages": False}
    now = contact.stage
    reached = [
        (words.said(words.STAGE, one.stage), one.at, GROUND.get(one.ground, ""))
        for one in stages.history(access, person)
    ]
    onward = [
        (then.value, words.STAGE[then], GROUND[need], need is Needs.RECOMMENDED)
        for (was, then), need in MOVES.items()
        if was == now
    ]
    return {"sees_stages": True, "reached": reached, "onward": onward}


def _memberships(
    access: Access, person: UUID, known: dict[UUID, Account], *, today: date
) -> list[dict[str, Any]]:
    if not _may(access, Category.OCCUPATION, Category.NAME):
        return []
    rows = access.rows(Membership).filter(subject=person).order_by("active_from", "pk")
    return [
        {
            "account": row.account_id, "row": row, "job_title": row.job_title,
            "name": known[row.account_id].name if row.account_id in known else "",
            "is_over": row.active_to is not None and row.active_to < today,
        }
        for row in rows
    ]  # fmt: skip


def _handles(access: Access, person: UUID) -> list[dict[str, Any]]:
    if Category.ONLINE_IDENTIFIER not in access.categories:
        return []
    rows = access.rows(HandleLink).filter(subject=person).order_by("pk")
    return [
        {
            "id": row.pk, "network": NETWORK[row.network], "handle": row.handle,
            "linked_at": row.linked_at, "shown_by": SHOWN_BY[row.shown_by],
            "waits": row.linked_at is None and bool(row.expires_at and row.expires_at > access.now),
        }
        for row in rows
    ]  # fmt: skip
