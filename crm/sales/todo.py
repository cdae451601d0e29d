"""Tasks: what somebody of the staff has to do for a person, and by when."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from crm.models import Task
from governance.policy.sales import About
from registry.gate.access import Access


@dataclass(frozen=True)
class Duty:
    """What has to be done: by one member of staff, or by whoever has a role."""

    title: str
    do_by: date
    note: str = ""
    assignee: UUID | None = None
    role: str = ""
    about_kind: About = About.PERSON
    about: UUID | None = None


def give(access: Access, subject: UUID, duty: Duty) -> Task:
    """Write down what has to be done for a person."""
    task = Task(
        controller_id=access.controller,
        subject_id=subject,
        do_by=duty.do_by,
        assignee_id=duty.assignee,
        role=duty.role,
        about_kind=duty.about_kind,
        about=duty.about,
        collected_at=access.now,
    )
    task.title, task.note = duty.title, duty.note
    task.save()
    return task


def mark(access: Access, task: UUID, *, is_done: bool) -> Task:
    """Say whether a task is done; the moment is that at which it was first said."""
    found: Task = access.rows(Task).select_for_update(of=("self",)).get(pk=task)
    if (found.done_at is not None) != is_done:
        found.done_at = access.now if is_done else None
        found.save(update_fields=["done_at"])
    return found
