"""Client credentials of OAuth 2.0: exchanged, narrow, short, renewed while in use, ended at once."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from api import access_tokens, clients
from api.clients import NotAClientError, Registered
from api.models import ApiToken, ClientSecret
from api.tokens import IssuerNotAllowedError
from governance.policy.vocabulary import Role
from tests.api.test_tokens import terms
from tests.api.world import World, a_world

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PURPOSES = ["customer_care", "order_management"]


@pytest.fixture
def erp(world: World) -> Registered:
    return clients.register(**terms(world, purposes=PURPOSES))


def exchange(
    made: Registered, *, secret: str = "", basic: bool = True, query: str = "", **said: Any
) -> Any:
    body = {"grant_type": "client_credentials", **said}
    headers = {}
    shown = secret or made.secret
    if basic:
        pair = base64.b64encode(f"{made.client.pk}:{shown}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        body |= {"client_id": str(made.client.pk), "client_secret": shown}
    return Client().post(
        f"/api/v1/oauth/token/{query}", urlencode(body, doseq=True), headers=headers,
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip


@pytest.mark.parametrize("basic", [True, False])
def test_a_secret_is_exchanged_for_a_token_of_ten_minutes(
    world: World, erp: Registered, basic: bool
) -> None:
    answer = exchange(erp, basic=basic)
    said = answer.json()
    assert answer.status_code == 200
    assert said["token_type"] == "Bearer"
    assert 590 <= said["expires_in"] <= 600
    assert said["scope"] == "customer_care order_management"
    assert answer.headers["Cache-Control"] == "no-store"
    assert world.call("GET", "contacts/", secret=said["access_token"]).status == 200


def test_a_scope_is_a_purpose_and_the_token_opens_no_other(world: World, erp: Registered) -> None:
    token = exchange(erp, scope="customer_care").json()["access_token"]
    assert world.call("GET", "contacts/", purpose="customer_care", secret=token).status == 200
    other = world.call("GET", "contacts/", purpose="order_management", secret=token)
    assert (other.status, other.code) == (403, "role_not_allowed")
    for wrong in ("newsletter", "customer_care newsletter", "customer_care  order_management"):
        refused = exchange(erp, scope=wrong)
        assert (refused.status_code, refused.json()) == (400, {"error": "invalid_scope"})


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        ({"secret": "css_wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": ["customer_care", "order_management"]}, 400, "invalid_request"),
        ({"client_secret": "css_twice"}, 400, "invalid_request"),
        ({"query": "?client_secret=css_x"}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_as_the_rfc_says_it(
    erp: Registered, said: dict[str, Any], status: int, error: str
) -> None:
    answer = exchange(erp, **said)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_nobody_learns_whether_a_client_exists(world: World, erp: Registered) -> None:
    unknown = Registered(ApiToken(), "css_" + "A" * 43)
    plain = world.token(Role.AGENT)
    bearer = Registered(ApiToken.objects.get(secret_hash__isnull=False), plain)
    answers = [exchange(erp, secret="css_wrong"), exchange(unknown), exchange(bearer)]
    assert {(a.status_code, a.content) for a in answers} == {(401, b'{"error":"invalid_client"}')}


def test_the_secret_is_shown_once_and_stored_as_a_hash(world: World, erp: Registered) -> None:
    (held,) = ClientSecret.objects.all()
    assert erp.secret.encode() not in bytes(held.secret_hash)
    assert len(bytes(held.secret_hash)) == 32
    assert erp.secret not in repr(erp)
    assert world.call("GET", "contacts/", secret=erp.secret).code == "token_unknown"


def test_two_secrets_live_beside_each_other_and_never_three(world: World, erp: Registered) -> None:
    dpo, now = world.company.staff[Role.DPO], timezone.now()
    second = clients.renew(client=erp.client, by=dpo, now=now)
    assert [exchange(one).status_code for one in (erp, second)] == [200, 200]
    third = clients.renew(client=erp.client, by=dpo, now=now + timedelta(seconds=1))
    live = [one for one in (erp, second, third)
            if clients.shown_by(erp.client.pk, one.secret, now=now + timedelta(seconds=2))]  # fmt: skip
    assert live == [second, third]
    later = now + clients.OVERLAP + timedelta(minutes=1)
    assert clients.shown_by(erp.client.pk, second.secret, now=later) is None
    assert clients.shown_by(erp.client.pk, third.secret, now=later) is not None
    assert [e.action for e in world.entries()].count("token.renewed") == 2


def test_a_secret_that_ends_at_once_ends_the_tokens_made_with_it(
    world: World, erp: Registered
) -> None:
    old = exchange(erp).json()["access_token"]
    renewed = clients.renew(
        client=erp.client, by=world.company.staff[Role.DPO], at_once=True, now=timezone.now()
    )
    assert exchange(erp).status_code == 401
    assert world.call("GET", "contacts/", secret=old).code == "token_revoked"
    new = exchange(renewed).json()["access_token"]
    assert world.call("GET", "contacts/", secret=new).status == 200


def test_a_revoked_client_is_out_at_once_with_all_its_tokens(world: World, erp: Registered) -> None:
    from api import tokens

    token = exchange(erp).json()["access_token"]
    dpo = world.company.staff[Role.DPO]
    tokens.revoke(token=erp.client, by=dpo, now=timezone.now())
    assert world.call("GET", "contacts/", secret=token).code == "token_revoked"
    assert exchange(erp).json() == {"error": "invalid_client"}
    with pytest.raises(NotAClientError):
        clients.renew(client=erp.client, by=dpo, now=timezone.now())


def test_a_token_ends_after_ten_minutes_and_is_no_other_installations(
    world: World, erp: Registered, settings: Any
) -> None:
    (held,) = ClientSecret.objects.all()
    early = timezone.now() - access_tokens.LIFE - timedelta(seconds=1)
    token, _given = clients.grant(held, frozenset(PURPOSES), now=early)
    assert world.call("GET", "contacts/", secret=token).code == "token_expired"
    fresh = exchange(erp).json()["access_token"]
    for broken in (fresh[:-2], fresh + "A", "csa_", "csa_" + "A" * 5000, "csa_é"):
        assert world.call("GET", "contacts/", secret=broken).code == "token_unknown"
    settings.SECRET_KEY = "another installation's"
    assert world.call("GET", "contacts/", secret=fresh).code == "token_unknown"


def test_what_a_client_may_no_longer_its_token_may_no_longer(world: World, erp: Registered) -> None:
    token = exchange(erp).json()["access_token"]
    ApiToken.objects.filter(pk=erp.client.pk).update(purposes=["customer_care"])
    other = world.call("GET", "contacts/", purpose="order_management", secret=token)
    assert (other.status, other.code) == (403, "role_not_allowed")


def test_a_retry_with_a_new_token_of_the_same_client_makes_nothing_twice(
    world: World, erp: Registered, anna: Any
) -> None:
    body = {"contact": str(anna), "topic": "Lampada"}
    first, again = (
        world.call(
            "POST", "cases/", body=body, secret=exchange(erp).json()["access_token"],
            Idempotency_Key="k",
        )
        for _ in range(2)
    )  # fmt: skip
    assert (first.status, again.body["id"]) == (201, first.body["id"])


def test_every_exchange_and_every_failed_one_is_recorded(world: World, erp: Registered) -> None:
    exchange(erp)
    exchange(erp, secret="css_wrong")
    shown = [(e.action, e.outcome) for e in world.entries() if e.action.startswith("login.")]
    assert shown == [("login.succeeded", "done"), ("login.failed", "refused")]


def test_only_the_dpo_of_the_company_renews(world: World, erp: Registered) -> None:
    other = a_world("other").company.staff[Role.DPO]
    for by in (world.company.staff[Role.ADMINISTRATOR], other):
        with pytest.raises(IssuerNotAllowedError):
            clients.renew(client=erp.client, by=by, now=timezone.now())


def test_the_command_registers_a_client(world: World, capsys: Any) -> None:
    call_command(
        "issue_api_token", "shop", by=world.company.staff[Role.DPO].username, role="agent",
        purposes=["order_management"], oauth=True,
    )  # fmt: skip
    identifier, secret = capsys.readouterr().out.split()
    made = Registered(ApiToken.objects.get(pk=identifier), secret)
    assert exchange(made).json()["scope"] == "order_management"


def test_where_tokens_are_exchanged_is_said_to_everybody(world: World) -> None:
    said = Client().get("/.well-known/oauth-authorization-server").json()
    assert said["token_endpoint"].endswith("/api/v1/oauth/token/")
    assert said["grant_types_supported"] == ["client_credentials"]
