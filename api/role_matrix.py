"""What each role sees by each operation of the API: docs/role-matrix.md, made from declarations.

The register says which roles act for a purpose, by which operations, and which categories of data
each of them sees; the data map says of which category a field is; the OpenAPI document says which
fields an answer has. The register here is the starter, as it is when all of it is approved.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from drf_spectacular.generators import SchemaGenerator

from api.v1.documents import APART
from governance.policy.categories import Category
from governance.policy.decisions import ActivityTerms
from governance.policy.vocabulary import LawfulBasis, Operation, Role, SubjectKind
from registry import seeing, starter
from registry.datamap import data_map

NOBODY_AT_WORK = frozenset({Role.DATA_SUBJECT})
OF_PARTS = {
    "Point": ("ContactPoint",),
    "TimelineItem": ("Order", "Interaction"),
    "TimelineDetails": tuple(kind.model.__name__ for kind in APART),
    "MergeProposal": ("Merge",),
}
"""Components of the document that are called otherwise than the rows they show."""
BY_END = {
    "list": Operation.LIST, "search": Operation.SEARCH, "create": Operation.CREATE,
    "update": Operation.UPDATE, "retrieve": Operation.READ,
}  # fmt: skip
INTRODUCTION = """# What each role sees

Made by `manage.py export_role_matrix` from the starter register, the data map and the OpenAPI
document; a test fails when it differs. Read it line by line when it changes: each difference is
somebody who sees more, or less.

A cell names the purposes for which the role gets these fields; a dash: for none. Fields that hold
nothing about a person are left out. Whether a person's data may be used at all the gate decides for
each person besides. A field agent gets of these only the orders of their own open visits, and a
postal address only from the day before such a visit until it is closed (`crm/service/serving.py`).
"""


@dataclass(frozen=True)
class Answer:
    """An operation of the API that answers with fields about people.

    Attributes
    ----------
    fields : names of fields by category
    """

    name: str
    does: Operation
    fields: dict[Category, list[str]]


def activities() -> list[ActivityTerms]:
    """Return what the starter register says, as the gate takes it."""
    return [_terms(entry) for entry in starter.entries()]


def _terms(entry: dict[str, Any]) -> ActivityTerms:
    return ActivityTerms(
        reference=f"{entry['purpose']}.v1",
        purpose=entry["purpose"],
        basis=LawfulBasis(entry["basis"]),
        is_marketing=entry.get("is_marketing", False),
        categories=frozenset(map(Category, entry["categories"])),
        subject_kinds=frozenset(map(SubjectKind, entry["subject_kinds"])),
        roles=frozenset(map(Role, entry["roles"])),
        operations=frozenset(map(Operation, entry["operations"])),
        seen_by=seeing.by_role(seeing.words_of(entry.get("role_categories", {}))),
    )


def answers() -> list[Answer]:
    """Return the operations of the OpenAPI document whose answers are about people."""
    generator: Any = SchemaGenerator  # the library has no annotations
    schema = generator().get_schema(request=None, public=True)
    found = []
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            fields = dict(_fields(said, schema["components"]["schemas"]))
            if fields:
                name = f"{method.upper()} {path}"
                found.append(Answer(name, _operation(method, said["operationId"]), fields))
    return found


def _operation(method: str, name: str) -> Operation:
    found = BY_END.get(name.rsplit("_", 1)[-1])
    return found or (Operation.READ if method == "get" else Operation.UPDATE)


def _fields(said: dict[str, Any], components: dict[str, Any]) -> Iterator[tuple[Category, Any]]:
    """Yield the fields of what an operation answers with, by category."""
    by_category: dict[Category, set[str]] = defaultdict(set)
    for status, response in said["responses"].items():
        if status.startswith("2"):
            for component in _reached(response, components, set()):
                for model in _models(component):
                    declared = data_map()[model].personal()
                    for name in components[component].get("properties", {}):
                        if name in declared:
                            by_category[declared[name].category].add(f"{model.__name__}.{name}")
    for category in sorted(by_category):
        yield category, sorted(by_category[category])


def _reached(part: Any, components: dict[str, Any], seen: set[str]) -> set[str]:
    """Return the components that a part of the document refers to, at whatever depth."""
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inside:
        _reached(value, components, seen)
    if isinstance(part, dict) and isinstance(reference := part.get("$ref"), str):
        name = reference.rsplit("/", 1)[-1]
        if name not in seen:
            seen.add(name)
            _reached(components[name], components, seen)
    return seen


def _models(component: str) -> list[Any]:
    """Return the models whose rows a component shows."""
    name = component.removeprefix("Listed")
    wanted = {word.lower() for word in OF_PARTS.get(component, (name,))}
    shown = ("crm", "registry")
    return [
        m for m in apps.get_models() if m._meta.model_name in wanted and m._meta.app_label in shown
    ]


def purposes_for(
    role: Role, does: Operation, category: Category, among: list[ActivityTerms]
) -> list[str]:
    """Return the purposes for which a role gets a category by an operation."""
    return sorted(
        terms.purpose
        for terms in among
        if role in terms.roles and does in terms.operations and category in terms.usable_by(role)
    )


def text() -> str:
    """Return the document."""
    among, lines = activities(), [INTRODUCTION]
    roles = [
        role for role in Role
        if role not in NOBODY_AT_WORK and any(role in terms.roles for terms in among)
    ]  # fmt: skip
    nothing = [r for r in Role if r not in NOBODY_AT_WORK and r not in roles]
    lines.append(f"Roles without a purpose in it: {', '.join(nothing)}.\n")
    for answer in answers():
        lines += [f"## {answer.name} ({answer.does})\n", f"| data | {' | '.join(roles)} |"]
        lines.append("|---" * (len(roles) + 1) + "|")
        for category, fields in answer.fields.items():
            cells = [
                "<br>".join(purposes_for(role, answer.does, category, among)) or "–"
                for role in roles
            ]
            shown = ", ".join(f"`{name}`" for name in fields)
            lines.append(f"| **{category}**: {shown} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)
