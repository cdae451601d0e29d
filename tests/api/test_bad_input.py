"""Bad input gets a specific code and leaves nothing half done."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from api import errors
from crm.models import Contact, Interaction, Order
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.api.world import World, a_world, days_ago

CONTACT = {"kind": "customer", "source": "Interessato", "given_name": "Ugo"}


def counts(world: World) -> list[int]:
    with gate.duty(world.company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()) as access:
        return [access.rows(model).count() for model in (Contact, Order, Interaction)]


def order(anna: UUID, **more: Any) -> dict[str, Any]:
    line = {"description": "Lampada", "quantity": "2", "unit_price": "19.90"}
    return {
        "contact": str(anna),
        "number": "7",
        "ordered_on": days_ago(1).isoformat(),
        "lines": [line],
        **more,
    }


def test_no_purpose_two_purposes_and_an_unknown_one(world: World) -> None:
    missing = world.call("GET", "contacts/", purpose=None)
    assert (missing.status, missing.code, missing.body["article"]) == (
        400,
        "purpose_missing",
        "5(1)(b)",
    )
    empty = world.call("GET", "contacts/", purpose="")
    assert (empty.status, empty.code) == (400, "purpose_missing")
    both = world.call("GET", "contacts/", X_Purpose="customer_care")
    assert (both.status, both.code) == (400, "purpose_ambiguous")
    by_header = world.call("GET", "contacts/", purpose=None, X_Purpose="customer_care")
    assert by_header.status == 200
    unknown = world.call("GET", "contacts/", purpose="spying")
    assert (unknown.status, unknown.code) == (403, "unknown_purpose")
    strange = world.call("GET", "contacts/", purpose="a%00b%0a%27;--")
    assert (strange.status, strange.code) == (403, "unknown_purpose")


def test_words_to_search_for_are_refused_in_an_address(world: World) -> None:
    answer = world.call("GET", "contacts/?q=bianchi")
    assert (answer.status, answer.code) == (400, "parameter_unknown")
    assert "bianchi" not in answer.raw.decode()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 400, "validation_failed"),
        (b'{"a": NaN}', 400, "malformed_json"),
        (b'{"given_name": "\\ud800"}', 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b"[]", 400, "validation_failed"),
        (b'"text"', 400, "validation_failed"),
        (b"null", 400, "validation_failed"),
        (b'{"note": "' + b"x" * (1024 * 1024) + b'"}', 413, "body_too_large"),
    ],
)
@pytest.mark.parametrize("path", ["contacts/", "contacts/search/", "orders/", "interactions/"])
def test_bodies_that_are_no_record(
    world: World, path: str, raw: bytes, status: int, code: str
) -> None:
    answer = world.call("POST", path, raw=raw)
    assert (answer.status, answer.code) == (status, code)
    assert counts(world) == [0, 0, 0]


def test_a_form_is_not_json(world: World) -> None:
    answer = world.call(
        "POST", "contacts/", raw=b"a=b", content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"birth_date": "1990-02-31"}, "#/birth_date", "not_on_calendar"),
        ({"birth_date": "31/02/1990"}, "#/birth_date", "invalid"),
        ({"birth_date": "1066-10-14"}, "#/birth_date", "out_of_range"),
        ({"birth_date": "2999-01-01"}, "#/birth_date", "in_the_future"),
        ({"birth_date": 19900231}, "#/birth_date", "invalid"),
        ({"given_name": "a\x00b"}, "#/given_name", "null_characters_not_allowed"),
        ({"given_name": "x" * 201}, "#/given_name", "max_length"),
        ({"kind": "employee"}, "#/kind", "invalid_choice"),
        ({"id": str(uuid4())}, "#/id", "unknown_field"),
        ({"subject": str(uuid4())}, "#/subject", "unknown_field"),
        ({"controller": str(uuid4())}, "#/controller", "unknown_field"),
        ({"stage": "former"}, "#/stage", "unknown_field"),
        ({"sealed": "AAAA"}, "#/sealed", "unknown_field"),
        ({"scope": "fiscal"}, "#/scope", "unknown_field"),
        ({"a/b~c": 1}, "#/a~1b~0c", "unknown_field"),
        ({"source": "Nowhere"}, "#/source", "unknown_source"),
        ({"given_name": None}, "#", "about_nobody"),
        ({"points": [{"kind": "email"}]}, "#/points/0/email", "required"),
        ({"points": [{"kind": "email", "email": "nonsense"}]}, "#/points/0/email", "invalid"),
        (
            {
                "points": [
                    {"kind": "phone", "phone": "1"},
                    {"kind": "phone", "email": "a@b.it", "phone": "1"},
                ]
            },
            "#/points/1/email",
            "field_of_other_kind",
        ),
        ({"points": [{"kind": "fax", "phone": "1"}] * 21}, "#/points", "max_length"),
        (
            {"evidence": {"kind": "request", "at": "2026-02-31T10:00:00Z"}},
            "#/evidence/at",
            "not_on_calendar",
        ),
        (
            {"evidence": {"kind": "request", "at": "2026-02-28T10:00:00"}},
            "#/evidence/at",
            "offset_missing",
        ),
        (
            {"evidence": {"kind": "request", "at": "9999-12-31T23:59:59-12:00"}},
            "#/evidence/at",
            "in_the_future",
        ),
        (
            {"evidence": {"kind": "request", "at": "0001-01-01T00:00:00+14:00"}},
            "#/evidence/at",
            "out_of_range",
        ),
    ],
)
def test_a_contact_that_is_wrong_in_one_place(
    world: World, more: dict, pointer: str, code: str
) -> None:
    answer = world.call("POST", "contacts/", body={**CONTACT, **more})
    assert (answer.status, answer.code) == (400, "validation_failed")
    assert [(e["pointer"], e["code"]) for e in answer.body["errors"]] == [(pointer, code)]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert counts(world) == [0, 0, 0]


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"lines": []}, "#/lines", "empty"),
        (
            {"lines": [{"description": "x", "quantity": "0", "unit_price": "1"}]},
            "#/lines/0/quantity",
            "min_value",
        ),
        (
            {"lines": [{"description": "x", "quantity": "NaN", "unit_price": "1"}]},
            "#/lines/0/quantity",
            "invalid",
        ),
        (
            {"lines": [{"description": "x", "quantity": "1e400", "unit_price": "1"}]},
            "#/lines/0/quantity",
            "max_digits",
        ),
        (
            {"lines": [{"description": "x", "quantity": "999999999", "unit_price": "9999999999"}]},
            "#/lines",
            "total_too_large",
        ),
        (
            {"lines": [{"description": "x", "quantity": "1", "unit_price": "1", "order": "x"}]},
            "#/lines/0/order",
            "unknown_field",
        ),
        (
            {
                "lines": [
                    {"description": "x", "quantity": "1", "unit_price": "1", "product_code": "?"}
                ]
            },
            "#/lines/0/product_code",
            "unknown_product",
        ),
        ({"ordered_on": "2026-02-31"}, "#/ordered_on", "not_on_calendar"),
        ({"ordered_on": "2999-01-01"}, "#/ordered_on", "in_the_future"),
        ({"currency": "euro"}, "#/currency", "invalid"),
        ({"contact": "anna"}, "#/contact", "invalid"),
        ({"total": "1"}, "#/total", "unknown_field"),
        ({"state": "closed"}, "#/state", "unknown_field"),
    ],
)
def test_an_order_that_is_wrong_in_one_place(
    world: World, anna: UUID, more: dict, pointer: str, code: str
) -> None:
    before = counts(world)
    answer = world.call("POST", "orders/", body=order(anna, **more))
    assert (answer.status, answer.code) == (400, "validation_failed")
    assert [(e["pointer"], e["code"]) for e in answer.body["errors"]] == [(pointer, code)]
    assert counts(world) == before


@pytest.mark.parametrize("size", ["0", "101", "999999999999", "-1", "1.5", "ten", "٣"])
def test_a_page_that_is_too_large_or_no_number(world: World, size: str) -> None:
    answer = world.call("GET", f"contacts/?page_size={size}")
    assert (answer.status, answer.code) == (400, "page_size_invalid")
    searched = world.call("POST", "contacts/search/", body={"q": "anna", "page_size": size})
    assert (searched.status, searched.code) == (400, "page_size_invalid")


@pytest.mark.parametrize("cursor", ["x", "AAAA", "A" * 40, "%00", "A" * 5000, "è"])
def test_a_cursor_that_was_not_made_here(world: World, cursor: str) -> None:
    answer = world.call("GET", f"contacts/?cursor={cursor}")
    assert (answer.status, answer.code) == (400, "cursor_invalid")


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
def test_an_idempotency_key_that_is_not_usable(world: World, key: str) -> None:
    answer = world.call("POST", "contacts/", body=CONTACT, Idempotency_Key=key)
    assert (answer.status, answer.code) == (400, "idempotency_key_invalid")
    assert counts(world) == [0, 0, 0]


def test_methods_formats_and_addresses_that_do_not_exist(world: World) -> None:
    put = world.call("PUT", "contacts/", body=CONTACT)
    assert (put.status, put.code, put.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, POST, HEAD, OPTIONS",
    )
    xml = world.call("GET", "contacts/", Accept="text/xml")
    assert (xml.status, xml.code) == (406, "not_acceptable")
    for path in (
        "nowhere/", "contacts", "contacts/mario.rossi@example.it/", f"contacts/{uuid4()}",
        "contacts/%0A4/links/",
    ):  # fmt: skip
        for method in ("GET", "POST", "DELETE"):
            answer = world.call(method, path)
            assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "contacts/{}/"),
        ("PATCH", "contacts/{}/"),
        ("GET", "contacts/{}/orders/"),
        ("GET", "contacts/{}/interactions/"),
        ("GET", "contacts/{}/timeline/"),
        ("GET", "contacts/{}/decision/"),
    ],
)
def test_another_companys_contact_answers_like_one_that_does_not_exist(
    world: World, method: str, path: str
) -> None:
    theirs = a_world("zeta").person(orders=[days_ago(3)])
    body = {"note": "x"} if method == "PATCH" else None
    foreign, unknown = (
        world.call(method, path.format(who), body=body) for who in (theirs, uuid4())
    )
    assert (unknown.status, unknown.code) == (404, "subject_unknown")
    assert (foreign.status, foreign.raw) == (unknown.status, unknown.raw)


def test_writing_about_another_companys_contact_is_refused_alike(world: World) -> None:
    other = a_world("zeta")
    theirs = other.person(orders=[days_ago(3)])
    before = counts(other)
    talk = {
        "channel": "email",
        "direction": "in",
        "occurred_at": "2026-01-05T10:00:00Z",
        "topic": "t",
        "body": "b",
    }
    for path, make in (
        ("orders/", order),
        ("interactions/", lambda who: {**talk, "contact": str(who)}),
    ):
        foreign, unknown = (world.call("POST", path, body=make(who)) for who in (theirs, uuid4()))
        assert (unknown.status, unknown.code) == (404, "subject_unknown")
        assert (foreign.status, foreign.raw) == (unknown.status, unknown.raw)
    assert counts(other) == before


def test_another_companys_order_and_request_answer_like_unknown_ones(world: World) -> None:
    other = a_world("zeta")
    theirs = other.person(orders=[days_ago(3)])
    placed = other.call("GET", f"contacts/{theirs}/orders/").body["items"][0]["id"]
    mine = other.call("GET", f"orders/{placed}/")
    assert mine.status == 200
    foreign, unknown = (world.call("GET", f"orders/{who}/") for who in (placed, uuid4()))
    assert (unknown.status, unknown.code) == (404, "not_found")
    assert foreign.raw == unknown.raw
    rights = {"purpose": "rights_requests", "role": Role.DPO}
    asked = {
        "right": "access",
        "channel": "email",
        "received_at": timezone.now().isoformat(),
        "contact": str(theirs),
    }
    made = other.call("POST", "requests/", body=asked, **rights)
    assert made.status == 201
    foreign, unknown = (
        world.call("GET", f"requests/{who}/", **rights) for who in (made.body["id"], uuid4())
    )
    assert (unknown.status, unknown.code) == (404, "not_found")
    assert foreign.raw == unknown.raw
    stolen = world.call("POST", "requests/", body=asked, **rights)
    assert (stolen.status, stolen.code) == (404, "subject_unknown")


def test_an_error_inside_shows_and_logs_no_word_of_itself(
    world: World, anna: UUID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from api.v1 import shapes

    def broken(*_args: object) -> None:
        msg = "canary of Anna Bianchi"
        raise KeyError(msg)

    monkeypatch.setattr(shapes, "contacts", broken)
    caplog.set_level("DEBUG")
    answer = world.call("GET", f"contacts/{anna}/")
    assert (answer.status, answer.code, answer.body["retryable"]) == (500, "internal_error", True)
    assert "canary" not in answer.raw.decode() + caplog.text
    reference = answer.body["instance"].removeprefix("urn:uuid:")
    assert f"{reference}: KeyError at broken:" in caplog.text


def test_no_address_and_no_name_reach_the_log(
    world: World, anna: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="django.request")
    caplog.set_level("DEBUG", logger="api")
    world.call("GET", f"contacts/{anna}/")
    world.call("GET", "contacts/mario.rossi@example.it/")
    world.call("GET", "contacts/?q=mario.rossi@example.it")
    world.call("POST", "contacts/search/", body={"q": "mario.rossi@example.it"})
    world.call("POST", "contacts/", body={**CONTACT, "mario.rossi@example.it": 1})
    assert "mario" not in caplog.text
    assert "bianchi" not in caplog.text.lower()
    assert "GET api/v1/contacts/<uuid:contact>/ 200" in caplog.text


def test_problems_speak_the_callers_language_and_say_what_to_do(world: World) -> None:
    english, italian = (
        world.call("GET", "contacts/", purpose=None, language=lang) for lang in ("en", "it")
    )
    assert english.body["title"] == "The call names no purpose."
    assert italian.body["title"] == "La chiamata non indica una finalità."
    assert italian.headers["Content-Language"] == "it"
    assert set(english.body) == {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "article",
        "advice",
        "retryable",
    }


def test_every_problem_of_the_api_and_the_gate_exists_in_italian(db: None) -> None:
    from django.utils.translation import override

    from api.v1.problems import known
    from governance.policy.decisions import Refusal

    codes = set(Refusal) | {
        "token_missing", "token_unknown", "token_expired", "token_revoked", "purpose_missing",
        "parameter_unknown", "malformed_json", "validation_failed", "throttled", "internal_error",
        "idempotency_key_reused", "cursor_invalid", "page_size_invalid", "contact_suppressed",
    }  # fmt: skip
    problems = known()
    with override("en"):
        english = {code: problems[code].as_dict() for code in codes}
    with override("it"):
        italian = {code: problems[code].as_dict() for code in codes}
    same = {c for c in codes for m in ("title", "advice") if english[c][m] == italian[c][m]}
    assert same == set()


def test_every_problem_has_a_page_that_explains_it(world: World) -> None:
    items = world.call("GET", "problems/", purpose=None, secret="").body["items"]
    codes = {item["code"] for item in items}
    assert {
        "restricted",
        "token_expired",
        "purpose_missing",
        "validation_failed",
        "internal_error",
    } <= codes
    for item in items:
        assert 400 <= item["status"] < 600
        assert item["title"]
        page = world.call("GET", urlsplit(item["type"]).path, purpose=None, secret="")
        assert page.body == item
    assert world.call("GET", "problems/nonsense/", purpose=None, secret="").status == 404


def test_unavailability_is_temporary_and_a_collision_is_a_conflict() -> None:
    from django.db import IntegrityError, OperationalError
    from psycopg.errors import CheckViolation, UniqueViolation

    assert errors.problem_of(OperationalError("x")).status == 503
    collision = IntegrityError("Key (number)=(7) already exists")
    collision.__cause__ = UniqueViolation("x")
    assert errors.problem_of(collision) is errors.CONFLICT
    broken = IntegrityError("x")
    broken.__cause__ = CheckViolation("x")
    assert errors.problem_of(broken).status == 500
