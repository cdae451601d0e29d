"""From the pages of people's rights to what else the company has for them (C6, O15)."""

import pytest
from django.test import Client

from dsar.portal import doors
from tests.builders import a_company

pytestmark = pytest.mark.django_db(databases=["default", "keys", "portal"])


def test_c6_the_first_page_leads_to_what_else_there_is_and_each_page_to_the_help_centre() -> None:
    slug = a_company().controller.slug
    browser = Client(headers={"accept-language": "en"})
    home = browser.get(f"/c/{slug}/").text
    for door in doors.DOORS:
        assert f'href="{door.address(slug)}"' in home
    for page in ("help/", "privacy/"):
        shown = browser.get(f"/c/{slug}/{page}").text
        assert f'href="/c/{slug}/help-centre/"' in shown
        assert "/yours/" not in shown


def test_pages_of_rights_name_no_page_of_another_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DOORS", [])
    monkeypatch.setattr("dsar.templatetags.doors.DOORS", [])
    shown = Client(headers={"accept-language": "en"}).get(f"/c/{a_company().controller.slug}/").text
    assert "help-centre" not in shown
    assert "See your orders" not in shown
