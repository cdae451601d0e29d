"""Which columns of a file the DPO is asked about: what was refused, and what has no field.

A column that a person leaves out, or that gets a field, raises no question.
"""

from collections.abc import Iterator, Sequence

from crm.imports.columns import ColumnMapping, Dropped, Mapping
from crm.imports.mapping import SUSPECTED
from registry.discovery.columns import ColumnProposal
from registry.findings import SeenColumn
from registry.questioning import Question

QUESTION_OF = {
    Dropped.SECRET: Question.REFUSED_COLUMN,
    Dropped.SPECIAL: Question.SPECIAL_CATEGORY,
    Dropped.NO_TARGET: Question.UNDECLARED_COLUMN,
    Dropped.TAKEN: Question.UNDECLARED_COLUMN,
}


def about(
    mapping: Mapping, proposals: Sequence[ColumnProposal], sample: Sequence[Sequence[str]]
) -> list[SeenColumn]:
    """Return the columns that raise a question.

    Parameters
    ----------
    proposals : what discovery says, one for each column in order
    sample : rows of cells; short rows are read as if padded with empty cells
    """
    return list(_about(mapping, proposals, sample))


def _about(
    mapping: Mapping, proposals: Sequence[ColumnProposal], sample: Sequence[Sequence[str]]
) -> Iterator[SeenColumn]:
    for column, proposal in zip(mapping.columns, proposals, strict=True):
        question = QUESTION_OF.get(column.dropped_because) if column.dropped_because else None
        if question is None or column.category is None:
            continue
        if question is Question.UNDECLARED_COLUMN and not _looks_personal(column, proposal):
            continue
        values = [row[column.index] for row in sample if column.index < len(row)]
        yield SeenColumn(column.header, column.category, question, proposal.kind, values)


def _looks_personal(column: ColumnMapping, proposal: ColumnProposal) -> bool:
    """Believe our own vocabulary of headers, and discovery where it is rather sure."""
    if column.dropped_because is Dropped.TAKEN:
        return True
    return proposal.confidence >= SUSPECTED
