"""Propose a data category for a column, from its header and a sample of its values.

The order of belief: check digits and unmistakable shapes (e-mail, IBAN, card, fiscal code,
address of a computer) win over any header; then what the header says, if the values bear it
out; then what the values alone suggest. Whatever is proposed carries its reasons; reasons
speak of shares and header words and hold no value. Neighbouring columns are `tables`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.policy.categories import Category
from registry.discovery import evidence, headers
from registry.discovery.headers import HeaderHint
from registry.discovery.kinds import CATEGORY_OF_KIND
from registry.discovery.values import Sample

BOOLEAN_KINDS = frozenset({
    "opted_out_email", "opted_out_fax", "opted_out", "do_not_call", "do_not_contact", "consent",
    "home_owner", "children", "marital_status", "age", "vehicle", "health", "religion",
    "ethnicity", "politics", "trade_union", "sexual_life", "criminal_record", "gender",
})  # fmt: skip
"""Kinds whose columns may answer yes or no; for others such values contradict the header."""

REFERENCE_KINDS = frozenset(
    {"customer_number", "person_reference", "device_id", "password", "username"}
)
"""Kinds whose values may be opaque keys of a system."""

_ADDRESS_KINDS = frozenset({"street", "city", "region", "country", "postal_code"})
_CONFIRMABLE = frozenset({"email", "phone", "fax", "iban", "ip", "card_number", "birth_date"})
"""Kinds whose values are so particular that a header about them ("email status") is forgiven."""

_PLAIN = frozenset({"date", "amount", "quantity"})
"""Kinds that stay what they are whatever stands beside them ("order month")."""

_UNCONFIRMED = 0.7  # how much a header counts without values


@dataclass(frozen=True)
class ColumnProposal:
    """What a column seems to hold; a question for the DPO, not a decision.

    Attributes
    ----------
    header : as given
    category : data category, None when not personal by itself
    confidence : 0.0 to 1.0
    reasons : why, in order of weight, without values
    kind : finer machine word (`kinds.CATEGORY_OF_KIND`)
    """

    header: str
    category: Category | None
    confidence: float
    reasons: tuple[str, ...]
    kind: str


def proposal(header: str, kind: str, confidence: float, *reasons: str) -> ColumnProposal:
    """Make a proposal of a kind, with the category the kind belongs to."""
    return ColumnProposal(header, CATEGORY_OF_KIND[kind], round(confidence, 2), reasons, kind)


def propose(header: str, values: Sequence[str]) -> ColumnProposal:
    """Propose what one column holds.

    Parameters
    ----------
    header : its name, in any spelling; may be empty or useless
    values : a sample of its values (all of them will do); empty ones are ignored

    Returns
    -------
    ColumnProposal
        Always one; kind "text", "code", "amount" or "empty" when nothing personal shows.
    """
    sample = Sample.of(values)
    hints = headers.hints(header)
    decided = evidence.by_shape(sample, hints={hint.kind for hint in hints})
    if decided is not None:
        return proposal(header, decided.kind, decided.confidence, decided.reason)
    named = evidence.by_generic_name(headers.words_of(header), sample)
    if named is not None:
        return proposal(header, named.kind, named.confidence, named.reason)
    rejected: list[str] = []
    for hint in hints:
        outcome = _accept(header, hint, sample)
        if isinstance(outcome, ColumnProposal):
            return outcome
        rejected.append(outcome)
    useless = evidence.is_useless(headers.words_of(header))
    alone = evidence.by_values(sample, header_useless=useless)
    return proposal(header, alone.kind, alone.confidence, alone.reason, *rejected)


def _accept(header: str, hint: HeaderHint, sample: Sample) -> ColumnProposal | str:
    """Accept what a header suggests, or say why not."""
    said = f"header says {hint.phrase!r}"
    if sample.is_boolean and hint.kind not in BOOLEAN_KINDS and CATEGORY_OF_KIND[hint.kind]:
        return f"{said}, but the values answer yes or no"
    if hint.kind not in REFERENCE_KINDS and evidence.is_opaque(sample):
        return f"{said}, but the values are keys of a system"
    forgiven = hint.kind in _PLAIN or (hint.kind in _CONFIRMABLE and sample.confirms(hint.kind))
    if not hint.firm and not forgiven:
        return f"{said}, but it is about it"
    confirmed = sample.confirms(hint.kind)
    if confirmed is False:
        return f"{said}, but the values do not look so"
    kind, because = evidence.refine(hint.kind, hint.phrase, sample)
    confidence = hint.confidence if sample.values else hint.confidence * _UNCONFIRMED
    agreed = "values agree" if confirmed else "nothing contradicts it"
    reasons = (said, because or (agreed if sample.values else "no values to confirm it"))
    made = proposal(header, kind, confidence, *reasons)
    if kind in _ADDRESS_KINDS and headers.is_business(headers.words_of(header)):
        return ColumnProposal(header, None, made.confidence, (*reasons, "of a company"), kind)
    return made


def propose_table(headers_: Sequence[str], rows: Sequence[Sequence[str]]) -> list[ColumnProposal]:
    """Propose what each column of a table holds, with a look at its neighbours.

    Parameters
    ----------
    headers_ : one name for each column; may be empty strings
    rows : a sample of rows; short rows are read as if padded with empty values

    Returns
    -------
    list of ColumnProposal
        One for each header, in order.
    """
    from registry.discovery import tables  # it needs `ColumnProposal`

    columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(len(headers_))]
    alone = [propose(header, column) for header, column in zip(headers_, columns, strict=True)]
    return tables.with_neighbours(alone, [Sample.of(column) for column in columns])
