"""The page of the API: its scripts come from here alone, and draw every operation."""

import json
import urllib.request

from playwright.sync_api import expect

from tests.browser.looking import WIDE, Look

METHODS = {"get", "post", "put", "patch", "delete"}


def test_the_page_draws_every_operation_from_its_own_assets(look: Look) -> None:
    page = look.window("en")
    loaded: list[tuple[str, int]] = []
    page.on("response", lambda a: loaded.append((a.url.removeprefix(look.origin), a.status)))
    look.visit(page, "/api/v1/docs/", "api-docs")
    expect(page.locator(".opblock").first).to_be_visible()
    accept = {"Accept": "application/vnd.oai.openapi+json"}
    address = urllib.request.Request(f"{look.origin}/api/v1/schema/", headers=accept)  # noqa: S310 - our own
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own
        paths = json.load(answer)["paths"].values()
    operations = sum(len(METHODS & path.keys()) for path in paths)
    assert operations > 10
    expect(page.locator(".opblock")).to_have_count(operations)
    look.picture(page, f"api-docs-en-{WIDE}")
    scripts = [path for path, status in loaded if path.startswith("/static/") and status == 200]
    assert any("swagger-ui" in path and path.endswith(".js") for path in scripts)
    assert [path for path, status in loaded if status >= 400] == []
    assert look.problems == []
