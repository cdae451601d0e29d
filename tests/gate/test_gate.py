"""The promises of docs/spec/gate.md, on a real PostgreSQL under row-level security."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from audit.models import Entry
from crm.models import Contact, ContactPoint, Order
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import consent, isolation, operations, restriction, search
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import (
    CategoryNotGrantedError,
    GateClosedError,
    GateRefusedError,
    SubjectErasingError,
    SubjectNotAdmittedError,
)
from registry.models import ActivityVersion, DataSubject
from tests.builders import NOW, Company, a_company, a_consent, a_person

pytestmark = pytest.mark.django_db


def entries(company: Company) -> list[tuple[str, str, bytes]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = Entry.objects.order_by("at").values_list("action", "outcome", "entry")
        return [(action, outcome, bytes(entry)) for action, outcome, entry in rows]


def refused(
    company: Company, role: Role, purpose: str, operation: Operation, **more: object
) -> str:
    with (
        pytest.raises(GateRefusedError) as error,
        gate.open(company.actor(role), purpose, operation, now=NOW, **more),
    ):
        pass
    return error.value.code


@pytest.mark.parametrize("table", sorted(h.table for h in data_map().isolated()))
def test_every_isolated_table_raises_gate_closed_without_an_access(
    company: Company, table: str
) -> None:
    for statement in (f"SELECT * FROM {table} WHERE false", f"DELETE FROM {table} WHERE false"):
        with pytest.raises(ProgrammingError, match="gate closed"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


def test_policies_in_the_catalogue_are_those_of_the_data_map(company: Company) -> None:
    assert isolation.isolated_tables() == {h.table for h in data_map().isolated()}


def test_the_application_may_not_truncate_or_own_anything(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE has_table_privilege(c.oid, 'TRUNCATE')),"
            " count(*) FILTER (WHERE pg_get_userbyid(c.relowner) = current_user), count(*)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname IN ('public', 'audit')"
        )
        truncatable, owned, all_tables = cursor.fetchone()
    assert (truncatable, owned) == (0, 0)
    assert all_tables > 40


def test_a_contact_cannot_be_made_before_an_approved_activity_covers_it(db: None) -> None:
    drafts = a_company(approved=False)
    code = refused(drafts, Role.AGENT, "order_management", Operation.CREATE)
    assert code == "no_active_activity"
    with gate.duty(drafts.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        assert access.rows(Contact).count() == 0


def test_each_question_has_its_own_refusal(company: Company) -> None:
    anna = a_person(company)
    read = Operation.READ
    assert refused(company, Role.AGENT, "spying", read, subjects=anna) == "unknown_purpose"
    assert (
        refused(company, Role.MARKETING, "order_management", read, subjects=anna)
        == "role_not_allowed"
    )
    assert (
        refused(company, Role.AGENT, "order_management", read, subjects=company.controller.pk)
        == "subject_unknown"
    )
    assert refused(company, Role.AGENT, "order_management", read, subjects=anna) == "no_contract"
    assert refused(company, Role.MARKETING, "newsletter", read, subjects=anna) == "no_consent"
    assert (
        refused(company, Role.MARKETING, "newsletter", Operation.SEND, subjects=anna)
        == "channel_missing"
    )
    wanted = frozenset({Category.HEALTH})
    assert (
        refused(company, Role.AGENT, "order_management", read, subjects=anna, categories=wanted)
        == "category_not_covered"
    )
    assert (
        refused(
            company,
            Role.AGENT,
            "order_management",
            Operation.LIST,
            categories=frozenset({Category.INCOME}),
        )
        == "category_not_covered"
    )


def test_consent_opens_its_channel_and_an_objection_closes_marketing(company: Company) -> None:
    anna = a_person(company)
    marketing = company.actor(Role.MARKETING)
    a_consent(company, anna, at=NOW - timedelta(days=2))
    with gate.open(
        marketing,
        "newsletter",
        Operation.SEND,
        subjects=anna,
        channel=Channel.EMAIL,
        recipient=To.THE_PERSON,
        now=NOW,
    ) as access:
        assert access.rows(Contact).get().given_name == "Anna"
    sms = {"subjects": anna, "channel": Channel.SMS, "recipient": To.THE_PERSON}
    assert refused(company, Role.MARKETING, "newsletter", Operation.SEND, **sms) == "no_consent"
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        consent.object_to(access, subject=anna, at=NOW - timedelta(days=1))
    email = {"subjects": anna, "channel": Channel.EMAIL, "recipient": To.THE_PERSON}
    assert refused(company, Role.MARKETING, "newsletter", Operation.SEND, **email) == "objected"
    a_consent(company, anna, at=NOW)
    with gate.open(
        marketing,
        "newsletter",
        Operation.SEND,
        subjects=anna,
        channel=Channel.EMAIL,
        recipient=To.THE_PERSON,
        now=NOW,
    ):
        pass
    a_consent(company, anna, state=ConsentState.WITHDRAWN, at=NOW)
    assert refused(company, Role.MARKETING, "newsletter", Operation.SEND, **email) == "objected"


def test_a_restriction_stores_and_does_not_use(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        restriction.place(access, subject=anna, ground="a", at=NOW)
    assert (
        refused(company, Role.AGENT, "order_management", Operation.READ, subjects=anna)
        == "restricted"
    )
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        assert access.rows(Contact).get().family_name == "Bianchi"


def test_an_unverified_source_quarantines_until_somebody_verifies_it(company: Company) -> None:
    source = operations.add_source(
        controller=company.controller,
        name="Fiera 2026",
        kind="import",
        by=company.staff[Role.DPO],
        now=NOW,
    )
    anna = a_person(company, orders=[date(2026, 1, 2)], source=source)
    assert (
        refused(company, Role.AGENT, "order_management", Operation.READ, subjects=anna)
        == "source_unverified"
    )
    assert operations.verify_source(source=source, by=company.staff[Role.DPO], now=NOW) == 1
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ):
        pass


def test_only_granted_categories_open(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    only_names = frozenset({Category.NAME})
    with gate.open(
        company.actor(Role.AGENT),
        "order_management",
        Operation.READ,
        subjects=anna,
        categories=only_names,
        now=NOW,
    ) as access:
        assert access.rows(Contact).get().given_name == "Anna"
        point = access.rows(ContactPoint).get()
        with pytest.raises(CategoryNotGrantedError):
            _ = point.email
        assert access.values(point) == {}


def test_values_do_not_outlive_the_access(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        contact = access.rows(Contact).get()
        assert contact.given_name == "Anna"
    with pytest.raises(GateClosedError):
        _ = contact.given_name


def test_a_forgotten_filter_inside_an_access_raises(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    a_person(company, given="Berta", family="Neri", orders=[date(2026, 1, 3)])
    with (
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.LIST, subjects=[anna], now=NOW
        ),
        pytest.raises(SubjectNotAdmittedError),
    ):
        list(Contact.objects.all())


def test_accesses_do_not_nest(company: Company) -> None:
    actor = company.actor(Role.DPO)
    with (
        gate.duty(actor, Duty.SUPERVISION, now=NOW),
        pytest.raises(RuntimeError, match="do not nest"),
    ):
        with gate.duty(actor, Duty.SUPERVISION, now=NOW):
            pass


def test_controllers_never_see_each_other(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    other = a_company("beta")
    assert (
        refused(other, Role.AGENT, "order_management", Operation.READ, subjects=anna)
        == "subject_unknown"
    )
    with gate.duty(other.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        assert access.rows(Contact).count() == 0
        assert access.rows(Order).count() == 0
        assert Entry.objects.exclude(controller_id=other.controller.pk).count() == 0
        contact = Contact(controller=company.controller, subject_id=anna)
        with (
            pytest.raises((SubjectNotAdmittedError, IntegrityError, ProgrammingError)),
            transaction.atomic(),
        ):
            contact.save()


def test_an_access_is_one_entry_with_its_members_and_no_value(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    berta = a_person(company, given="Berta", family="Neri", orders=[date(2026, 1, 3)])
    a_person(company, given="Carla", family="Verdi")
    before = len(entries(company))
    with gate.open(
        company.actor(Role.AGENT),
        "order_management",
        Operation.LIST,
        subjects=DataSubject.objects.values_list("pk"),
        now=NOW,
    ) as access:
        names = {contact.given_name for contact in access.rows(Contact)}
    assert names == {"Anna", "Berta"}
    assert {anna, berta} == access.members
    new = entries(company)[before + 1 :]
    assert [(action, outcome) for action, outcome, _ in new] == [("data.listed", "done")]
    body = new[0][2]
    assert b'"members":{"digest"' in body
    assert b'"n":2' in body
    assert b'"no_contract":1' in body
    assert b"crm.Contact.given_name" in body
    for value in (b"Anna", b"Berta", b"bianchi", str(anna).encode()):
        assert value not in body


def test_a_refusal_and_a_failure_are_recorded_although_nothing_else_is(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    before = len(entries(company))
    refused(company, Role.MARKETING, "order_management", Operation.READ, subjects=anna)
    with (
        pytest.raises(ZeroDivisionError),
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
        ) as access,
    ):
        contact = access.rows(Contact).get()
        contact.given_name = "Annamaria"
        contact.save()
        _ = 1 / 0
    new = entries(company)[before + 1 :]
    assert [(action, outcome) for action, outcome, _ in new] == [
        ("access.refused", "refused"),
        ("data.updated", "failed"),
    ]
    assert b'"n":1' in new[1][2]  # whom the failed access had read
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        assert access.rows(Contact).get().given_name == "Anna"


def test_nothing_is_written_about_somebody_being_erased(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    with gate.duty(company.actor(Role.DPO), Duty.ERASING, subjects=anna, reference=anna, now=NOW):
        DataSubject.objects.filter(pk=anna).update(status="erasing")
    assert (
        refused(company, Role.AGENT, "order_management", Operation.CREATE, subjects=anna)
        == "subject_erased"
    )
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.IMPORT, now=NOW
    ) as access:
        access.admitted.add(anna)
        with pytest.raises(SubjectErasingError):
            Contact(controller=company.controller, subject_id=anna, given_name="Anna").save()


def test_retention_over_closes_the_purpose(company: Company) -> None:
    anna = a_person(company, purpose="lead_management", role=Role.SALES, kind="prospect")
    later = NOW + timedelta(days=365 * 3)
    with gate.open(
        company.actor(Role.SALES), "lead_management", Operation.READ, subjects=anna, now=NOW
    ):
        pass
    with (
        pytest.raises(GateRefusedError) as error,
        gate.open(
            company.actor(Role.SALES), "lead_management", Operation.READ, subjects=anna, now=later
        ),
    ):
        pass
    assert error.value.code == "retention_over"


def test_a_retired_version_stops_at_the_moment_its_successor_starts(company: Company) -> None:
    old = ActivityVersion.objects.get(
        activity__purpose__key="order_management", controller=company.controller
    )
    rules = list(old.retention_rules.all())
    later = NOW + timedelta(days=1)
    new = ActivityVersion.objects.get(pk=old.pk)
    new.pk, new.number, new.state = None, 2, "draft"
    new.approved_by = new.approved_at = new.active_from = None
    new._state.adding = True
    new.roles = ["sales"]
    operations.draft(version=new, by=company.staff[Role.LEGAL], now=later)
    for rule in rules:
        rule.pk, rule.version, rule._state.adding = None, new, True
        rule.save()
    new.sources.set(old.sources.all())
    with pytest.raises(operations.ApprovalError):
        operations.approve(version=new, by=company.staff[Role.LEGAL], now=later)
    operations.approve(version=new, by=company.staff[Role.DPO], now=later)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.LIST, subjects=[], now=NOW
    ):
        pass
    with (
        pytest.raises(GateRefusedError),
        gate.open(
            company.actor(Role.AGENT),
            "order_management",
            Operation.LIST,
            subjects=[],
            now=later + timedelta(seconds=1),
        ),
    ):
        pass


def test_names_are_found_by_prefix_and_word_order_without_plain_text(company: Company) -> None:
    anna = a_person(
        company,
        given="Anna Maria",
        family="D'Angelo",
        email="A.Dangelo@Example.it",
        orders=[date(2026, 1, 2)],
    )
    a_person(
        company, given="Mario", family="Rossi", orders=[date(2026, 1, 3)], phone="06 3973 3434"
    )

    def found(text: str) -> list[str]:
        with gate.open(
            company.actor(Role.AGENT),
            "order_management",
            Operation.SEARCH,
            subjects=search.subjects_matching(company.controller.pk, text),
            now=NOW,
        ) as access:
            return [str(c.family_name) for c in access.rows(Contact)]

    assert found("ange") == found("dangelo anna") == found("MARIA d'angelo") == ["D'Angelo"]
    assert found("a.dangelo@EXAMPLE.it") == ["D'Angelo"]
    assert found("+39 06 39733434") == found("ros") == ["Rossi"]
    assert found("ro") == found("bianchi") == found("rossi anna") == []
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        contact = access.rows(Contact).get()
        contact.family_name = "Verdi"
        contact.save(update_fields=["family_name"])
    assert found("dangelo") == []
    assert found("verdi anna") == ["Verdi"]
