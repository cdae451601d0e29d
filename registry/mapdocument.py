"""The data map as a document: docs/data-map.json, for people who read no Python.

The file is committed and a test compares it with the code, so that a change in what is held,
sealed, disclosed or erased is a difference that a DPO can read. One field is one line,
models and fields are sorted by name, and nothing in it depends on when or where it was made.
"""

import json
from typing import Any

from django.db import models

from governance.policy.categories import TERMS
from registry.datamap import DataMap, Declaration, Holding, NotPersonal
from registry.models import SubjectRow
from registry.sealed import sealed_attributes

FORMAT = 1


def document(known: DataMap) -> dict[str, Any]:
    """Return the whole map as plain values, sorted by model and field.

    Source: the categories of Art. 30(1)(c), with their terms in W3C DPV 2.3.
    """
    holdings = sorted(known, key=lambda holding: holding.model)
    return {
        "format": FORMAT,
        "categories": {
            category.value: {
                "dpv": term.dpv,
                "special": term.special,
                "criminal": term.criminal,
                "never_stored": term.never_stored,
            }
            for category, term in sorted(TERMS.items())
        },
        "models": {holding.model: _model(holding) for holding in holdings},
    }


def text(known: DataMap) -> str:
    """Return the document as JSON, one line per field, ending in a newline."""
    return _written(document(known), 1) + "\n"


def counts(known: DataMap) -> dict[str, int]:
    """Return how many models there are, and how many fields of each kind."""
    fields = [
        field
        for model in document(known)["models"].values()
        for field in model.get("fields", {}).values()
    ]
    return {
        "models": len(known.declared),
        "sealed": sum("sealed" in field for field in fields),
        "clear": sum("clear" in field for field in fields),
        "not_personal": sum("not_personal" in field for field in fields),
    }


def _remnant(holding: Holding) -> dict[str, Any] | None:
    found = holding.remnant
    if found is None:
        return None
    return {"day": found.day, "by": list(found.by), "sums": list(found.sums)}


def _model(holding: Holding) -> dict[str, Any]:
    if holding.whole:
        return {"not_personal": holding.whole.because}
    record_class = holding.record_class
    said: dict[str, Any] = {
        "about_people": holding.has_subject,
        "record_class": record_class.value if record_class else None,
        "scope": holding.scope.value if record_class else None,
        "title_it": holding.title_it,
        "title_en": holding.title_en,
        "subject_column": holding.subject_column if holding.has_subject else None,
        "isolated": holding.isolated,
        "open_because": holding.open_because,
        "derived": holding.derived,
        "remnant": _remnant(holding),
        "anchors": {anchor.value: name for anchor, name in sorted(holding.anchors.items())},
    }
    kept = {name: value for name, value in said.items() if value not in (None, "", {})}
    names = _field_names(holding.model_class)
    return kept | {"fields": {name: _field(holding.declaration(name)) for name in names}}


def _field_names(model: type[models.Model]) -> list[str]:
    """Return columns, many-to-many relations and sealed attributes, by name."""
    columns = {field.name for field in model._meta.concrete_fields}
    relations = {field.name for field in model._meta.many_to_many}
    sealed = set(sealed_attributes(model)) if issubclass(model, SubjectRow) else set()
    return sorted(columns | relations | sealed)


def _field(said: Declaration) -> dict[str, Any]:
    if isinstance(said, NotPersonal):
        return {"not_personal": said.because}
    term = TERMS[said.category]
    field: dict[str, Any] = {"category": said.category.value, "dpv": term.dpv}
    if term.special or term.criminal:
        field["special"] = "Art. 9" if term.special else "Art. 10"
    field |= {"clear": said.clear} if said.clear else {"sealed": True}
    if said.lookup:
        field["lookup"] = said.lookup.value
    if said.free_text:
        field["free_text"] = True
    if said.exchanged:
        field["exchanged"] = True
    return field | {"origin": said.origin.value}


def _written(value: Any, depth: int) -> str:
    """Return JSON in which what holds nothing deeper, such as a field, is one line."""
    if not isinstance(value, dict) or not any(isinstance(v, dict) for v in value.values()):
        return json.dumps(value, ensure_ascii=False)
    indent = "  " * depth
    lines = [
        f"{indent}{json.dumps(name)}: {_written(inner, depth + 1)}" for name, inner in value.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * (depth - 1) + "}"
