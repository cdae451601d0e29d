"""Write `docs/discovery-evaluation.md`: `make evaluation`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.discovery import data, notes
from tests.discovery.evaluation import systems, tables
from tests.discovery.evaluation.counts import Count, count, macro_f1, total

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = Path(__file__).parents[3] / "docs" / "discovery-evaluation.md"
BEGIN = "<!-- figures: written by `make evaluation`, not by hand -->"

CASES = {
    "test_email_recognizer.py": "EMAIL_ADDRESS",
    "test_iban_recognizer.py": "IBAN_CODE",
    "test_ip_recognizer.py": "IP_ADDRESS",
    "test_credit_card_recognizer.py": "CREDIT_CARD",
    "test_phone_recognizer.py": "PHONE_NUMBER",
    "test_it_fiscal_code_recognizer.py": "IT_FISCAL_CODE",
    "test_it_vat_code_recognizer.py": "IT_VAT",
    "test_it_identity_card_recognizer.py": "IT_IDENTITY_CARD",
    "test_it_passport_recognizer.py": "IT_PASSPORT",
    "test_it_driver_license_recognizer.py": "IT_DRIVER_LICENSE",
    "test_uk_nino_recognizer.py": "GB_NINO",
}
"""Tables of Presidio's own tests whose type all systems have a word for."""


def main() -> None:
    text = PAGE.read_text("utf-8")
    figures = "\n".join(line for part in (_sets, _cases, _columns) for line in part())
    PAGE.write_text(f"{text[: text.index(BEGIN)]}{BEGIN}\n\n{figures}\n", "utf-8")
    sys.stdout.write(f"{PAGE} is written\n")


def language_of(name: str) -> str:
    return "it" if name.startswith("it") else "en"


def measured(name: str, system: str) -> dict[str, Count]:
    """Return the counts by type of a system on a set."""
    rows = notes.read_set(name)
    found = systems.SYSTEMS[system]([text for text, _spans in rows], language_of(name))
    return count([spans for _text, spans in rows], found)


def figures_of(counts: "Iterable[Count]") -> str:
    """Return precision, recall and F1 of all types together, as cells of a table."""
    whole = total(counts)
    return f"{_share(whole.precision)} | {_share(whole.recall)} | {whole.f1:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _sets() -> Iterator[str]:
    results = {
        (name, system): measured(name, system) for name in notes.SETS for system in systems.SYSTEMS
    }
    yield "## Texts\n"
    yield "| set | system | precision | recall | F1 | macro F1 over types |"
    yield "|---|---|---|---|---|---|"
    for (name, system), counts in results.items():
        words = name.replace("_", ", ", 1).replace("_", " ")
        yield f"| {words} | {system} | {figures_of(counts.values())} | {macro_f1(counts.values()):.3f} |"
    for language in ("italian", "english"):
        yield f"\n### {language.capitalize()}, by type, both parts\n"
        yield from _by_type(results, language)


def _by_type(results: dict[tuple[str, str], dict[str, Count]], language: str) -> Iterator[str]:
    joined: dict[str, dict[str, Count]] = {system: {} for system in systems.SYSTEMS}
    for (name, system), counts in results.items():
        for entity, one in counts.items() if name.startswith(language) else ():
            joined[system].setdefault(entity, Count()).add(one)
    yield f"| type | marked | {' | '.join(f'{s}: P / R / F1' for s in systems.SYSTEMS)} |"
    yield f"|---|---|{'---|' * len(systems.SYSTEMS)}"
    ours = joined["Custode"]
    for entity in sorted(ours):
        one = ours[entity]
        cells = [joined[s].get(entity, Count(missed=one.hit + one.missed)) for s in joined]
        shown = " | ".join(
            f"{_share(c.precision)} / {_share(c.recall)} / {c.f1:.2f}" for c in cells
        )
        yield f"| `{entity}` | {one.hit + one.missed} | {shown} |"
    exact = total(ours.values())
    yield f"\nOf the spans Custode found, {exact.exact / exact.hit:.1%} begin and end where they should."


def _cases() -> Iterator[str]:
    yield "\n## Presidio's own test cases\n"
    yield f"| table | marked | {' | '.join(f'{s}: P / R / F1' for s in systems.SYSTEMS)} |"
    yield f"|---|---|{'---|' * len(systems.SYSTEMS)}"
    for file, entity in CASES.items():
        rows = []
        for case in data.cases(file):
            wanted = case.get("expected_positions") or case.get("expected_res") or []
            if wanted or not case["expected_len"]:  # else the table gives a number and no places
                spans = [(entity, place[0], place[1]) for place in wanted]
                rows.append((case.get("text") or case["iban"], spans))
        language = "it" if entity.startswith("IT_") else "en"
        cells = []
        for find in systems.SYSTEMS.values():
            found = [
                [s for s in spans if s[0] == entity]
                for spans in find([t for t, _ in rows], language)
            ]
            one = count([spans for _text, spans in rows], found).get(entity, Count())
            cells.append(f"{_share(one.precision)} / {_share(one.recall)} / {one.f1:.2f}")
        marked = sum(len(spans) for _text, spans in rows)
        yield f"| `{file.removeprefix('test_').removesuffix('.py')}` | {marked} | {' | '.join(cells)} |"


def _columns() -> Iterator[str]:
    yield "\n## Columns\n"
    yield "| system | macro F1 over categories | precision | recall | F1 | telco: columns without personal data called personal |"
    yield "|---|---|---|---|---|---|"
    for name, system in tables.SYSTEMS.items():
        counts = tables.measure(system)
        false, of = tables.false_share(system)
        yield f"| {name} | {macro_f1(counts.values()):.3f} | {figures_of(counts.values())} | {false} of {of} |"


if __name__ == "__main__":
    main()
