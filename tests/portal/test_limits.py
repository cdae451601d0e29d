"""What one network may send is counted by what it did itself, under hashes that end within a day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.db.utils import DataError
from django.test import Client, RequestFactory
from django.utils import timezone

from dsar import intake, tasks
from dsar.links import Wanted
from dsar.models import Intake, PortalCount
from dsar.portal import limits
from dsar.portal.limits import FORMS, REQUESTS, REQUESTS_NAMING, Limit
from governance.policy.vocabulary import Role
from governance.portal.coverage import FAILURES
from tests.builders import Company, a_company, a_person
from tests.dsar.test_case import asked, looked_up
from tests.dsar.test_portal import FLOW, STATE, walk
from tests.dsar.test_preference_pages import token_for

pytestmark = pytest.mark.django_db(databases=["default", "keys", "portal", "case"])
NOON = datetime(2026, 11, 27, 12, 3, tzinfo=UTC)


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.mark.parametrize(
    ("hops", "address", "forwarded", "network"),
    [
        (0, "203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody is believed
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "1.1.1.1, 2.2.2.2, 198.51.100.1", "198.51.100.1"),  # the rest is a lie
        (2, "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),  # somebody went past a proxy
        (1, "10.0.0.1", "unknown", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (0, "2001:db8:1:2:aaaa::1", "", "2001:db8:1:2::/64"),
        (0, "2001:db8:1:2:ffff::9", "", "2001:db8:1:2::/64"),
        (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
        (0, "", "", ""),
    ],
)
def test_the_network_is_what_our_own_proxy_says(
    settings: Any, hops: int, address: str, forwarded: str, network: str
) -> None:
    settings.CUSTODE_PROXY_HOPS = hops
    request = RequestFactory().post("/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.network_of(request) == network


def test_windows_begin_at_fixed_moments_and_end_within_a_day() -> None:
    assert FORMS.end(NOON) == datetime(2026, 11, 27, 12, 10, tzinfo=UTC)
    assert REQUESTS.end(NOON) == datetime(2026, 11, 28, tzinfo=UTC)
    every = [one for one in vars(limits).values() if isinstance(one, Limit)]
    assert len(every) == 6
    assert all(one.per <= timedelta(days=1) for one in every)


def test_a_count_names_nobody_stands_still_beyond_its_limit_and_is_forgotten(db: None) -> None:
    now, three = timezone.now(), Limit("three", 3, timedelta(minutes=1))
    assert [limits.count(three, "203.0.113.9", now=now) for _n in range(6)] == [1, 2, 3, 4, 4, 4]
    assert limits.count(three, "203.0.113.10", now=now) == 1
    assert limits.count(three, "203.0.113.9", now=now + three.per) == 1
    with connections["case"].cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT portal.counted(%s, 1, now() + interval '26 hours')", [b"x" * 32])


def test_failed_logins_of_one_network_lock_nobody_else_out(acme: Company, settings: Any) -> None:
    """Behind a proxy everybody has its address; what it forwarded for tells them apart."""
    settings.CUSTODE_PROXY_HOPS = 1
    staff = acme.staff[Role.AGENT]
    staff.set_password("a long enough password")
    staff.save(update_fields=["password"])
    cache.clear()

    def log_in(name: str, password: str, network: str) -> int:
        browser = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"198.51.100.1, {network}")
        said = {"login": name, "password": password}
        return browser.post("/accounts/login/", said).status_code

    for number in range(10):
        log_in(f"nobody-{number}", "wrong wrong wrong", "203.0.113.9")
    right = "a long enough password"
    assert log_in(staff.username, right, "203.0.113.9") == 200  # the form, with the refusal
    assert log_in(staff.username, right, "203.0.113.10") == 302
    cache.clear()


def test_ended_counts_are_removed(acme: Company) -> None:
    now = FORMS.end(timezone.now())
    later = FORMS.end(now)
    limits.count(FORMS, "203.0.113.9", now=now)
    limits.count(FORMS, "203.0.113.9", now=later)
    assert all(b"203" not in bytes(row.digest) for row in PortalCount.objects.all())
    assert tasks.forget_counts() == 0
    assert limits.forget(now=later) == 1
    assert limits.forget(now=FORMS.end(later)) == 1


def sent(client: Client, email: str, network: str) -> list[Any]:
    """Send a request to its end from a network; the last answer."""
    client.defaults["REMOTE_ADDR"] = network
    return walk(client, email=email)


def test_one_network_asks_six_times_a_day_for_an_address_and_others_go_on(acme: Company) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="it")
    for _n in range(REQUESTS_NAMING.most):
        sent(client, "anna@example.it", "203.0.113.9")
    state = at_the_last_step(client, "ANNA@example.it")
    refused = client.post(FLOW, {"step": "send", "state": state})
    page = refused.content.decode()
    assert refused.status_code == 429
    assert client.post(FLOW, {"step": "send", "state": state}).status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 24 * 3600
    assert "too_often" in page
    assert "Raggiungici in un altro modo" in page
    assert acme.controller.email in page
    assert Intake.objects.count() == REQUESTS_NAMING.most
    sent(client, "bea@example.it", "203.0.113.9")
    sent(client, "anna@example.it", "203.0.113.10")
    assert Intake.objects.count() == REQUESTS_NAMING.most + 2


def at_the_last_step(client: Client, email: str) -> str:
    state = STATE.findall(client.get(FLOW).content.decode())[-1]
    who = {"step": "who", "name": "Anna", "email": email}
    for said in ({"step": "whom", "on_behalf": "self"}, who, {"step": "details_access"}):
        page = client.post(FLOW, said | {"state": state}).content.decode()
        state = STATE.findall(page)[-1]
    return str(state)


def test_too_many_forms_are_refused_before_anything_is_done(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FORMS", Limit("forms", 5, timedelta(hours=1)))
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    case = {"reference": "AAAA-BBBB-CCCC-DDDD", "code": "X" * 52}
    statuses = [client.post("/c/acme/case/", case).status_code for _n in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert client.get("/c/acme/case/").status_code == 200
    assert client.post("/c/acme/case/copy/", case).status_code == 429
    # The servers of a mail provider end subscriptions for all its users.
    assert client.post("/c/acme/unsubscribe/x/").status_code == 404


def entries(superuser: psycopg.Connection[Any]) -> int:
    (number,) = superuser.execute("SELECT count(*) FROM audit.entry").fetchone() or (0,)
    return int(number)


def test_strangers_do_not_fill_the_log_and_what_a_person_sees_is_in_it(
    acme: Company, superuser: psycopg.Connection[Any]
) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    case = asked(client)
    tasks.file_all_intakes()
    before = entries(superuser)
    for _n in range(20):
        for path in ("", "request/", "request/access/", "case/", "help/", "privacy/"):
            assert client.get(f"/c/acme/{path}").status_code == 200
    said = {"reference": case[0], "code": case[1]}
    assert client.post("/c/acme/case/address/", said | {"token": "x"}).status_code == 200
    assert entries(superuser) == before
    for number in range(FAILURES.most + 5):
        assert client.post("/c/acme/case/", said | {"code": f"{number}"}).status_code == 422
        assert client.get(f"/c/acme/preferences/{number}/").status_code == 404
    assert entries(superuser) == before + 2 * FAILURES.most  # of each page, in an hour
    looked_up(client, *case)
    assert entries(superuser) == before + 2 * FAILURES.most + 1

    superuser.execute("UPDATE audit.head SET halted = 'fork'")
    refused = client.post("/c/acme/case/", said)
    assert refused.status_code == 503
    assert b"We are checking it." not in refused.content
    superuser.execute("UPDATE audit.head SET halted = NULL")


def test_one_case_and_one_link_are_looked_at_sixty_times_an_hour(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOKS", Limit("looks", 2, timedelta(hours=1)))
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    case, other = asked(client), asked(client, email="stranger@example.it")
    tasks.file_all_intakes()
    said = {"reference": case[0], "code": case[1]}
    for number in range(3):
        client.defaults["REMOTE_ADDR"] = f"203.0.113.{number}"  # whoever looks
        status = client.post("/c/acme/case/", said).status_code
        assert status == (429 if number == 2 else 200)
    looked_up(client, *other)
    address = f"/c/acme/preferences/{token_for(acme, Wanted(a_person(acme, now=timezone.now())))}/"
    assert [client.get(address).status_code for _n in range(3)] == [200, 200, 429]
