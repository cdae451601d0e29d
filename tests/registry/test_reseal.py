"""Rows are sealed anew in their place: another version or scope of the key, fewer frames."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from crm.models import Contact, ContactPoint
from dsar import package
from dsar.models import AccessPackage, SubjectRequest
from governance.crypto import keystore
from governance.crypto.column import Column
from governance.crypto.envelope import seal_blob
from governance.crypto.errors import KeyDestroyedError
from governance.crypto.orders import Line
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, Role, Scope
from registry import search
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, SearchToken
from registry.sealed import Resealed, reseal
from tests.builders import NOW, Company, a_person
from tests.retention.scenes import freeze

pytestmark = pytest.mark.django_db


def answering(company: Company, *people: UUID) -> Any:
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people, reference=people[0], now=NOW
    )


def raised(company: Company, *people: UUID, scope: str = "ordinary") -> None:
    lines = [Line(subject, scope, 1) for subject in people]
    keystore.create_next_keys(company.controller.pk, lines)


def resealed(company: Company, *people: UUID, **said: Any) -> Resealed:
    with answering(company, *people) as access:
        list(DataSubject.objects.filter(pk__in=people).select_for_update())
        found = Resealed()
        for model in (Contact, ContactPoint):
            found += reseal(access, access.rows(model), **said)
        return found


def column(access: Access, model: type[Any] = Contact) -> tuple[str, Column]:
    (row,) = access.rows(model)
    return row.scope, Column.parse(row.sealed)


def names(access: Access) -> list[tuple[str | None, str | None]]:
    rows = access.rows(Contact).order_by("id")
    return [(row.given_name, row.family_name) for row in rows]


def tokens(company: Company, subject: UUID) -> set[tuple[UUID, bytes, UUID]]:
    with answering(company, subject):
        rows = SearchToken.objects.filter(subject=subject)
        return {(pk, bytes(t), row) for pk, t, row in rows.values_list("pk", "token", "row")}


def test_new_rows_and_resealed_ones_are_under_the_newest_key(company: Company) -> None:
    anna = a_person(company, orders=[NOW.date()])
    before = tokens(company, anna)
    raised(company, anna)
    assert resealed(company, anna) == Resealed(done=2)
    assert resealed(company, anna) == Resealed(passed=2)
    assert tokens(company, anna) == before
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        ContactPoint(
            controller_id=access.controller, subject_id=anna, kind="phone", phone="+390110000000",
            collected_at=NOW,
        ).save()  # fmt: skip
        found = search.subjects_with(company.controller.pk, Lookup.EMAIL, "anna.bianchi@example.it")
        assert list(found) == [anna]
    with answering(company, anna) as access:
        assert names(access) == [("Anna", "Bianchi")]
        assert {Column.parse(row.sealed).key_version for row in access.rows(ContactPoint)} == {2}
        assert column(access)[1].key_version == 2


def test_a_row_keeps_its_version_when_it_is_changed(company: Company) -> None:
    """The writer of one category may not hold the keys of the others."""
    anna = a_person(company, orders=[NOW.date()])
    raised(company, anna)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=NOW,
        categories=frozenset({Category.NAME}),
    ) as access:  # fmt: skip
        (row,) = access.rows(Contact)
        row.given_name = "Annamaria"
        row.save()
    with answering(company, anna) as access:
        assert names(access) == [("Annamaria", "Bianchi")]
        assert column(access)[1].key_version == 1


def test_a_row_opens_under_the_version_it_names_alone(company: Company) -> None:
    anna = a_person(company)
    raised(company, anna)
    with answering(company, anna) as access:
        (row,) = access.rows(Contact)
        row.sealed = bytes(row.sealed[:1]) + b"\x02" + bytes(row.sealed[2:])
        with pytest.raises(Exception, match=r".") as refused:
            _ = row.given_name
        assert type(refused.value).__name__ == "UnsealError"
        row.sealed = bytes(row.sealed[:1]) + b"\x03" + bytes(row.sealed[2:])
        with pytest.raises(KeyDestroyedError):
            _ = row.given_name


def test_another_scope_and_fewer_frames(company: Company) -> None:
    anna = a_person(company)
    keystore.create_subject_keys(company.controller.pk, [anna], scopes=[Scope.KEPT])
    assert resealed(company, anna, scope=Scope.KEPT, without={Category.EMAIL}).done == 2
    with answering(company, anna) as access:
        assert names(access) == [("Anna", "Bianchi")]
        assert column(access)[0] == "kept"
        (point,) = access.rows(ContactPoint)
        assert (point.scope, point.email, Column.parse(point.sealed or b"\x02\x01" + bytes(32)).frames) == (
            "kept", None, {},
        )  # fmt: skip


def test_without_a_key_of_the_scope_nothing_is_written(company: Company) -> None:
    anna = a_person(company)
    with pytest.raises(KeyDestroyedError):
        resealed(company, anna, scope=Scope.KEPT)
    with answering(company, anna) as access:
        assert (column(access)[0], names(access)) == ("ordinary", [("Anna", "Bianchi")])


def test_the_first_format_is_version_one_and_is_raised(company: Company) -> None:
    anna = a_person(company)
    with answering(company, anna) as access:
        (row,) = access.rows(Contact)
        in_first_format(access, row)
        assert names(access) == [("Anna", "Bianchi")]
    assert resealed(company, anna) == Resealed(done=1, passed=1)
    with answering(company, anna) as access:
        found = column(access)[1]
        assert (found.format, found.key_version, names(access)) == (2, 1, [("Anna", "Bianchi")])


def test_a_row_that_does_not_open_is_left_and_named(company: Company) -> None:
    anna = a_person(company)
    with answering(company, anna) as access:
        (row,) = access.rows(Contact)
        damaged = bytes(row.sealed[:-1]) + bytes([row.sealed[-1] ^ 1])
        Contact.objects.filter(pk=row.pk).update(sealed=damaged)
    raised(company, anna)
    assert resealed(company, anna) == Resealed(done=1, unopened=(row.pk,))
    with answering(company, anna) as access:
        assert bytes(access.rows(Contact).get().sealed) == damaged


def test_a_copy_handed_over_goes_over_with_its_row(company: Company) -> None:
    """It is sealed once more inside the row, under the ordinary key."""
    anna, pk = a_person(company), uuid4()
    freeze(company, anna, "request")
    with answering(company, anna) as access:
        AccessPackage(
            id=pk, controller_id=access.controller, subject_id=anna, collected_at=NOW, made_at=NOW,
            request=access.rows(SubjectRequest).get(), expires_on=NOW.date(), digest="0" * 64,
            content=package.sealed_copy(access, anna, pk, b"a zip"),
        ).save()  # fmt: skip
    under = []
    for inner in (Scope.ORDINARY, Scope.KEPT):
        keystore.create_subject_keys(company.controller.pk, [anna], scopes=[inner])
        raised(company, anna)
        with answering(company, anna) as access:
            done = reseal(access, access.rows(AccessPackage), inner=inner)
            assert done == Resealed(done=1)
            assert reseal(access, access.rows(AccessPackage), inner=inner) == Resealed(passed=1)
        with answering(company, anna) as access:
            (copy,) = access.rows(AccessPackage)
            assert package.opened_copy(access, anna, pk, copy.content or "") == b"a zip"
            under.append(str(copy.content).partition(":")[0])
    assert under == ["ordinary/2", "kept/1"]


def test_many_people_cost_as_many_statements_as_one(company: Company) -> None:
    people = [a_person(company, given=f"P{n}", email=f"p{n}@example.it") for n in range(4)]
    raised(company, *people)
    counted = [_statements(company, [people[0]]), _statements(company, people[1:])]
    assert counted[0] == counted[1]


def _statements(company: Company, people: list[UUID]) -> tuple[int, int]:
    with answering(company, *people) as access:
        rows = list(access.rows(Contact))
        with (
            CaptureQueriesContext(connection) as main,
            CaptureQueriesContext(connections["keys"]) as keys,
        ):
            assert reseal(access, rows).done == len(people)
        return len(main), len(keys)


def in_first_format(access: Access, row: Any) -> None:
    """Store a row as version 0.1.0 wrote it."""
    found, blobs = Column.parse(row.sealed), {}
    for category in sorted(found.frames):
        plain = row._plain(access, found, category)
        cipher = access.cipher(row.controller_id, row.subject_id, row.scope, category, 1)
        bound = row._place(category).associated_data(1, 1)
        blobs[category] = b"\x01\x01" + seal_blob(cipher, bound, plain)
    row.sealed = Column(1, 1, b"", blobs).stored()
    type(row).objects.filter(pk=row.pk).update(sealed=row.sealed)
