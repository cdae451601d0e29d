"""Columns of real exports: what each system says they hold, against labels written by hand."""

from collections import Counter
from collections.abc import Callable, Sequence

from registry.discovery.columns import propose_table
from registry.discovery.kinds import CATEGORY_OF_KIND
from tests.discovery import data, expected_columns
from tests.discovery.evaluation import systems
from tests.discovery.evaluation.counts import Count

TELCO = "crm/telco/Telco-Customer-Churn.csv"
NOTHING = "none"
_LOOKED_AT = 20
"""Values of a column that the slow systems look at; more changes no majority worth having."""
_HALF = 0.5

_CATEGORY_OF_ENTITY = {
    "PERSON": "name",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "LOCATION": "postal_address",
    "STREET_ADDRESS": "postal_address",
    "IP_ADDRESS": "online_identifier",
    "SOCIAL_PROFILE": "online_identifier",
    "CREDIT_CARD": "payment_card",
    "IBAN_CODE": "bank_account",
    "US_BANK_NUMBER": "bank_account",
    "US_SSN": "national_id",
    "US_ITIN": "national_id",
    "UK_NHS": "health",
    "US_DRIVER_LICENSE": "identity_document",
    "US_PASSPORT": "identity_document",
    "BIRTH_DATE": "birth",
    "IT_VAT": "national_id",
}

System = Callable[[Sequence[str], Sequence[Sequence[str]]], list[str]]


def ours(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [column.category or NOTHING for column in propose_table(headers, rows)]


def presidio(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What most values of a column are to Presidio, at its own default threshold of names."""
    return [
        _majority(values, lambda v: {r.entity_type for r in systems.stock().analyze(v, "en", score_threshold=0.4)})
        for values in _samples(headers, rows)
    ]  # fmt: skip


def regex_only(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        _majority(values, lambda v: {span[0] for span in systems.regex_only([v], "en")[0]})
        for values in _samples(headers, rows)
    ]


SYSTEMS: dict[str, System] = {"Custode": ours, "Presidio": presidio, "regex only": regex_only}


def _samples(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    found = []
    for at in range(len(headers)):
        values = dict.fromkeys(row[at].strip() for row in rows if at < len(row))
        found.append([value for value in values if value][:_LOOKED_AT])
    return found


def _majority(values: Sequence[str], entities: Callable[[str], set[str]]) -> str:
    seen = Counter(
        category
        for value in values
        for category in {_CATEGORY_OF_ENTITY.get(e, NOTHING) for e in entities(value)}
        if category != NOTHING
    )
    best = seen.most_common(1)
    return best[0][0] if best and best[0][1] >= _HALF * len(values) else NOTHING


def labelled() -> dict[str, dict[str, str]]:
    """Return the right category of every column of the files that are labelled in full."""
    return {
        name: {
            header: CATEGORY_OF_KIND[kind] or NOTHING
            for header, kind in expected_columns.kinds(block).items()
        }
        | expected_columns.CHANGED.get(name, {})
        for name, block in expected_columns.FULL.items()
    }


def measure(system: System) -> dict[str, Count]:
    """Count the categories of all columns right and wrong; "none" is not a category."""
    counts: dict[str, Count] = {}
    for name, right in labelled().items():
        headers, rows = data.table(name)
        for header, said in zip(headers, system(headers, rows), strict=True):
            wanted = right[header]
            if said == wanted != NOTHING:
                counts.setdefault(wanted, Count()).hit += 1
            elif said != wanted:
                if wanted != NOTHING:
                    counts.setdefault(wanted, Count()).missed += 1
                if said != NOTHING:
                    counts.setdefault(said, Count()).false += 1
    return counts


def false_share(system: System) -> tuple[int, int]:
    """Return how many columns without personal data of telco are called personal, of how many."""
    headers, rows = data.table(TELCO)
    right = labelled()[TELCO]
    empty = [(h, said) for h, said in zip(headers, system(headers, rows), strict=True)
             if right[h] == NOTHING]  # fmt: skip
    return sum(said != NOTHING for _header, said in empty), len(empty)
