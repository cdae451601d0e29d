"""Filling an extract: what is sealed is opened and generalised, what is clear is summed by SQL.

People are taken some thousands at a time, so that neither keys nor rows of all are held at once.
A category that the purpose does not declare is not read, and its columns stay empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from crm.models import AnalyticExtract, Contact, ContactPoint, Interaction, Order
from crm.sales.tiers import COUNTED
from governance.policy import analysis
from governance.policy.categories import Category
from governance.policy.vocabulary import RecordClass, scope_of
from registry.gate.access import Access

AT_ONCE = 5000
SEPARATOR = "\x1f"
SEALED = frozenset({
    Category.POSTAL_ADDRESS, Category.BIRTH, Category.GENDER, Category.LANGUAGE,
    Category.PREFERENCES,
})  # fmt: skip
FILL = """
WITH chosen AS (
    SELECT said.* FROM unnest(%(people)s::uuid[], %(areas)s::text[], %(countries)s::text[],
        %(bands)s::text[], %(genders)s::text[], %(spoken)s::text[], %(interests)s::text[])
        AS said(subject_id, area, country, age_band, gender, spoken, interests)
    JOIN registry_datasubject AS s ON s.id = said.subject_id
        AND s.status NOT IN ('erasing', 'erased')
), counted AS (
    SELECT subject_id, id, ordered_on, total, extract(isodow FROM ordered_on) AS weekday,
        ordered_on > min(ordered_on) OVER (PARTITION BY subject_id) AS repeats
    FROM crm_order
    WHERE %(purchases)s AND controller_id = %(controller)s AND subject_id = ANY(%(people)s)
        AND state = ANY(%(counted)s) AND currency = %(currency)s AND ordered_on >= %(since)s
), bought AS (
    SELECT subject_id, min(ordered_on) AS first_on, max(ordered_on) AS last_on,
        count(*) AS orders, count(DISTINCT ordered_on) AS days, sum(total) AS spent,
        coalesce(sum(total) FILTER (WHERE repeats), 0) AS repeat_spent,
        mode() WITHIN GROUP (ORDER BY weekday) AS weekday
    FROM counted GROUP BY subject_id
), chose AS (
    SELECT counted.subject_id, array_agg(DISTINCT product.code ORDER BY product.code) AS products
    FROM counted JOIN crm_orderline AS line ON line.order_id = counted.id
    JOIN crm_product AS product ON product.id = line.product_id
    GROUP BY counted.subject_id
), stood AS (
    SELECT subject_id, stage FROM crm_contact
    WHERE %(behaviour)s AND controller_id = %(controller)s AND subject_id = ANY(%(people)s)
), reacted AS (
    SELECT subject_id, count(*) AS reactions FROM crm_interaction
    WHERE %(behaviour)s AND controller_id = %(controller)s AND subject_id = ANY(%(people)s)
        AND direction = 'in' AND kind IN ('click', 'coupon')
    GROUP BY subject_id
)
INSERT INTO crm_analyticrow (id, controller_id, subject_id, scope, collected_at, sealed,
    extract_id, drawn_on, life_stage, area, country, age_band, declared_gender, spoken,
    declared_interests, first_order_on, last_order_on, orders, order_days, spent, repeat_spent,
    gap_days, usual_weekday, products, reactions)
SELECT gen_random_uuid(), %(controller)s, subject_id, %(scope)s, %(now)s, '', %(extract)s,
    %(today)s, coalesce(stage, ''), area, country, age_band, gender, spoken,
    coalesce(string_to_array(nullif(interests, ''), %(separator)s), '{}'),
    first_on, last_on, coalesce(orders, 0), coalesce(days, 0), coalesce(spent, 0),
    coalesce(repeat_spent, 0), CASE WHEN days > 1 THEN (last_on - first_on) / (days - 1) END,
    weekday, coalesce(products, '{}'), coalesce(reactions, 0)
FROM chosen LEFT JOIN bought USING (subject_id) LEFT JOIN chose USING (subject_id)
    LEFT JOIN stood USING (subject_id) LEFT JOIN reacted USING (subject_id)
"""


@dataclass(slots=True)
class Generalised:
    """What was sealed of one person, as an analysis needs it."""

    area: str = ""
    country: str = ""
    age_band: str = ""
    gender: str = ""
    spoken: str = ""
    interests: str = ""


def fill(access: Access, extract: AnalyticExtract) -> int:
    """Write the rows of an extract anew, and return how many they are."""
    access.took(_read(access))
    access.writes_at_large()
    everybody, written = sorted(access.admitted or ()), 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_analyticrow WHERE extract_id = %s", [extract.pk])
        for chunk in _chunks(everybody):
            cursor.execute(FILL, {**_given(access, extract), **_columns(access, chunk)})
            written += cursor.rowcount
    return written


def _read(access: Access) -> list[tuple[type, str]]:
    """Return the clear columns that the statement reads, of the categories that were granted."""
    read: list[tuple[type, str]] = []
    if Category.PURCHASES in access.categories:
        read += [(Order, name) for name in ("ordered_on", "total", "state")]
    if Category.BEHAVIOUR in access.categories:
        read += [(Contact, "stage"), (Interaction, "kind")]
    return read


def _chunks(people: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(people), AT_ONCE):
        yield people[start : start + AT_ONCE]


def _given(access: Access, extract: AnalyticExtract) -> dict[str, Any]:
    return {
        "controller": access.controller, "counted": list(COUNTED), "currency": extract.currency,
        "since": extract.since, "now": access.now, "today": timezone.localdate(access.now),
        "scope": scope_of(RecordClass.PURCHASE_DETAIL), "extract": extract.pk,
        "separator": SEPARATOR, "purchases": Category.PURCHASES in access.categories,
        "behaviour": Category.BEHAVIOUR in access.categories,
    }  # fmt: skip


def _columns(access: Access, chunk: list[UUID]) -> dict[str, list[Any]]:
    found = dict.fromkeys(chunk, Generalised())
    if access.categories & SEALED:
        found |= _generalised(access, chunk)
    told = [found[subject] for subject in chunk]
    return {
        "people": chunk, "areas": [one.area for one in told],
        "countries": [one.country for one in told], "bands": [one.age_band for one in told],
        "genders": [one.gender for one in told], "spoken": [one.spoken for one in told],
        "interests": [one.interests for one in told],
    }  # fmt: skip


def _generalised(access: Access, chunk: list[UUID]) -> dict[UUID, Generalised]:
    """Open what is sealed of some people, and keep the bands and words of it alone."""
    today, granted = timezone.localdate(access.now), access.categories
    found: dict[UUID, Generalised] = {}
    for contact in access.rows(Contact).filter(subject_id__in=chunk):
        one = found.setdefault(contact.subject_id, Generalised())
        if Category.BIRTH in granted:
            one.age_band = analysis.age_band(contact.birth_date, today)
        if Category.GENDER in granted:
            one.gender = analysis.declared_gender(contact.gender)
        if Category.LANGUAGE in granted:
            one.spoken = analysis.language(contact.language)
        if Category.PREFERENCES in granted:
            one.interests = SEPARATOR.join(analysis.interests(contact.interests))
    if Category.POSTAL_ADDRESS in granted:
        points = access.rows(ContactPoint).filter(subject_id__in=chunk, kind="post")
        for point in points.order_by("is_primary", "collected_at", "pk"):  # the main one comes last
            one = found.setdefault(point.subject_id, Generalised())
            one.area = analysis.area(point.region, point.postal_code, point.country)
            one.country = " ".join((point.country or "").split()).casefold()[:40]
    return found
