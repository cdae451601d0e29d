"""One scan from target to report, and the questions it leaves with the DPO."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from governance.policy.actors import system
from governance.policy.categories import Category
from governance.scanning import agreement, databases, files
from governance.scanning.agreement import Standing
from governance.scanning.errors import SourceNotFoundError
from governance.scanning.judging import SeenColumn, SeenTable, judge_table, judge_text
from governance.scanning.pieces import Piece, Table, Text
from governance.scanning.report import Report
from registry import findings
from registry.models import Controller
from registry.questioning import Question

SAMPLE = 1_000
Progress = Callable[[int, int, str], None]
"""Called with how many of how many are done, and what is next."""

_QUESTION = {
    Standing.SECRET: Question.REFUSED_COLUMN,
    Standing.SPECIAL: Question.SPECIAL_CATEGORY,
    Standing.NOT_COVERED: Question.UNDECLARED_COLUMN,
    Standing.UNSURE: Question.UNDECLARED_COLUMN,
}


def address_of(target: str) -> str:
    """Return a target; `env:NAME` is taken from the environment, which no process list shows.

    Raises
    ------
    SourceNotFoundError
        the variable is not set
    """
    if not target.startswith("env:"):
        return target
    address = os.environ.get(target.removeprefix("env:"))
    if not address:
        raise SourceNotFoundError
    return address


def scan(
    target: str,
    *,
    now: datetime,
    controller: Controller | None = None,
    sample: int = SAMPLE,
    progress: Progress = lambda _done, _of, _name: None,
) -> Report:
    """Look at a file, a folder or a foreign database, and report what it seems to hold.

    Parameters
    ----------
    target : a path, an address that SQLAlchemy knows, or `env:NAME`
    controller : with whose register it is compared; None compares with none
    sample : rows of each table that are looked at

    Raises
    ------
    ScanError
    """
    target = address_of(target)
    report = Report(source=_shown(target), made_at=now)
    if controller is not None:
        report.controller = controller.name
        report.register = agreement.register_of(controller, now=now)
    if databases.is_url(target):
        _scan_database(target, report, sample, progress)
    else:
        _scan_files(Path(target), report, sample, progress)
    return report


def _shown(target: str) -> str:
    """Return what a report calls its source: never a user or a password."""
    if not databases.is_url(target):
        return Path(target).name or target
    scheme, _sep, rest = target.partition("://")
    where = rest.rpartition("@")[2].partition("?")[0]
    return f"{scheme.partition('+')[0]}://{where}"


def _scan_database(url: str, report: Report, sample: int, progress: Progress) -> None:
    with databases.opened(url) as database:
        tables = database.tables()
        for done, named in enumerate(tables):
            progress(done, len(tables), str(named))
            _take(database.look_at(named, sample=sample), report)
        progress(len(tables), len(tables), "")


def _scan_files(path: Path, report: Report, sample: int, progress: Progress) -> None:
    found = files.found(path)
    for done, one in enumerate(found):
        progress(done, len(found), one.name)
        for piece in files.pieces(one, path, sample=sample, is_rest=done >= files.MOST_FILES):
            _take(piece, report)
    progress(len(found), len(found), "")


def _take(piece: Piece, report: Report) -> None:
    if isinstance(piece, Table):
        report.tables.append(judge_table(piece))
    elif isinstance(piece, Text):
        report.texts.append(judge_text(piece))
    else:
        report.unread.append(piece)


def ask(report: Report, controller: Controller, *, name: str, now: datetime) -> int:
    """Put what does not agree with the register to the DPO as findings; each is asked once.

    Parameters
    ----------
    name : of the source, as the findings show it

    Returns
    -------
    int
        How many questions are new.
    """
    asked = [
        question
        for table in report.tables
        for column in table.columns
        if (question := _asked(table, column, report)) is not None
    ]
    return findings.from_columns(system(controller.pk), name, asked, now=now)


def _asked(table: SeenTable, column: SeenColumn, report: Report) -> findings.SeenColumn | None:
    question = _QUESTION.get(agreement.standing(column, report.register))
    if question is None:
        return None
    category = _gravest(column, report)
    return findings.SeenColumn(
        title=f"{table.name}.{column.header}",
        category=category,
        question=question,
        kind=column.kind,
        values=[_masked(column, category)] * column.filled,  # masked again, it stays what it is
    )


def _gravest(column: SeenColumn, report: Report) -> Category:
    """Return the category that the question is about."""
    wanted = agreement.standing(column, report.register)
    held = [*filter(None, [column.category]), *(one.category for one in column.spoken)]
    for category in held:
        if (
            wanted is Standing.UNSURE
            or agreement.of_categories({category}, report.register) is wanted
        ):
            return category
    return held[0]


def _masked(column: SeenColumn, category: Category) -> str:
    spoken = {one.category: one.masked for one in column.spoken}
    return column.masked if column.category is category else spoken.get(category, "")
