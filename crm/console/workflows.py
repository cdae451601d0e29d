"""Workflows at the desk: drafted, compared with what is in force, approved by another person.

They are of the house and about nobody: what they do to people asks the gate when it is done.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from crm.console import workflow_form, workflow_words
from crm.console.desk import Desk, page
from crm.models import MessageTemplate, Workflow
from crm.workflows import versions
from crm.workflows.errors import DefinitionInvalidError, WorkflowNotFoundError
from crm.workflows.versions import Titles, may_approve
from governance.policy.vocabulary import Channel, Operation, Role
from governance.policy.workflows import CONDITIONS, VersionState
from registry import activities, labels
from registry.labels import titled
from registry.models import Purpose

SEE = frozenset({Role.AGENT, Role.SALES, Role.MARKETING, Role.MANAGER})
DRAFT = frozenset({Role.SALES, Role.MARKETING, Role.MANAGER})
KEY = 40
WRITES = frozenset({Operation.CREATE, Operation.UPDATE, Operation.SEND})
NOBODY_AT_WORK = frozenset({Role.SYSTEM, Role.DATA_SUBJECT})


@page(roles=SEE)
def workflows(desk: Desk) -> HttpResponse:
    """List the workflows: the draft of each, and the version in force."""
    rows = _rows(desk).exclude(state=VersionState.RETIRED).order_by("key", "number")
    context = {
        "title": _("Workflows"), "may_draft": desk.role in DRAFT,
        "workflows": [
            {
                "row": row, "title": titled(row.title_it, row.title_en),
                "state": workflow_words.STATE[row.state],
            }
            for row in rows
        ],
    }  # fmt: skip
    return desk.render("console/workflows.html", context)


def _rows(desk: Desk) -> Any:
    return Workflow.objects.filter(controller=desk.staff.controller_id)


def _found(desk: Desk, workflow: UUID) -> Workflow:
    found: Workflow | None = _rows(desk).filter(pk=workflow).first()
    if found is None:
        raise WorkflowNotFoundError
    return found


def _purposes(desk: Desk) -> dict[str, str]:
    rows = Purpose.objects.filter(controller=desk.staff.controller_id).order_by("key")
    return {row.key: row.text for row in rows}


def _usable(desk: Desk) -> list[tuple[str, str]]:
    """Return the purposes for which the system may do something about people."""
    found = activities.of_role(desk.staff.controller_id, Role.SYSTEM, at=desk.now)
    purposes = [row.activity.purpose for row in found if WRITES & set(row.operations)]
    return sorted((purpose.key, purpose.text) for purpose in purposes)


@page(roles=SEE)
def workflow(desk: Desk, workflow: UUID) -> HttpResponse:
    """Show a version: what it does, and what it changes against the one in force."""
    row = _found(desk, workflow)
    purposes = _purposes(desk)
    said = workflow_words.lines(row.definition, purposes)
    is_draft = row.state == VersionState.DRAFT
    in_force = _rows(desk).filter(key=row.key, state=VersionState.APPROVED).first()
    before = None
    if is_draft and in_force is not None:
        before = workflow_words.lines(in_force.definition, purposes)
    context = {
        "title": titled(row.title_it, row.title_en), "row": row, "is_draft": is_draft,
        "state": workflow_words.STATE[row.state],
        "lines": workflow_words.compared(said if before is None else before, said),
        "is_compared": before is not None,
        "texts": _texts(desk, row),
        "may_approve": may_approve(row, desk.staff), "may_draft": desk.role in DRAFT,
        "may_stop": row.state == VersionState.APPROVED and desk.role is Role.MANAGER,
    }  # fmt: skip
    return desk.render("console/workflow.html", context)


def _texts(desk: Desk, row: Workflow) -> list[MessageTemplate]:
    """Return the texts that a version sends: who approves it reads them."""
    named = {one["template"] for one in row.definition["actions"] if "template" in one}
    rows = MessageTemplate.objects.filter(controller=desk.staff.controller_id, key__in=named)
    return list(rows.order_by("key"))


@page(roles=DRAFT)
def new(desk: Desk) -> HttpResponse:
    """Draft a workflow, or a further version of one: add steps, then keep it."""
    said = desk.request.POST
    typed = workflow_form.read(said)
    if desk.request.method != "POST" and (first := desk.request.GET.get("from", "")):
        row = _found(desk, versions.id_of(first))
        typed = workflow_form.of(row.title_it, row.title_en, row.definition)
    if said.get("do") == "step":
        workflow_form.more(typed)
    if said.get("do") != "keep":
        return _form(desk, typed)
    key = slugify(typed.words["title_it"])[:KEY]
    if not (key and typed.words["title_en"]):
        return _form(desk, typed, [str(_("Give it a name in both languages."))])
    titles = Titles(typed.words["title_it"], typed.words["title_en"])
    try:
        kept = versions.draft(
            versions.key_of(desk.staff.controller_id, titles.it, key), titles,
            workflow_form.definition(typed), by=desk.staff, now=desk.now,
        )  # fmt: skip
    except DefinitionInvalidError as error:
        return _form(desk, typed, workflow_words.explained(error.details["faults"]))
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return redirect("desk:workflow", workflow=kept.pk)


def _form(desk: Desk, typed: workflow_form.Typed, faults: list[str] | None = None) -> HttpResponse:
    templates = MessageTemplate.objects.filter(controller=desk.staff.controller_id)
    context = {
        "title": _("New workflow"), "typed": typed, "faults": faults,
        "purposes": _usable(desk),
        "triggers": [(one.value, text) for one, text in workflow_words.TRIGGER.items()],
        "conditions": [
            (
                workflow_words.TRIGGER[one],
                [(word, workflow_words.VALUES.get(word, word)) for word in sorted(values)],
            )
            for one, fields in CONDITIONS.items()
            for values in fields.values()
        ],
        "acts": [(one.value, text) for one, text in workflow_words.ACT.items()],
        "roles": [(r.value, labels.text(Role, r)) for r in Role if r not in NOBODY_AT_WORK],
        "channels": [(c.value, labels.text(Channel, c)) for c in Channel],
        "templates": [(one.key, one.topic_it) for one in templates.order_by("key")],
    }  # fmt: skip
    return desk.render("console/workflow_new.html", context, status=422 if faults else 200)


@page(roles=SEE)
def act(desk: Desk, workflow: UUID) -> HttpResponse:
    """Approve a draft as it was read, or stop what is in force."""
    row, said = _found(desk, workflow), desk.request.POST
    if said.get("do") == "approve":
        versions.approve(row, by=desk.staff, now=desk.now, shown=said.get("shown", ""))
        messages.success(desk.request, _("Approved: it is in force from now on."))
    if said.get("do") == "stop" and desk.role is Role.MANAGER:
        versions.stop(row, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Stopped: it starts nothing any more."))
    return redirect("desk:workflow", workflow=row.pk)


@page(roles=DRAFT)
def recipes(desk: Desk) -> HttpResponse:
    """Draft the workflows that come with Custode, for somebody else to read and approve."""
    if desk.request.method == "POST":
        made = versions.load_recipes(by=desk.staff, now=desk.now)
        said = _("Drafted: %(number)d workflows, with their texts.") % {"number": len(made)}
        messages.success(desk.request, said)
    return redirect("desk:workflows")
