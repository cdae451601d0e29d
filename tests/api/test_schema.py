"""The OpenAPI document is valid, complete, and the page that shows it works from here alone."""

import io
import re
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from api.v1 import urls
from tests.api.world import World


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    out = io.StringIO()
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=out
    )
    found: dict[str, Any] = orjson.loads(out.getvalue())
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{m} {path}": o for path, methods in document["paths"].items() for m, o in methods.items()
    }


def test_it_is_openapi_3_1_with_the_token_as_its_only_door(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {str(o["security"]) for o in operations(document).values()} == {
        "[{'token': []}, {'oauth': []}]"
    }


def test_every_address_of_the_api_is_in_it(document: dict[str, Any]) -> None:
    open_to_all = {"problems/", "problems/<slug:code>/", "schema/", "docs/", "oauth/token/", ""}
    routes = {str(p.pattern) for p in urls.urlpatterns} - open_to_all
    described = {
        re.sub(r"\{\w+\}", "{}", path).removeprefix("/api/v1/") for path in document["paths"]
    }
    assert {re.sub(r"<\w+:\w+>", "{}", route) for route in routes} == described
    assert len(operations(document)) == 53


VERSIONED = ("contacts", "orders", "cases", "articles")


def test_every_operation_documents_its_purpose_and_its_refusals(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        purpose = [p for p in operation.get("parameters", ()) if p["name"] == "purpose"]
        is_about_people = "/audit/" not in name and "/articles/" not in name
        wanted = [("query", "/opendsr/" not in name)] if is_about_people else []
        assert [(p["in"], p.get("required", False)) for p in purpose] == wanted, name
        assert {"400", "401", "403", "404", "429", "500"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            media = "application/json" if status.startswith("2") else "application/problem+json"
            if status == "200" and name.endswith(("/checkpoint/", "/proofs/{receipt}/")):
                media = "text/plain"
            assert list(response["content"]) == [media], (name, status)
            if status.startswith("2"):
                assert "X-Audit-Receipt" in response["headers"], (name, status)
        own_key = (
            "/search/",
            "/read/",
            "/change/",
            "/links/",
            "/opendsr/v2/requests",
            "/duplicates/",
            "/merges/{merge}/",
        )  # or none is needed
        is_write = name.startswith("post") and not name.endswith(own_key)
        keys = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"]
        # A stage and "done" say what they want of a record, whatever it was before.
        has_versions = any(f"/{one}/" in name for one in VERSIONED)
        wanted_keys = ["If-Match"] if name.startswith("patch") and has_versions else []
        assert keys == (["Idempotency-Key"] if is_write else wanted_keys), name


def test_no_parameter_takes_words_to_search_for(document: dict[str, Any]) -> None:
    names = {p["name"] for o in operations(document).values() for p in o.get("parameters", ())}
    assert names == {
        "purpose",
        "cursor",
        "page_size",
        "Idempotency-Key",
        "If-Match",
        "contact",
        "merge",
        "order",
        "opportunity",
        "task",
        "case",
        "article",
        "state",
        "kind",
        "priority",
        "assignee",
        "queue",
        "language",
        "audience",
        "request_id",
        "number",
        "conversation",
        "receipt",
        "old",
        "new",
        "operation",
        "channel",
    }


def test_it_is_served_without_a_token(world: World) -> None:
    answer = world.call(
        "GET", "schema/", purpose=None, secret="", Accept="application/vnd.oai.openapi+json"
    )
    assert (answer.status, answer.body["openapi"]) == (200, "3.1.0")


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_inline_script(world: World) -> None:
    answer = world.call("GET", "docs/", purpose=None, secret="", Accept="text/html")
    assert answer.status == 200
    page = answer.raw.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) == 5
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert not re.search(r"<script>(.|\n)*\w", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    for source in sources:
        if source.startswith("/static/"):
            from django.contrib.staticfiles import finders

            assert finders.find(source.removeprefix("/static/")), source
    script = world.call("GET", "docs/?script=", purpose=None, secret="", Accept="text/html")
    assert script.headers["Content-Type"] == "application/javascript"
    assert b"/api/v1/schema/" in script.raw
