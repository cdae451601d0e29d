"""Art. 5(2), 24(1): what the register said before, from when to when, and who changed it."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from governance.policy.vocabulary import Role
from registry import history, operations
from registry.models import DataSource, ProcessingOnBehalf, Purpose, Recipient, Transfer
from registry.models.history import Part, PartVersion
from tests.builders import NOW, Company

pytestmark = pytest.mark.django_db


def of(company: Company, row: object) -> list[history.Entry]:
    return history.of(company.controller.pk, row.pk)


@pytest.fixture(autouse=True)
def in_italian() -> Iterator[None]:
    with translation.override("it"):
        yield


def test_an_agreement_says_what_it_was_from_when_to_when_and_who_changed_it(
    company: Company,
) -> None:
    history.written_by(company.staff[Role.LEGAL])
    cloud = Recipient.objects.create(
        controller=company.controller, name="Nuvola", category_it="hosting",
        category_en="hosting", agreement_on=date(2026, 1, 1),
    )  # fmt: skip
    cloud.role, cloud.agreement_until = "joint", date(2026, 12, 31)
    cloud.save(update_fields=["role", "agreement_until"])
    cloud.save()  # nothing is different: no version
    second, first = of(company, cloud)
    assert (first.is_first, first.until, first.by) == (True, second.since, "acme-legal")
    assert (second.until, second.is_first) == (None, False)
    changed = {change.field: (change.before, change.after) for change in second.changes}
    assert changed["Accordo fino al"] == ("—", "31 dicembre 2026")
    assert changed["Ruolo"][1] != "joint", "in words"
    assert len(changed) == 2


def test_transfers_and_deletions_are_on_the_page_of_what_they_belong_to(company: Company) -> None:
    house = {"controller": company.controller}
    cloud = Recipient.objects.create(name="Nuvola", **house)
    altra = ProcessingOnBehalf.objects.create(principal="Altra", **house)
    one = Transfer.objects.create(recipient=cloud, country="US", **house)
    other = Transfer.objects.create(on_behalf=altra, country="IN", **house)
    one.delete()
    assert [(entry.part, entry.until is None) for entry in of(company, cloud)] == [
        (Part.TRANSFER, False), (Part.RECIPIENT, True),
    ]  # fmt: skip
    assert [entry.part for entry in of(company, altra)] == [Part.TRANSFER, Part.ON_BEHALF]
    assert PartVersion.objects.get(row=other.pk).content["country"] == "IN"


def test_every_way_of_writing_is_kept(company: Company) -> None:
    purpose = company.purpose("newsletter")
    Purpose.objects.filter(pk=purpose.pk).update(text_en="News")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_purpose SET text_en = 'Nine' WHERE id = %s", [purpose.pk])
    assert [entry.changes[0].after for entry in of(company, purpose)[:2]] == ["Nine", "News"]
    source = DataSource.objects.create(controller=company.controller, name="Fiera")
    operations.verify_source(source=source, by=company.staff[Role.DPO], now=NOW)
    verified = of(company, source)[0]
    assert verified.by == "acme-dpo"
    assert {change.after for change in verified.changes} >= {"acme-dpo"}


def test_the_application_writes_no_history(company: Company) -> None:
    for attempt in (
        lambda: PartVersion.objects.update(valid_to=NOW),
        lambda: PartVersion.objects.all().delete(),
        lambda: PartVersion.objects.create(
            controller=company.controller, part="purpose", row=company.controller.pk,
            page=company.controller.pk, content={}, valid_from=NOW,
        ),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            attempt()


def test_each_part_that_is_edited_in_place_has_a_beginning(company: Company) -> None:
    for part, model in history.PARTS.items():
        rows = set(model._default_manager.values_list("pk", flat=True))
        kept = PartVersion.objects.filter(part=part, valid_to__isnull=True)
        assert set(kept.values_list("row", flat=True)) == rows, part
