"""Discovery against Presidio and against regular expressions alone, on the same texts (goal G5).

Sides take turns over the same notes: Presidio as it comes (default registry, English model), one by
one and in its batches; the same without a model; regular expressions alone; and ours, patterns and
with the model. Rates are by processor time of one process, for the machine is shared. What each
finds of what is marked is printed beside its rate: speed that finds less would be no figure. For
G5b the findings of Presidio's patterns that ours do not make are printed too, each of them.
Columns: `propose_table` against `analyze_dict` on the same values.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from support import figures

from registry.discovery import contacts, freetext, gate, identifiers, through_presidio
from registry.discovery.columns import propose_table
from registry.discovery.matches import Match
from tests.discovery import data, notes
from tests.discovery.evaluation import systems
from tests.discovery.evaluation.counts import count, total
from tests.discovery.notes import Span

ROUNDS = 5
IN_ONE = 3
"""Texts of the sets that make one note, of about 170 characters."""
VALUES = 1_000
COLUMNS = (
    "Title", "GivenName", "Surname", "StreetAddress", "City", "ZipCode", "EmailAddress",
    "Username", "TelephoneNumber", "Birthday", "CCNumber", "NationalID", "Occupation",
)  # fmt: skip
BATCH = 128
START = """
{made}
import pathlib, time
status = pathlib.Path("/proc/self/status").read_text()
peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
print(time.process_time(), int(peak) / 1024)
"""
OURS = """
from registry.discovery import contacts, freetext
freetext.scan_many(["The box went to Zebulon Quarrier of the other office"], names={names})
"""
THEIRS = """
from tests.discovery.evaluation import systems
systems.stock().analyze("The box went to Zebulon Quarrier of the other office", "en")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds")
    rounds = ROUNDS * (3 if parser.parse_args().full else 1)
    for language in ("english", "italian"):
        texts_of(language, rounds)
    columns(rounds)
    start()
    figures.end()


def texts_of(language: str, rounds: int) -> None:
    """Compare all sides on the notes of one language."""
    rows = [row for name in notes.SETS if name.startswith(language) for row in notes.read_set(name)]
    joined = [_joined(rows[at : at + IN_ONE]) for at in range(0, len(rows), IN_ONE)]
    texts, wanted = [text for text, _spans in joined], [spans for _text, spans in joined]
    sides: dict[str, Callable[[Sequence[str]], Any]] = {
        "Presidio one by one": lambda t: [systems.stock().analyze(x, "en") for x in t],
        "Presidio in batches": _in_batches,
        "Presidio without a model": lambda t: [_blank().analyze(x, "en") for x in t],
        "regex only": lambda t: systems.regex_only(t, ""),
        "ours, what Presidio has": lambda t: [_what_both_name(x) for x in t],
        "ours, patterns": lambda t: freetext.scan_many(t, names=False),
        "ours": freetext.scan_many,
    }
    taken = _taken(sides, texts, rounds)
    size = sum(len(text.encode()) for text in texts)
    for side, seconds in taken.items():
        best = min(seconds)
        rates = {"documents/s": round(len(texts) / best, 1), "MB/s": round(size / best / 1e6, 3)}
        print(json.dumps({"language": language, "side": side, **rates}), flush=True)
    _quality(texts, wanted, language)
    _kept(texts, language)
    for peer, side, goal in (
        ("Presidio one by one", "ours", None),
        ("Presidio in batches", "ours", 2.7 if language == "english" else None),
        ("Presidio without a model", "ours, what Presidio has", 40),
        ("Presidio without a model", "ours, patterns", None),
        ("regex only", "ours, patterns", None),
    ):
        ratios = [p / o for p, o in zip(taken[peer], taken[side], strict=True)]
        figures.show(f"G5 {language} notes: {side} / {peer}", ratios, goal=goal)


def _what_both_name(text: str) -> list[Match]:
    """Find what Presidio's patterns find of people's data too, and the numbers of 30 countries."""
    seen = gate.possible(text)
    return [*contacts.find(text, seen), *identifiers.find(text, seen)]


