"""System checks that keep the data map total. They run at every start: web, worker, command.

An undeclared field stops the process: what nobody declared nobody would erase.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from governance.policy.categories import Category
from registry.datamap import BASE_FIELDS, Holding, NotPersonal, Personal, data_map
from registry.models import SubjectRow
from registry.sealed import sealed_attributes

TAG = "data_map"


@register(TAG)
def every_field_is_declared(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Compare the data map with the models of every installed app."""
    del app_configs  # the map is whole or it is nothing
    problems: list[CheckMessage] = []
    known = data_map()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created:
            continue  # a link table: two ids, both declared where the relation is
        if model in known:
            problems += _compare(model, known[model])
        else:
            problems.append(_error(model, "is not in the data map", "E001"))
    labels = {m._meta.label_lower for m in apps.get_models()}
    problems += [
        Error(f"{h.model} is declared and does not exist.", id="data_map.E002")
        for h in known.declared
        if h.model.lower() not in labels
    ]
    return problems


def _compare(model: type[models.Model], holding: Holding) -> list[CheckMessage]:
    if holding.whole:
        return []
    sealed = set(sealed_attributes(model))
    concrete = {f.name for f in model._meta.concrete_fields} | {
        f.name for f in model._meta.many_to_many
    }
    is_row = issubclass(model, SubjectRow)
    declared = set(holding.fields) | (set(BASE_FIELDS) if is_row else set())
    problems: list[CheckMessage] = [
        _error(model, f"has the undeclared field {name}", "E003")
        for name in sorted((concrete | sealed) - declared)
    ]
    problems += [
        _error(model, f"does not have the declared field {name}", "E004")
        for name in sorted(declared - concrete - sealed)
    ]
    problems += _protection(model, holding, sealed, concrete)
    return problems + _shape(model, holding, is_row=is_row)


def _protection(
    model: type[models.Model], holding: Holding, sealed: set[str], concrete: set[str]
) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    for name, said in holding.fields.items():
        if isinstance(said, NotPersonal):
            if name in sealed:
                problems.append(_error(model, f"seals {name}, declared as not personal", "E005"))
            if not said.because.strip():
                problems.append(_error(model, f"gives no reason for {name}", "E006"))
            continue
        if name in concrete and not said.clear.strip():
            problems.append(
                _error(model, f"keeps {name} in a plain column without a reason", "E007")
            )
        if name in sealed and said.clear:
            problems.append(_error(model, f"seals {name}, declared as clear", "E008"))
        if said.category not in Category:
            problems.append(_error(model, f"declares {name} in no category", "E009"))
    return problems


def _shape(model: type[models.Model], holding: Holding, *, is_row: bool) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    personal = any(isinstance(d, Personal) for d in holding.fields.values())
    if personal and holding.record_class is None:
        problems.append(_error(model, "holds personal data and has no record class", "E010"))
    if is_row and not (holding.isolated and holding.has_subject):
        problems.append(_error(model, "is about people and must be isolated", "E011"))
    if not holding.isolated and not holding.open_because:
        problems.append(_error(model, "is not isolated and says no reason", "E012"))
    if holding.has_subject and not (holding.title_it and holding.title_en):
        problems.append(_error(model, "has no title for the people it is about", "E013"))
    problems += [
        _error(model, f"takes the start event {anchor} from no field: {name}", "E014")
        for anchor, name in holding.anchors.items()
        if not _leads_to_a_column(model, name)
    ]
    if holding.isolated:
        problems += [
            _error(model, f"has the unique key {c.name} without the controller", "E015")
            for c in model._meta.constraints
            if isinstance(c, models.UniqueConstraint) and "controller" not in c.fields
        ]
    return problems


def _error(model: type[models.Model], what: str, number: str) -> Error:
    return Error(
        f"{model._meta.label} {what}.",
        hint=f"Declare it in {model._meta.app_config.name}/personal_data.py"
        if model._meta.app_config
        else None,
        id=f"data_map.{number}",
    )


def _leads_to_a_column(model: type[models.Model], path: str) -> bool:
    """Whether a path such as `case__solved_at` goes over links and ends at a column."""
    here: type[models.Model] | None = model
    for name in path.split("__"):
        if here is None or name not in {field.name for field in here._meta.concrete_fields}:
            return False
        related = here._meta.get_field(name).related_model
        here = related if isinstance(related, type) else None
    return True
