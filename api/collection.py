"""The collection of calls to try by hand: docs/api.http, made from the OpenAPI document.

The form of `.http` files is read by common editors and by command-line clients. Host, token and
purpose are variables at its top; bodies are the smallest that are right (`api.examples`).
"""

from collections.abc import Iterator
from typing import Any

import orjson
from drf_spectacular.generators import SchemaGenerator

from api.examples import example

INTRODUCTION = """# Every operation of the API, to be tried by hand.
# Made by `manage.py export_api_collection` from the OpenAPI document; a test fails when it differs.
# Put ids of your own in the place of the zeros, and keep the token out of this file.

@host = http://127.0.0.1:8000
@token = {{$dotenv CUSTODE_TOKEN}}
@purpose = order_management
@id = 00000000-0000-0000-0000-000000000000
"""
HEADERS = {"Idempotency-Key": "{{$guid}}", "If-Match": "*"}


def text() -> str:
    """Return the collection."""
    generator: Any = SchemaGenerator  # the library has no annotations
    document = generator().get_schema(request=None, public=True)
    components = document["components"]["schemas"]
    calls = [
        "\n".join(_call(method, path, said, components))
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]
    return "\n".join([INTRODUCTION, *calls])


def _call(method: str, path: str, said: dict[str, Any], components: Any) -> Iterator[str]:
    names = {parameter["name"] for parameter in said.get("parameters", ())}
    address = path
    for parameter in said.get("parameters", ()):
        if parameter["in"] == "path":
            address = address.replace("{" + parameter["name"] + "}", "{{id}}")
    query = ["purpose={{purpose}}"] if "purpose" in names else []
    query += [f"{name}=1" for name in ("old", "new") if name in names]
    yield f"### {said['summary']}"
    yield f"# @name {said['operationId']}"
    yield f"{method.upper()} {{{{host}}}}{address}{'?' if query else ''}{'&'.join(query)}"
    yield "Authorization: Bearer {{token}}"
    for name, value in HEADERS.items():
        if name in names:
            yield f"{name}: {value}"
    if body := said.get("requestBody"):
        yield "Content-Type: application/json"
        yield ""
        schema = body["content"]["application/json"]["schema"]
        yield orjson.dumps(example(schema, components), option=orjson.OPT_INDENT_2).decode()
    yield ""
