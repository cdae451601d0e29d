"""The collection to try the API by hand holds every operation, with bodies that are right."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from api import collection
from api.examples import example

COLLECTION = Path(__file__).resolve().parents[2] / "docs" / "api.http"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    plain: dict[str, Any] = orjson.loads(orjson.dumps(found, default=str))
    return plain


def test_the_committed_collection_is_what_the_document_says() -> None:
    assert COLLECTION.read_text(encoding="utf-8") == collection.text(), (
        "run `manage.py export_api_collection`"
    )


def test_it_holds_every_operation_once_and_no_token(document: dict[str, Any]) -> None:
    text = COLLECTION.read_text(encoding="utf-8")
    said = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert re.findall(r"^# @name (\w+)$", text, re.MULTILINE) == said
    assert not re.search(r"cs[tas]_", text)


def test_every_body_in_it_is_one_that_the_document_allows(document: dict[str, Any]) -> None:
    components, tried = document["components"]["schemas"], 0
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if body := said.get("requestBody"):
                schema = body["content"]["application/json"]["schema"]
                whole = {**schema, "components": {"schemas": components}}
                checker = Draft202012Validator(
                    whole, format_checker=Draft202012Validator.FORMAT_CHECKER
                )
                wrong = [e.message for e in checker.iter_errors(example(schema, components))]
                assert wrong == [], (method, path)
                tried += 1
    assert tried > 20


def test_an_example_keeps_to_the_bounds_of_its_schema() -> None:
    schema = {
        "type": "object", "required": ["a", "b", "c"],
        "properties": {
            "a": {"type": "array", "minItems": 2, "items": {"enum": ["x", "y"]}},
            "b": {"type": ["integer", "null"], "minimum": 7}, "c": {"$ref": "#/x/Short"},
            "d": {"type": "string"},
        },
    }  # fmt: skip
    short = {"Short": {"type": "string", "maxLength": 2}}
    assert example(schema, short) == {"a": ["x", "x"], "b": 7, "c": "c"}
    assert example({"type": "string", "maxLength": 2}, {}, "name") == "na"
    assert example({"type": "string", "minLength": 2}, {}, "q") == "qx"
