"""Which column of a file goes into which field, proposed by us and decided by a person.

Evidence comes from three sides: what the header says (`headers`), what the values look
like, and, where a scan was made, what discovery proposes for the column. Each piece is
a candidate with a confidence between 0 and 1; the best candidates are given their field
first, a field is given once, and a column that comes second takes its next candidate
or is dropped.

Two rules are not for discussion. A column of secrets or of special categories of data
(Art. 9, 10) is refused and cannot be mapped by anybody. A column without a field is
dropped, and the mapping says so (Art. 5(1)(c)).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from stdnum.it import codicefiscale

from crm.imports import headers
from crm.imports.columns import FORBIDDEN, ColumnMapping, Dropped, Mapping, Reason
from crm.imports.headers import guess_entity
from crm.imports.targets import TARGETS, Entity, Target
from crm.imports.values import parse_email
from governance.policy.categories import NEVER_STORED, Category

__all__ = [
    "FORBIDDEN",
    "TARGETS",
    "ColumnMapping",
    "Dropped",
    "Entity",
    "Mapping",
    "Proposal",
    "Reason",
    "Target",
    "guess_entity",
    "propose",
]


class Proposal(Protocol):
    """What discovery says about one column; `None` stands for "nothing" throughout."""

    @property
    def header(self) -> str:
        """Name of the column."""

    @property
    def category(self) -> Category | None:
        """Category of personal data that the column seems to hold."""

    @property
    def confidence(self) -> float:
        """How sure that is, between 0 and 1."""

    @property
    def kind(self) -> str | None:
        """Word of discovery for what the column is, such as `given_name`."""


@dataclass(frozen=True)
class _Candidate:
    target: str
    confidence: float
    reason: Reason


SURE = 0.95
WEAK = 0.7
BY_VALUES = 0.6
SECOND_CHOICE = 0.3
"""What a second e-mail address loses: it is kept as the alternate one."""
LEAST = 0.45
"""Confidence below which a column is rather dropped, and said so, than put in a wrong field."""
SUSPECTED = 0.5
"""Confidence from which discovery alone is believed that a column must be refused."""

_HONORIFIC_WORDS = (
    "mr mrs ms miss mx dr prof sir madam sig sigra sigrina dott dottssa dottor ing avv arch geom "
    "rag egr gentma herr frau mme mlle m"
)
_HONORIFICS = frozenset(_HONORIFIC_WORDS.split())


def _are_honorifics(values: Sequence[str]) -> bool:
    """Say whether at least half of the values are forms of address rather than positions."""
    found = [re.sub(r"[^\w]", "", value).casefold() in _HONORIFICS for value in values if value]
    return bool(found) and 2 * sum(found) >= len(found)


def _by_header(header: str, values: Sequence[str], entity: Entity) -> Iterator[_Candidate]:
    """Yield what the name of a column says."""
    identified = headers.identity_of(header)
    if identified is not None and (identified is entity or _is_person(identified, entity)):
        yield _Candidate("external_id", SURE, Reason.IDENTITY)
    elif identified is not None and (foreign := headers.FOREIGN_KEYS.get((entity, identified))):
        yield _Candidate(foreign, SURE, Reason.IDENTITY)
    for target, is_weak in headers.vocabulary(entity).get(headers.squash(header), ()):
        confidence = WEAK if is_weak else SURE
        if target in {"title", "job_title"} and headers.squash(header) == "title":
            fits = _are_honorifics(values) is (target == "title")
            confidence = SURE if fits else 0.0
        if confidence:
            yield _Candidate(target, confidence, Reason.HEADER)
            if target == "email":
                yield _Candidate("email_alternate", confidence - SECOND_CHOICE, Reason.HEADER)


def _is_person(identified: Entity, entity: Entity) -> bool:
    """Say whether the number of a person numbers the rows: a file of staff may say `user_id`."""
    return entity is Entity.EMPLOYEE and identified is Entity.CONTACT


def _by_values(values: Sequence[str], entity: Entity) -> Iterator[_Candidate]:
    """Yield what the values say without any name.

    E-mail addresses and Italian fiscal codes speak for themselves; the rest is for discovery.
    """
    filled = [value for value in values if value.strip()]
    addresses = sum("@" in value and parse_email(value).value is not None for value in filled)
    if 2 * addresses > len(filled):
        for target in TARGETS[entity].values():
            if "email" in target.kinds:
                yield _Candidate(target.name, BY_VALUES, Reason.VALUES)
    codes = sum(bool(codicefiscale.is_valid(value)) for value in filled)
    if 2 * codes > len(filled) and "fiscal_code" in TARGETS[entity]:
        yield _Candidate("fiscal_code", SURE, Reason.VALUES)


def _by_discovery(
    proposal: Proposal | None, values: Sequence[str], entity: Entity
) -> Iterator[_Candidate]:
    """Yield the fields that take the kind of column that discovery proposes from its values."""
    if proposal is None or not proposal.kind or not any(value.strip() for value in values):
        return
    is_person = entity in {Entity.CONTACT, Entity.EMPLOYEE}
    for target in TARGETS[entity].values():
        if proposal.kind not in target.kinds:
            continue
        if is_person and target.category is Category.POSTAL_ADDRESS and proposal.category is None:
            continue  # the address of a company is not where the person lives
        # Never above what a header of our own vocabulary says.
        confidence = min(proposal.confidence, 1.0) * (SURE - 0.1)
        confidence -= 0.05 * target.kinds.index(proposal.kind)
        if confidence >= LEAST:
            yield _Candidate(target.name, round(confidence, 4), Reason.DISCOVERY)


def _candidates(
    header: str, values: Sequence[str], *, entity: Entity, proposal: Proposal | None
) -> list[_Candidate]:
    """Return the candidates of a column, one for each field, the best first."""
    best: dict[str, _Candidate] = {}
    for candidate in (
        *_by_header(header, values, entity),
        *_by_discovery(proposal, values, entity),
        *_by_values(values, entity),
    ):
        known = best.get(candidate.target)
        if known is None or candidate.confidence > known.confidence:
            best[candidate.target] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.confidence)


def _refusal(header: str, proposal: Proposal | None) -> tuple[Category, Reason, float] | None:
    """Return the category for which a column is refused, with what says so, or None."""
    if category := headers.forbidden_category(header):
        return category, Reason.HEADER, SURE
    if proposal is not None and proposal.category in FORBIDDEN and proposal.confidence >= SUSPECTED:
        return proposal.category, Reason.DISCOVERY, proposal.confidence
    return None


def propose(
    source_header: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    entity: Entity,
    proposals: Sequence[Proposal] | None = None,
) -> Mapping:
    """Propose a field, or the reason for none, for every column of a file.

    Parameters
    ----------
    source_header : names of the columns
    sample_rows : some rows, as many cells each as the header; others are not looked at
    entity : the kind of record that the rows are
    proposals : what discovery says, one for each column in order, or None for no scan

    Raises
    ------
    ValueError where the proposals are not as many as the columns
    """
    width = len(source_header)
    if proposals is not None and len(proposals) != width:
        raise ValueError("one proposal for each column is needed")
    rows = [row for row in sample_rows if len(row) == width]
    columns: dict[int, ColumnMapping] = {}
    candidates: dict[int, list[_Candidate]] = {}
    filled: dict[int, int] = {}
    for index, header in enumerate(source_header):
        values = [row[index] for row in rows]
        proposal = proposals[index] if proposals is not None else None
        if refusal := _refusal(header, proposal):
            columns[index] = _refused(index, header, refusal)
            continue
        candidates[index] = _candidates(header, values, entity=entity, proposal=proposal)
        filled[index] = sum(bool(value.strip()) for value in values)
    given = _assign(candidates, filled)
    for index, wanted in candidates.items():
        proposal = proposals[index] if proposals is not None else None
        columns[index] = _placed(
            index, source_header[index],
            entity=entity, given=given.get(index), wanted=wanted, proposal=proposal,
        )  # fmt: skip
    return Mapping(entity, tuple(columns[index] for index in range(width)))


def _assign(
    candidates: dict[int, list[_Candidate]], filled: dict[int, int]
) -> dict[int, _Candidate]:
    """Give each field to one column: the surest, then the fullest, then the leftmost."""
    ranked = sorted(
        (
            (-candidate.confidence, rank, -min(filled[index], 1), index, candidate)
            for index, wanted in candidates.items()
            for rank, candidate in enumerate(wanted)
        ),
        key=lambda item: item[:4],
    )
    given: dict[int, _Candidate] = {}
    taken: set[str] = set()
    for *_order, index, candidate in ranked:
        if index not in given and candidate.target not in taken:
            given[index] = candidate
            taken.add(candidate.target)
    return given


def _refused(index: int, header: str, refusal: tuple[Category, Reason, float]) -> ColumnMapping:
    category, reason, confidence = refusal
    because = Dropped.SECRET if category in NEVER_STORED else Dropped.SPECIAL
    return ColumnMapping(index, header, None, reason, confidence, category, because)


def _placed(
    index: int,
    header: str,
    *,
    entity: Entity,
    given: _Candidate | None,
    wanted: list[_Candidate],
    proposal: Proposal | None,
) -> ColumnMapping:
    """Return the place of a column that was given a field, or lost it, or never had one."""
    if given is not None:
        category = TARGETS[entity][given.target].category
        return ColumnMapping(index, header, given.target, given.reason, given.confidence, category)
    category = proposal.category if proposal is not None else None
    if not wanted:
        return ColumnMapping(index, header, None, Reason.NOTHING, 0.0, category, Dropped.NO_TARGET)
    best = wanted[0]
    category = TARGETS[entity][best.target].category
    return ColumnMapping(index, header, None, best.reason, best.confidence, category, Dropped.TAKEN)
