"""Login, the second factor, and what the log says of both."""

import json
import os
import time
from base64 import b64encode

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from governance.crypto import envelope, root
from governance.crypto.errors import UnsealError
from governance.policy.vocabulary import Role
from governance.portal import second_factor
from governance.portal.roles import NEEDS_SECOND_FACTOR, TABLE
from governance.portal.second_factor import SealedSecrets
from tests.builders import Company, a_company
from tests.portal.conftest import As, entries, new_entries

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _no_throttle() -> None:
    cache.clear()


def log_in(company: Company, role: Role, password: str = PASSWORD) -> tuple[Client, object]:
    staff = company.staff[role]
    staff.set_password(PASSWORD)
    staff.save(update_fields=["password"])
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": staff.username, "password": password})
    return browser, answer


@pytest.mark.parametrize("role", sorted(NEEDS_SECOND_FACTOR))
def test_no_second_factor_no_page(role: Role, company: Company) -> None:
    browser = Client()
    browser.force_login(company.staff[role], backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/admin/", "/admin/audit/", "/admin/dsar/subjectrequest/", "/admin/record/"):
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/")


@pytest.mark.parametrize("role", sorted(set(TABLE) - NEEDS_SECOND_FACTOR))
def test_other_roles_need_none(role: Role, as_role: As) -> None:
    assert as_role(role).get("/admin/").status_code == 200


def test_optional_is_said_on_the_page(company: Company, settings: LazySettings) -> None:
    settings.CUSTODE_SECOND_FACTOR = "optional"
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(
        company.staff[Role.DPO], backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = browser.get("/admin/")
    assert answer.status_code == 200
    assert "This is a demonstration" in answer.content.decode()


def test_login_asks_for_the_code(company: Company) -> None:
    secret = generate_totp_secret()
    TOTP.activate(company.staff[Role.DPO], secret)
    browser, answer = log_in(company, Role.DPO)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert browser.get("/admin/").status_code == 302
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    done = browser.post(reverse("mfa_authenticate"), {"code": code})
    assert done["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_a_session_older_than_the_enrolment_proves_nothing(company: Company) -> None:
    browser, _ = log_in(company, Role.LEGAL)
    assert browser.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"
    secret = generate_totp_secret()
    TOTP.activate(company.staff[Role.LEGAL], secret)  # by its owner, in another session
    answer = browser.get("/admin/audit/")
    assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=/admin/audit/"
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    browser.post(answer["Location"], {"code": code})
    assert browser.get("/admin/audit/").status_code == 200


def under_the_root_key(text: str) -> str:
    """Seal as it was done before secrets of authenticators had a key of the keystore."""
    place, nonce = b"custode/totp/v1", os.urandom(12)
    cipher = AESGCM(envelope.derive(root.load().reveal(), place.decode()))
    return b64encode(nonce + cipher.encrypt(nonce, text.encode(), place)).decode()


def test_secrets_under_the_root_key_open_and_are_sealed_anew_once(company: Company) -> None:
    staff, secret = company.staff[Role.DPO], generate_totp_secret()
    old = under_the_root_key(secret)
    totp = Authenticator.objects.create(user=staff, type="totp", data={"secret": old})
    codes = Authenticator.objects.create(
        user=staff,
        type="recovery_codes",
        data={"used_mask": 5, "migrated_codes": [under_the_root_key("code")]},
    )
    assert SealedSecrets().decrypt(old) == secret
    assert second_factor.reseal() == 2
    totp.refresh_from_db()
    codes.refresh_from_db()
    for sealed, clear in (
        (totp.data["secret"], secret),
        (codes.data["migrated_codes"][0], "code"),
    ):
        assert sealed.startswith("2.")
        assert SealedSecrets().decrypt(sealed) == clear
    assert codes.data["used_mask"] == 5
    assert second_factor.reseal() == 0


def test_enrolling_opens_the_portal(fresh_database: None) -> None:
    company = a_company(now=timezone.now())
    browser, _ = log_in(company, Role.LEGAL)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    browser.post("/accounts/2fa/totp/activate/", {"code": code})
    assert browser.get("/admin/").status_code == 200
    Authenticator.objects.all().delete()  # removed by an administrator: asked for again at once
    assert browser.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"


def test_secrets_are_sealed(company: Company) -> None:
    secret = generate_totp_secret()
    TOTP.activate(company.staff[Role.DPO], secret)
    stored = Authenticator.objects.get().data["secret"]
    assert secret not in stored
    assert SealedSecrets().decrypt(stored) == secret
    with pytest.raises(UnsealError):
        SealedSecrets().decrypt(secret)


def test_logins_are_in_the_log(company: Company) -> None:
    before = entries(company)
    browser, _ = log_in(company, Role.AGENT)
    browser.post("/accounts/logout/")
    log_in(company, Role.AGENT, password="wrong wrong wrong")
    said = new_entries(company, before)
    assert [entry.action for entry in said] == [
        Action.LOGIN_SUCCEEDED, Action.LOGOUT_DONE, Action.LOGIN_FAILED,
    ]  # fmt: skip
    assert len({entry.actor for entry in said}) == 1
    assert b'"reason":"wrong_password"' in bytes(said[2].entry)


def test_changes_of_ones_own_account_are_in_the_log(
    fresh_database: None, superuser: psycopg.Connection[object]
) -> None:
    company = a_company(now=timezone.now())
    legal = company.staff[Role.LEGAL]
    browser, _ = log_in(company, Role.LEGAL)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    before = entries(company)
    browser.post("/accounts/2fa/totp/activate/", {"code": code})
    new = {"oldpassword": PASSWORD, "password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!"}
    browser.post("/accounts/password/change/", new)
    reasons = [json.loads(bytes(e.entry).split(b"\n")[0])["reason"] for e in entries(company)
               if e not in before and e.action == Action.STAFF_CHANGED]  # fmt: skip
    assert reasons == ["second_factor_added", "second_factor_added", "password_changed"]
    superuser.execute("UPDATE audit.head SET halted = 'test'")
    superuser.commit()
    again = {"oldpassword": f"{PASSWORD}!", "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/accounts/password/change/", again).status_code == 503
    legal.refresh_from_db()
    assert legal.check_password(f"{PASSWORD}!"), "changed without an entry"


def test_a_typed_name_is_never_logged(company: Company) -> None:
    before = {entry.pk for entry in entries(company)}
    Client().post("/accounts/login/", {"login": "my-secret-password", "password": "x"})
    failed = [
        bytes(entry.entry) for entry in entries(company)
        if entry.pk not in before and entry.action == Action.LOGIN_FAILED
    ]  # fmt: skip
    assert len(failed) == 1
    assert b'"reason":"unknown_account"' in failed[0]
    assert b"my-secret" not in failed[0]


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "password/reset/", "password/set/", "password/reset/done/"]
)
def test_pages_that_make_no_sense_are_closed(address: str, db: None) -> None:
    assert Client().get(f"/accounts/{address}").status_code == 404


def test_policies_for_scripts(company: Company, as_role: As) -> None:
    login = Client().get("/accounts/login/")["Content-Security-Policy"]
    assert "unsafe" not in login
    inside = as_role(Role.DPO).get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in inside
    assert "http" not in inside
