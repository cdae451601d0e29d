"""Where each fact of the authorities' forms and of DPV has its home: the text of a document."""

from collections.abc import Iterable, Iterator

from registry.exchange import linked
from registry.exchange.facts import FACTS, LEFT_OUT
from registry.exchange.layouts import LAYOUTS, Column, Kind

NAMES = {"garante": "Garante", "cnil": "CNIL", "ico": "ICO"}
HOMES = {
    Kind.UPDATED: "start of the version in force; what another register said: answer `updated_on`",
    Kind.SOURCES: "`DataSource` linked to the version",
    Kind.RECIPIENTS: "`Recipient` linked to the version; in words: answer `recipients_words`",
    Kind.TRANSFERS: "`Transfer` of these recipients; in words: `ActivityVersion.transfers`",
    Kind.RETENTION: "`RetentionRule` of the version; in words: answer `retention_words`",
    Kind.MEASURES: "`ActivityVersion.measure_kinds`; in words: `ActivityVersion.measures`",
    Kind.ASSESSMENT: "`ImpactAssessment` of the activity; in words: answer `assessment_words`",
    Kind.PROFILING: "`ActivityVersion.profiling`, `ActivityVersion.automated_decisions`;"
    " in words: answer `profiling_words`",
}
MODELS = {"version": "ActivityVersion", "purpose": "Purpose", "": "ProcessingActivity"}
HEAD = """# Where the facts of other registers have their home

Made by `manage.py export_register_fields`; a test compares. Facts are columns of the register's
models; *answer* is a text beside the version of an activity, by the key of its question
(`registry/exchange/asked.py`). What is taken in and has no value here stays as an answer in words.
"""


def document() -> str:
    """Return the whole document in Markdown."""
    parts = [HEAD]
    for layout in LAYOUTS.values():
        rows = [(c.title, f"`Controller.{c.path}`") for c in layout.company]
        rows += [(c.title, _home(c)) for c in layout.activity]
        parts.append(_table(NAMES[layout.key], ("asked", "home"), rows))
    parts.append(_table("DPV 2.3", ("name in the document", "term"), _terms()))
    words = (
        (f"{name}: {word}", meant)
        for name, (_term, _words, known) in linked.VALUES.items()
        for word, meant in known.items()
    )
    parts.append(_table("Words of DPV 2.3", ("word", "term"), words))
    parts.append(_table("What goes out and comes in", ("model", "fields"), _facts()))
    parts.append(_table("What does not", ("field", "because"), _left()))
    return "\n".join(parts)


def _home(column: Column) -> str:
    if column.kind is Kind.ANSWER:
        return f"answer `{column.path}`"
    if column.kind in HOMES:
        return HOMES[column.kind]
    part, _, name = column.path.rpartition(".")
    return f"`{MODELS[part]}.{name}`"


def _terms() -> Iterator[tuple[str, str]]:
    yield from linked.TERM.items()
    yield from ((name, term) for name, (term, _words, _meant) in linked.VALUES.items())


def _facts() -> Iterator[tuple[str, str]]:
    for model, names in FACTS.items():
        yield f"`{model.__name__}`", ", ".join(f"`{name}`" for name in names)


def _left() -> Iterator[tuple[str, str]]:
    for model, reasons in LEFT_OUT.items():
        for name, reason in reasons.items():
            yield f"`{model.__name__}.{name}`", reason


def _table(title: str, heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"## {title}", "", f"| {heads[0]} | {heads[1]} |", "|---|---|"]
    lines += [f"| {left} | {right} |" for left, right in rows]
    return "\n".join(lines) + "\n"
