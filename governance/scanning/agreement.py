"""Whether what was seen agrees with the register, or what has to be asked.

A source of one's own company holds what some approved activity uses (Art. 30(1)(c)), or there is a
question: to declare the activity, or to stop keeping the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from governance.scanning.judging import SeenColumn, SeenTable, SeenText, categories
from registry import activities, labels
from registry.models import Controller

UNSURE = 0.5
"""Confidence below which a person is asked what a column is before anything else."""

Register = Mapping[Category, tuple[str, ...]]
"""Each category that approved activities use, with their titles."""


@unique
class Standing(StrEnum):
    """What follows from what a column or text holds."""

    SECRET = "secret"  # noqa: S105 - a word; never to be kept in a CRM
    SPECIAL = "special"  # Art. 9, 10: a ground is needed first
    UNSURE = "unsure"  # what is it?
    NOT_COVERED = "not_covered"  # no approved activity uses it
    COVERED = "covered"
    SEEN = "seen"  # personal, and not compared with a register
    NOT_PERSONAL = "not_personal"


QUESTIONS = frozenset(
    {Standing.SECRET, Standing.SPECIAL, Standing.UNSURE, Standing.NOT_COVERED}
)  # what a person has to answer


@dataclass(frozen=True)
class Lacking:
    """A category that no approved activity uses, and where it was seen."""

    category: Category
    places: tuple[tuple[str, str], ...]


def register_of(controller: Controller, *, now: datetime) -> Register:
    """Return what the register of a company covers at a moment."""
    found: dict[Category, list[str]] = {}
    for version in activities.all_in_force(controller.pk, at=now):
        title = labels.titled(version.title_it, version.title_en) or version.title_it
        for word in version.categories:
            found.setdefault(Category(word), []).append(title)
    return {category: tuple(titles) for category, titles in found.items()}


def standing(column: SeenColumn, register: Register | None) -> Standing:
    """Say what follows from a column; `register` is None where there is none to compare with."""
    if column.category is None and not column.spoken:
        return Standing.NOT_PERSONAL
    if column.category is None:
        held = {one.category for one in column.spoken}
    elif column.confidence < UNSURE:
        return Standing.UNSURE
    else:
        held = {column.category} | {one.category for one in column.spoken}
    return of_categories(held, register)


def of_categories(held: set[Category], register: Register | None) -> Standing:
    """Say what follows from holding some categories: the gravest of what follows from each."""
    if not held:
        return Standing.NOT_PERSONAL
    if held & NEVER_STORED:
        return Standing.SECRET
    if held & SPECIAL and (register is None or not held & SPECIAL <= set(register)):
        return Standing.SPECIAL
    if register is None:
        return Standing.SEEN
    return Standing.COVERED if held <= set(register) else Standing.NOT_COVERED


def lacking(
    tables: list[SeenTable], texts: list[SeenText], register: Register
) -> tuple[Lacking, ...]:
    """Return the categories that were seen and that no approved activity uses."""
    seen = categories(tables, texts)
    return tuple(Lacking(c, tuple(places)) for c, places in seen.items() if c not in register)
