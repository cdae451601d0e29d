"""What connected systems read and write: only what the purpose may see, once, and recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from api.v1 import documents, forms
from crm.models import Contact, Product
from governance.policy.vocabulary import Duty, Role, SubjectKind
from registry import restriction
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.models import DataSource, QualifyingEvent
from registry.sealed import sealed_attributes
from registry.suppression import Reason
from tests.api.world import World, days_ago, said
from tests.builders import a_consent
from tests.dsar import acts

SYSTEM = "Sistema gestionale precedente"


def restrict(world: World, subject: UUID) -> None:
    with gate.duty(
        world.company.actor(Role.DPO),
        Duty.ANSWERING,
        subjects=subject,
        reference=subject,
        now=world.now,
    ) as access:
        restriction.place(access, subject=subject, ground="a", at=world.now)


def test_a_contact_shows_the_granted_categories_and_names_the_withheld(
    world: World, anna: UUID
) -> None:
    answer = world.call("GET", f"contacts/{anna}/")
    assert answer.status == 200
    body = answer.body
    assert (body["id"], body["given_name"], body["family_name"]) == (str(anna), "Anna", "Bianchi")
    assert [(p["kind"], p.get("email"), p.get("phone")) for p in body["points"]] == [
        ("email", "anna.bianchi@example.it", None),
        ("phone", None, "+39 02 1234567"),
    ]
    assert body["job_title"] is None
    assert not {"birth_date", "iban", "income", "marital_status", "username"} & set(body)
    assert body["_withheld"] == [
        "bank_account",
        "birth",
        "education",
        "family",
        "gender",
        "income",
        "online_identifier",
        "preferences",
        "property",
    ]
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_purpose_sees_less_of_the_same_contact(world: World, anna: UUID) -> None:
    body = world.call("GET", f"contacts/{anna}/", role=Role.SALES, purpose="accounting").body
    assert body["family_name"] == "Bianchi"
    assert [set(p) for p in body["points"]] == [{"id", "kind", "label", "is_primary"}] * 2
    assert {"email", "phone"} <= set(body["_withheld"])


def test_the_receipt_names_the_entry_of_the_call(world: World, anna: UUID) -> None:
    answer = world.call("GET", f"contacts/{anna}/")
    entry = world.entries()[-1]
    assert answer.headers["X-Audit-Receipt"] == f"{entry.pk}.{bytes(entry.leaf_hash).hex()}"
    assert (entry.action, entry.outcome) == ("data.read", "done")
    body = said(entry)
    assert body["actor"] == {"k": "token", "role": "agent"}
    assert (body["purpose"], body["activity"], body["members"]["n"]) == (
        "order_management",
        "order_management.v1",
        1,
    )
    assert "crm.Contact.family_name" in body["fields"]
    refused = world.call("GET", f"contacts/{anna}/", role=Role.MARKETING)
    assert refused.status == 403
    assert refused.headers["X-Audit-Receipt"].startswith(str(world.entries()[-1].pk))


def test_a_list_leaves_out_and_counts_whom_the_purpose_may_not_use(
    world: World, anna: UUID
) -> None:
    stranger = world.person(given="Ivo", family="Neri")
    limited = world.person(given="Zoe", family="Blu", orders=[days_ago(5)])
    restrict(world, limited)
    body = world.call("GET", "contacts/").body
    assert [item["id"] for item in body["items"]] == [str(anna)]
    assert body["excluded"] == {"no_contract": 1, "restricted": 1}
    assert body["next"] is None
    assert stranger not in {item["id"] for item in body["items"]}
    refused = world.call("GET", f"contacts/{limited}/")
    assert (refused.status, refused.code, refused.body["article"]) == (403, "restricted", "18(2)")
    assert "Zoe" not in refused.raw.decode()


def test_pages_follow_each_other_without_loss_or_personal_data_in_the_link(world: World) -> None:
    people = sorted(
        str(world.person(given=f"Ugo{n}", family="Verdi", orders=[days_ago(2)])) for n in range(7)
    )
    path, seen, pages = "contacts/?page_size=3", [], 0
    while path:
        body = world.call("GET", path, purpose=None if pages else "order_management").body
        seen += [item["id"] for item in body["items"]]
        path, pages = body["next"], pages + 1
        if path:
            assert not any(person in path for person in people)
            assert world.call("GET", path, role=Role.SALES, purpose=None).code == "cursor_invalid"
    assert (pages, seen) == (3, people)


def test_search_takes_the_words_in_the_body(world: World, anna: UUID) -> None:
    world.person(given="Anna", family="Verdi", orders=[days_ago(2)])
    for words, found in (
        ("bianchi", 1),
        ("anna", 2),
        ("ann", 2),
        ("anna verdi", 1),
        ("ANNA.bianchi@example.it", 1),
        ("02 1234567", 1),
        ("mario", 0),
    ):
        answer = world.call("POST", "contacts/search/", body={"q": words})
        assert (words, answer.status, len(answer.body["items"])) == (words, 200, found)
    entry = world.entries()[-1]
    assert entry.action == "data.searched"
    first = world.call("POST", "contacts/search/", body={"q": "anna", "page_size": 1}).body
    second = world.call(
        "POST",
        "contacts/search/",
        body={"q": "anna", "page_size": 1, "cursor": first["next_cursor"]},
    ).body
    assert second["next_cursor"] is None
    assert {first["items"][0]["family_name"], second["items"][0]["family_name"]} == {
        "Bianchi",
        "Verdi",
    }


def test_a_search_for_one_address_does_not_tell_the_standing_of_its_person(world: World) -> None:
    limited = world.person(given="Zoe", family="Blu", orders=[days_ago(5)])
    restrict(world, limited)
    for words in ("zoe.blu@example.it", "zoe"):
        answer = world.call("POST", "contacts/search/", body={"q": words})
        assert (answer.body["items"], answer.body["excluded"]) == ([], {"not_usable": 1})
        assert "restricted" not in answer.raw.decode()
        assert said(world.entries()[-1])["counts"] == {"restricted": 1}
    nobody = world.call("POST", "contacts/search/", body={"q": "nobody@example.it"})
    assert nobody.body["excluded"] == {}


def test_a_purpose_without_the_category_cannot_be_used_to_find_out(
    world: World, anna: UUID
) -> None:
    answer = world.call(
        "POST",
        "contacts/search/",
        role=Role.SALES,
        purpose="accounting",
        body={"q": "anna.bianchi@example.it"},
    )
    assert (answer.status, answer.code, answer.body["category"]) == (
        403,
        "category_not_granted",
        "email",
    )
    nothing = world.call("POST", "contacts/search/", body={"q": "--"})
    assert (nothing.status, nothing.body["errors"][0]["code"]) == (400, "nothing_to_search")


def test_orders_of_a_contact_newest_first(world: World, anna: UUID) -> None:
    body = world.call("GET", f"contacts/{anna}/orders/").body
    assert [o["ordered_on"] for o in body["items"]] == [
        days_ago(10).isoformat(),
        days_ago(40).isoformat(),
    ]
    first = body["items"][0]
    assert (first["total"], first["currency"], first["billing_city"]) == ("39.90", "EUR", "Torino")
    assert [(x["description"], x["quantity"], x["unit_price"]) for x in first["lines"]] == [
        ("Lampada da tavolo", "1.000", "39.9000")
    ]
    single = world.call("GET", f"orders/{first['id']}/").body
    assert {k: v for k, v in single.items() if k != "_withheld"} == first
    assert single["_withheld"] == []


def test_an_order_of_a_person_who_may_not_be_used_is_refused(world: World, anna: UUID) -> None:
    order = world.call("GET", f"contacts/{anna}/orders/").body["items"][0]["id"]
    restrict(world, anna)
    answer = world.call("GET", f"orders/{order}/")
    assert (answer.status, answer.code) == (403, "restricted")


def test_a_purpose_without_purchases_sees_no_orders(world: World, anna: UUID) -> None:
    a_consent(world.company, anna, at=world.now)
    newsletter = {"role": Role.MARKETING, "purpose": "newsletter"}
    assert world.call("GET", f"contacts/{anna}/", **newsletter).status == 200
    answer = world.call("GET", f"contacts/{anna}/orders/", **newsletter)
    assert (answer.status, answer.code) == (403, "category_not_granted")
    timeline = world.call("GET", f"contacts/{anna}/timeline/", **newsletter).body
    assert [item["type"] for item in timeline["items"]] == ["consent"]
    assert "purchases" in timeline["_withheld"]


def test_an_order_is_placed_with_its_lines(world: World, anna: UUID) -> None:
    Product.objects.create(controller=world.company.controller, code="L-1", name="Lampada")
    body = {
        "contact": str(anna),
        "number": "2026/7",
        "ordered_on": days_ago(0).isoformat(),
        "billing": {"name": "Anna Bianchi", "city": "Torino"},
        "lines": [
            {
                "description": "Lampada",
                "quantity": "2",
                "unit_price": "19.905",
                "product_code": "L-1",
            },
            {"description": "Sconto", "quantity": 1, "unit_price": "-1.81"},
        ],
    }
    answer = world.call("POST", "orders/", body=body)
    assert answer.status == 201
    assert set(answer.body) == {"id", "href"}
    assert answer.headers["Location"] == answer.body["href"]
    shown = world.call("GET", answer.body["href"]).body
    assert (shown["total"], shown["number"], shown["billing_name"]) == (
        "38.00",
        "2026/7",
        "Anna Bianchi",
    )
    assert [x["product_code"] for x in shown["lines"]] == ["L-1", None]


def test_interactions_and_the_timeline_in_order_of_time(world: World, anna: UUID) -> None:
    moment = datetime.now(tz=UTC) - timedelta(days=20)
    body = {
        "contact": str(anna),
        "channel": "phone",
        "direction": "in",
        "occurred_at": moment.isoformat(),
        "topic": "Consegna",
        "body": "Chiede quando arriva",
    }
    made = world.call("POST", "interactions/", body=body, purpose="customer_care")
    assert made.status == 201
    shown = world.call("GET", made.body["href"], purpose="customer_care").body["items"]
    assert [(i["id"], i["channel"], i["topic"], i["body"], i["purpose"]) for i in shown] == [
        (made.body["id"], "phone", "Consegna", "Chiede quando arriva", "customer_care")
    ]
    path, kinds = f"contacts/{anna}/timeline/?page_size=1&purpose=order_management", []
    while path:
        page = world.call("GET", path, purpose=None).body
        kinds += [(item["type"], item["at"][:10]) for item in page["items"]]
        path = page["next"]
    order_days = [
        timezone.make_aware(datetime.combine(days_ago(n), datetime.min.time())).isoformat()[:10]
        for n in (10, 40)
    ]
    assert kinds == [
        ("order", order_days[0]),
        ("interaction", moment.date().isoformat()),
        ("order", order_days[1]),
    ]


def test_the_timeline_loses_nothing_among_orders_of_one_day(world: World) -> None:
    ugo = world.person(given="Ugo", family="Verdi", orders=[days_ago(3)] * 5)
    for hour in range(4):
        world.said(ugo, f"messaggio {hour}", timezone.now() - timedelta(days=3, hours=hour))
    path, seen = f"contacts/{ugo}/timeline/?page_size=2&purpose=order_management", []
    while path:
        page = world.call("GET", path, purpose=None).body
        seen += [(item["at"], item["id"]) for item in page["items"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 9
    moments = [datetime.fromisoformat(at) for at, _ in seen]
    assert moments == sorted(moments, reverse=True)


def test_a_contact_is_created_with_its_evidence_and_can_then_order(world: World) -> None:
    body = {
        "kind": "customer",
        "source": "Interessato",
        "given_name": "Ugo",
        "family_name": "Verdi",
        "points": [{"kind": "email", "email": "ugo@example.it", "is_primary": True}],
        "evidence": {"kind": "request", "at": timezone.now().isoformat()},
    }
    created = world.call("POST", "contacts/", body=body)
    assert (created.status, created.body["is_quarantined"]) == (201, False)
    assert set(created.body) == {"id", "href", "is_quarantined"}
    shown = world.call("GET", created.body["href"]).body
    assert (shown["given_name"], shown["points"][0]["email"]) == ("Ugo", "ugo@example.it")
    assert shown["stage"] == "customer"
    with gate.duty(world.company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()) as access:
        assert [e.kind for e in access.rows(QualifyingEvent)] == ["request"]


def test_a_contact_from_an_unverified_source_waits(world: World) -> None:
    body = {"kind": "customer", "source": SYSTEM, "given_name": "Ugo"}
    created = world.call("POST", "contacts/", body=body)
    assert (created.status, created.body["is_quarantined"]) == (201, True)
    answer = world.call("GET", created.body["href"])
    assert (answer.status, answer.code) == (403, "source_unverified")


def test_a_system_cannot_bring_back_a_person_who_was_erased(world: World) -> None:
    acts.remember(world.company, Reason.ERASED, email="ugo@example.it", now=world.now)
    point = {"kind": "email", "email": "Ugo@Example.it"}
    body = {"kind": "customer", "given_name": "Ugo", "points": [point]}
    answer = world.call("POST", "contacts/", body={**body, "source": SYSTEM})
    assert (answer.status, answer.code) == (409, "contact_suppressed")
    assert DataSource.objects.filter(name=SYSTEM).exists()
    # Nor by naming the person as the source: they must have confirmed it.
    answer = world.call("POST", "contacts/", body={**body, "source": "Interessato"})
    assert (answer.status, answer.code) == (409, "contact_suppressed")
    said = {"confirmed_at": world.now.isoformat(), "source": SYSTEM}
    assert world.call("POST", "contacts/", body={**body, **said}).code == "contact_suppressed"
    said["source"] = "Interessato"
    assert world.call("POST", "contacts/", body={**body, **said}).status == 201
    assert acts.remembered(world.company, Lookup.EMAIL, "ugo@example.it") == {}


def test_a_purpose_creates_only_the_persons_and_fields_it_covers(world: World) -> None:
    prospect = {"kind": "prospect", "source": "Interessato", "given_name": "Ugo"}
    answer = world.call("POST", "contacts/", body=prospect)
    assert (answer.status, answer.code, answer.body["article"]) == (
        403,
        "subject_not_covered",
        "30(1)(c)",
    )
    assert world.call("POST", "contacts/", body=prospect, purpose="lead_management").status == 201
    too_much = {"kind": "customer", "source": "Interessato", "given_name": "Ugo", "income": "30000"}
    answer = world.call("POST", "contacts/", body=too_much)
    assert (answer.status, answer.code, answer.body["category"]) == (
        403,
        "category_not_granted",
        "income",
    )
    with gate.duty(world.company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()) as access:
        assert access.rows(Contact).count() == 1


def test_a_change_touches_only_what_it_names(world: World, anna: UUID) -> None:
    answer = world.call(
        "PATCH", f"contacts/{anna}/", body={"job_title": "Architetta", "given_name": "Annalisa"}
    )
    assert (answer.status, set(answer.body)) == (200, {"id", "href"})
    shown = world.call("GET", f"contacts/{anna}/").body
    assert (shown["given_name"], shown["family_name"], shown["job_title"]) == (
        "Annalisa",
        "Bianchi",
        "Architetta",
    )
    assert len(world.call("POST", "contacts/search/", body={"q": "annalisa"}).body["items"]) == 1
    cleared = world.call("PATCH", f"contacts/{anna}/", body={"job_title": None})
    assert cleared.status == 200
    assert world.call("GET", f"contacts/{anna}/").body["job_title"] is None
    nothing = world.call("PATCH", f"contacts/{anna}/", body={})
    assert (nothing.status, nothing.body["errors"][0]["code"]) == (400, "nothing_to_change")
    partly = world.call("PATCH", f"contacts/{anna}/", body={"given_name": "X", "iban": "IT60"})
    assert (partly.status, partly.code) == (403, "category_not_granted")
    assert world.call("GET", f"contacts/{anna}/").body["given_name"] == "Annalisa"
    moved = world.call("PATCH", f"contacts/{anna}/", body={"points": [], "subject": str(anna)})
    assert {e["code"] for e in moved.body["errors"]} == {"unknown_field"}


def test_a_request_of_a_person_is_received_and_followed(world: World, anna: UUID) -> None:
    rights: dict[str, Any] = {"role": Role.DPO, "purpose": "rights_requests"}
    body = {
        "right": "access",
        "channel": "email",
        "received_at": timezone.now().isoformat(),
        "language": "it",
        "requester": {
            "name": "Anna Bianchi",
            "email": "anna.bianchi@example.it",
            "details": "Tutti i miei dati",
        },
    }
    made = world.call("POST", "requests/", body=body, **rights)
    assert made.status == 201
    assert (made.body["state"], made.body["is_held"], made.body["right"]) == (
        "received",
        True,
        "access",
    )
    assert made.body["due_on"] > timezone.localdate().isoformat()
    followed = world.call("GET", made.body["href"], **rights)
    assert followed.body == made.body
    assert "Anna" not in followed.raw.decode()
    restrict(world, anna)
    assert world.call("GET", made.body["href"], **rights).status == 200
    agent = world.call("GET", made.body["href"], purpose="rights_requests")
    assert (agent.status, agent.code) == (403, "role_not_allowed")
    other = world.call("GET", made.body["href"], role=Role.DPO, purpose="access_logging")
    assert (other.status, other.code) == (403, "category_not_covered")


def test_a_request_for_a_person_we_do_not_hold_is_received_too(world: World) -> None:
    rights: dict[str, Any] = {"role": Role.DPO, "purpose": "rights_requests"}
    body = {"right": "erasure", "channel": "web", "received_at": timezone.now().isoformat()}
    nobody = world.call("POST", "requests/", body=body, **rights)
    assert (nobody.status, nobody.code) == (400, "contact_missing")
    made = world.call(
        "POST", "requests/", body={**body, "requester": {"email": "ignota@example.it"}}, **rights
    )
    assert (made.status, made.body["is_held"]) == (201, False)


def test_forms_and_answers_list_every_sealed_field_of_the_data_map() -> None:
    attributes = set(sealed_attributes(Contact))
    assert set(forms.PersonalFields().fields) == attributes
    assert attributes < set(documents.Contact().fields)
    assert set(forms.FIELDS_OF_KIND) == {"email", "phone", "fax", "post", "social", "web"}
    assert {k.value for k in forms.KINDS} < {k.value for k in SubjectKind}
