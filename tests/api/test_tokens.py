"""Who may call: tokens are issued by the DPO, hashed, limited, and every failure is recorded."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from api import authentication, tokens
from api.models import ApiToken
from governance.policy.vocabulary import Role
from tests.api.world import World, a_world, said

CONTACTS = "contacts/"


def terms(world: World, **more: object) -> dict:
    return {
        "by": world.company.staff[Role.DPO],
        "name": "erp",
        "role": Role.AGENT,
        "purposes": ["order_management"],
        "expires_at": world.now + timedelta(days=3),
        "now": world.now,
        **more,
    }


def test_a_secret_is_256_bits_shown_once_and_stored_as_its_hash(world: World) -> None:
    issued = tokens.issue(**terms(world))
    assert issued.secret.startswith("cst_")
    assert len(issued.secret) == 47
    assert issued.secret not in repr(issued)
    stored = ApiToken.objects.get(name="erp")
    assert bytes(stored.secret_hash) == hashlib.sha256(issued.secret.encode()).digest()
    assert stored.purposes == ["order_management"]
    entry = world.entries()[-1]
    assert entry.action == "token.issued"
    assert issued.secret.encode() not in bytes(entry.entry)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DPO, Role.SYSTEM, Role.DATA_SUBJECT}))
def test_only_the_dpo_issues(world: World, role: Role) -> None:
    with pytest.raises(tokens.IssuerNotAllowedError):
        tokens.issue(**terms(world, by=world.company.staff[role]))
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "about"),
    [
        ({"role": Role.ADMINISTRATOR}, "role"),
        ({"role": Role.DATA_SUBJECT}, "role"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["order_management", "spying"]}, "purposes"),
        ({"name": "  "}, "name"),
    ],
)
def test_terms_that_are_refused(world: World, more: dict, about: str) -> None:
    with pytest.raises(tokens.TokenTermsError) as error:
        tokens.issue(**terms(world, **more))
    assert error.value.details == {"about": about}
    assert ApiToken.objects.count() == 0


def test_a_token_ends_within_a_year_and_a_name_is_used_once(world: World) -> None:
    for days in (0, 367):
        with pytest.raises(tokens.TokenTermsError) as error:
            tokens.issue(**terms(world, expires_at=world.now + timedelta(days=days)))
        assert error.value.details == {"about": "expires_at"}
    tokens.issue(**terms(world, expires_at=world.now + timedelta(days=366)))
    with pytest.raises(tokens.TokenTermsError) as error:
        tokens.issue(**terms(world))
    assert error.value.details == {"about": "name"}


def test_a_valid_token_calls(world: World) -> None:
    answer = world.call("GET", CONTACTS)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_token(world: World) -> None:
    answer = world.call("GET", CONTACTS, secret="")
    assert (answer.status, answer.code) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="custode"'
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_expired_token_is_refused_and_recorded_once(world: World) -> None:
    secret = world.token(Role.AGENT, expires_at=timezone.now() - timedelta(seconds=1))
    before = len(world.entries())
    answer = world.call("GET", CONTACTS, secret=secret)
    assert (answer.status, answer.code, answer.body["article"]) == (
        401,
        "token_expired",
        "32(1)(b)",
    )
    (entry,) = world.entries()[before:]
    assert (entry.action, entry.outcome) == ("login.failed", "refused")
    assert said(entry)["reason"] == "token_expired"


def test_a_revoked_token_is_refused_at_once_and_revoking_twice_is_one_entry(world: World) -> None:
    secret = world.token(Role.AGENT)
    token = tokens.find(secret)
    assert token is not None
    dpo = world.company.staff[Role.DPO]
    for _ in range(2):
        tokens.revoke(token=token, by=dpo, now=timezone.now())
    assert [e.action for e in world.entries()].count("token.revoked") == 1
    assert world.call("GET", CONTACTS, secret=secret).code == "token_revoked"


def test_another_companys_dpo_does_not_revoke(world: World) -> None:
    token = tokens.find(world.token(Role.AGENT))
    other = a_world("zeta").company.staff[Role.DPO]
    assert token is not None
    with pytest.raises(tokens.IssuerNotAllowedError):
        tokens.revoke(token=token, by=other, now=timezone.now())


@pytest.mark.parametrize(
    "header", ["Bearer cst_wrong", "Bearer nonsense", "Basic YTpi", "cst_wrong"]
)
def test_an_unknown_token_is_recorded_where_there_is_one_controller(
    world: World, header: str
) -> None:
    before = len(world.entries())
    answer = world.call("GET", CONTACTS, secret="", Authorization=header)
    assert (answer.status, answer.code) == (401, "token_unknown")
    (entry,) = world.entries()[before:]
    assert said(entry)["reason"] == "token_unknown"


def test_an_unknown_token_is_counted_where_nobody_knows_whose_it_is(world: World) -> None:
    a_world("zeta")
    before, counted = len(world.entries()), authentication.unattributed.count
    assert world.call("GET", CONTACTS, secret="cst_wrong").code == "token_unknown"
    assert len(world.entries()) == before
    assert authentication.unattributed.count == counted + 1


def test_strangers_cannot_fill_the_log() -> None:
    limited = authentication.Unattributed()
    now = timezone.now()
    assert [limited.may_record(now) for _ in range(32)] == [True] * 30 + [False] * 2
    assert limited.may_record(now + timedelta(minutes=1)) is True


def test_a_token_is_no_wider_than_its_purposes(world: World) -> None:
    secret = world.token(Role.AGENT, name="narrow", purposes=["customer_care"])
    assert world.call("GET", CONTACTS, secret=secret, purpose="customer_care").status == 200
    answer = world.call("GET", CONTACTS, secret=secret, purpose="order_management")
    assert (answer.status, answer.code) == (403, "role_not_allowed")


def test_the_command_issues_and_revokes(world: World) -> None:
    out = io.StringIO()
    arguments = ["--by", "acme-dpo", "--role", "agent", "--purpose", "order_management"]
    call_command("issue_api_token", "web shop", *arguments, stdout=out, stderr=io.StringIO())
    secret = out.getvalue().strip()
    assert world.call("GET", CONTACTS, secret=secret).status == 200
    call_command("revoke_api_token", "web shop", "--by", "acme-dpo", stdout=out)
    assert world.call("GET", CONTACTS, secret=secret).code == "token_revoked"
    with pytest.raises(CommandError, match="token_issuer_not_allowed"):
        call_command("issue_api_token", "x", "--by", "acme-administrator", *arguments[2:])
    with pytest.raises(CommandError, match="no member of staff"):
        call_command("issue_api_token", "x", "--by", "nobody", *arguments[2:])


def test_calls_beyond_the_budget_of_a_token_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.throttling import TokenThrottle

    monkeypatch.setattr(TokenThrottle, "rate", "2/min", raising=False)
    assert [world.call("GET", CONTACTS).status for _ in range(2)] == [200, 200]
    answer = world.call("GET", CONTACTS)
    assert (answer.status, answer.code, answer.body["retryable"]) == (429, "throttled", True)
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert world.call("GET", CONTACTS, role=Role.SALES).status == 200