def _kept(texts: Sequence[str], language: str) -> None:
    """Print how many findings of Presidio's patterns are ours too, and name the others.

    Of the types that both name, and from the score on from which either is reported.
    """
    found, lost = 0, []
    for text in texts:
        ours = _what_both_name(text)
        for hit in _blank().analyze(text, "en", score_threshold=through_presidio.THRESHOLD):
            if hit.entity_type not in systems.PRESIDIO_TYPES:
                continue
            found += 1
            if not any(m.start <= hit.start and hit.end <= m.end for m in ours):
                lost.append(f"{hit.entity_type} {text[hit.start : hit.end]}")
    line = {"language": language, "findings of Presidio": found, "not ours": lost}
    print(json.dumps(line), flush=True)


def _joined(rows: Sequence[tuple[str, list[Span]]]) -> tuple[str, list[Span]]:
    text, spans = "", []
    for more, marked in rows:
        start = len(text) + bool(text)
        text = f"{text}\n{more}" if text else more
        spans += [(entity, start + a, start + b) for entity, a, b in marked]
    return text, spans


def _in_batches(texts: Sequence[str]) -> Any:
    from presidio_analyzer import BatchAnalyzerEngine

    batches = BatchAnalyzerEngine(analyzer_engine=systems.stock())
    return list(batches.analyze_iterator(list(texts), "en", batch_size=BATCH))


def _blank() -> Any:
    """Presidio's default registry on an empty pipeline."""
    return systems.stock(with_model=False)


def _taken(
    sides: dict[str, Callable[[Sequence[str]], Any]], texts: Sequence[str], rounds: int
) -> dict[str, list[float]]:
    """Return the processor seconds of each side in each round, the first of which warms up."""
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds + 1):
        for side, work in sides.items():
            began = time.process_time()
            work(texts)
            taken[side].append(time.process_time() - began)
    return {side: seconds[1:] for side, seconds in taken.items()}


def _quality(texts: Sequence[str], wanted: Sequence[list[Span]], language: str) -> None:
    """Print F1 of each system on the same notes, and stop where ours is not the best."""
    found = {
        name: total(count(wanted, find(texts, language[:2])).values()).f1
        for name, find in systems.SYSTEMS.items()
    }
    rounded = {name: round(f1, 3) for name, f1 in found.items()}
    print(json.dumps({"language": language, "F1 on the same notes": rounded}), flush=True)
    if max(found, key=lambda name: found[name]) != "Custode":
        raise SystemExit("ours is fast and finds less")


def columns(rounds: int) -> None:
    """Compare labels of typed columns; which are right, `make evaluation` says."""
    from presidio_analyzer import BatchAnalyzerEngine

    headers, rows = data.table("crm/fakenamegenerator/FakeNameGenerator_odd_1500.csv")
    at = [headers.index(name) for name in COLUMNS]
    values = [[row[i] for i in at] for row in rows[:VALUES]]
    by_name = {name: [row[i] for row in values] for i, name in enumerate(COLUMNS)}

    def dictionary(with_model: bool) -> Callable[[Sequence[str]], Any]:
        batches = BatchAnalyzerEngine(analyzer_engine=systems.stock(with_model=with_model))
        return lambda _texts: list(batches.analyze_dict(by_name, "en", batch_size=BATCH))

    taken = _taken(
        {
            "sm": dictionary(True),
            "blank": dictionary(False),
            "ours": lambda _texts: propose_table(COLUMNS, values),
        },
        [],
        rounds,
    )
    for peer, goal in (("blank", 100), ("sm", 200)):
        ratios = [p / o for p, o in zip(taken[peer], taken["ours"], strict=True)]
        figures.show(f"G5a {len(COLUMNS)} columns x {VALUES}: ours / {peer}", ratios, goal=goal)


def start() -> None:
    """Print processor seconds and memory from nothing to the first finding."""
    for name, made in (
        ("ours, patterns", OURS.format(names=False)),
        ("ours", OURS.format(names=True)),
        ("Presidio", THEIRS),
    ):
        done = subprocess.run(
            [sys.executable, "-c", START.format(made=made)],
            cwd=notes.HERE.parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, megabytes = done.stdout.split()[-2:]
        line = {
            "start of": name,
            "seconds": round(float(seconds), 2),
            "MB": round(float(megabytes)),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
