"""F8: many organisations on one installation, in the browser alone."""

from datetime import date
from html.parser import HTMLParser

from django.db import connection
from django.test import Client
from psycopg import sql

from governance.policy.vocabulary import Duty, Role
from registry import isolation
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company, a_person


def rows(company: Company) -> dict[str, tuple[int, int]]:
    """By table: how many rows raw SQL sees under a company's context, and how many are its own."""
    found = {}
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW), connection.cursor() as cursor:
        for table in sorted(isolation.isolated_tables()):
            cursor.execute(
                sql.SQL("SELECT count(*), count(*) FILTER (WHERE controller_id = %s) FROM {}")
                .format(sql.Identifier(table))
                .as_string(connection.connection),
                [company.controller.pk],
            )
            found[table] = cursor.fetchone()
    return found


def test_f8_raw_sql_under_one_company_sees_nothing_of_another(db: None) -> None:
    acme, beta = a_company(), a_company("beta")
    a_person(acme, orders=[date(2026, 1, 2)])
    a_person(beta, given="Bruno", orders=[date(2026, 1, 3)])
    for company in (acme, beta):
        seen = rows(company)
        assert all(number == own for number, own in seen.values()), seen
        assert min(seen[name][0] for name in ("crm_contact", "crm_order", "crm_orderline")) == 1


class _Assets(HTMLParser):
    """Everything that a page has a browser run, show or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in {"object", "embed", "applet"}:
            self.found.append(tag)
        for name in ("src", "href") if tag in {"script", "link", "img", "iframe"} else ():
            if value := said.get(name):
                self.found.append(value)


def test_f8_pages_need_nothing_but_a_browser(db: None) -> None:
    """No program to install, no plug-in, nothing of another host."""
    acme = a_company()
    for address in ("/accounts/login/", f"/c/{acme.controller.slug}/"):
        page = _Assets()
        page.feed(Client().get(address).content.decode())
        assert page.found
        assert all(asset.startswith("/") and not asset.startswith("//") for asset in page.found)
