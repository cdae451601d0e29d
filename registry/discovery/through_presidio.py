"""The same finders behind Presidio's analyser: the slow way, to compare with and to add to.

`analyzer` is what Custode ran before `engine` had two stages: Presidio's recognisers for what is
written alike everywhere, our finders wrapped as recognisers of theirs, and the English model.
Tests hold the two against each other; whoever has recognisers of Presidio's adds them here.
Only this module imports Presidio, when it is first called.

Presidio's e-mail recogniser asks tldextract for the public suffix list, which tldextract would
fetch on first use; `stay_offline` gives it the list that ships with the package.
"""

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from registry.discovery import identifiers, italian, people, telephones
from registry.discovery.engine import LANGUAGES, SCORE_OF_MODEL
from registry.discovery.identifier_table import IDENTIFIERS
from registry.discovery.matches import Match

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

THRESHOLD = 0.4
"""Scores below are not reported: at 0.3 Presidio reports fiscal codes with a wrong check letter."""

_PHONE_CONTEXT = ["telefono", "tel", "cell", "cellulare", "numero", "chiamare", "richiamare",
                  "mobile", "phone", "call", "whatsapp", "fisso", "recapito"]  # fmt: skip
_FINDERS: dict[str, tuple[Callable[[str], Iterator[Match]], tuple[str, ...]]] = {
    "official numbers": (identifiers.find, tuple(row.entity for row in IDENTIFIERS)),
    "Italian notes": (italian.find, (
        "IT_IDENTITY_CARD", "IT_PASSPORT", "IT_DRIVER_LICENSE", "IT_PLATE", "IT_HEALTH_CARD",
        "STREET_ADDRESS", "IBAN_CODE", "BIRTH_DATE", "PASSWORD", "CARD_CODE",
    )),
    "people": (people.find, ("PERSON",)),
}  # fmt: skip


def stay_offline() -> None:
    """Give tldextract the suffix list it ships with, before Presidio asks it anything."""
    import tldextract

    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    # Presidio calls the module-level function, so the module-level names are what to replace.
    tldextract.tldextract.TLD_EXTRACTOR = offline
    tldextract.extract = offline  # type: ignore[assignment]  # callable with the same arguments
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # its warnings name recognisers


def analyzer(models: dict[str, Any]) -> "AnalyzerEngine":
    """Make an analyser with our finders.

    Parameters
    ----------
    models : ready spaCy pipelines for some of `LANGUAGES`; the others get blank ones, and their
        people are found by rule alone
    """
    stay_offline()
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    nlp_engine = SpacyNlpEngine(
        models=[{"lang_code": code, "model_name": "ready"} for code in LANGUAGES],
        ner_model_configuration=NerModelConfiguration(
            default_score=SCORE_OF_MODEL,
            labels_to_ignore=["CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL",
                              "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART"],
        ),
    )  # fmt: skip
    # Never `load`: it would download a model that is missing.
    nlp_engine.nlp = {  # type: ignore[assignment]  # Presidio annotates it None
        code: models.get(code) or spacy.blank(code) for code in LANGUAGES
    }
    registry = RecognizerRegistry(
        recognizers=[
            r for code in LANGUAGES for r in _recognizers(code, with_names=code in models)
        ],
        supported_languages=list(LANGUAGES),
    )
    return AnalyzerEngine(
        registry=registry, nlp_engine=nlp_engine, supported_languages=list(LANGUAGES)
    )


def _recognizers(language: str, *, with_names: bool) -> list["EntityRecognizer"]:
    """Return the recognisers of one language: Presidio's general ones, and ours."""
    from presidio_analyzer import predefined_recognizers as presidio

    chosen: list[EntityRecognizer] = [
        presidio.EmailRecognizer(supported_language=language),
        presidio.IpRecognizer(supported_language=language),
        presidio.CreditCardRecognizer(
            supported_language=language, context=["carta", "card", "credito", "credit", "visa"]
        ),
        presidio.IbanRecognizer(supported_language=language),
        presidio.PhoneRecognizer(
            supported_language=language,
            supported_regions=telephones.PHONE_REGIONS,
            context=_PHONE_CONTEXT,
        ),
    ]
    if with_names:
        chosen.append(
            presidio.SpacyRecognizer(supported_language=language, supported_entities=["PERSON"])
        )
    chosen.extend(_adapted(name, language) for name in _FINDERS)
    return chosen


def _adapted(name: str, language: str) -> "EntityRecognizer":
    """Wrap one of our finders as a recogniser; the class is made here to stay lazy."""
    from presidio_analyzer import LocalRecognizer, RecognizerResult

    finder, entities_found = _FINDERS[name]

    class FinderRecognizer(LocalRecognizer):
        """A recogniser that asks a plain function."""

        def load(self) -> None:
            """Do nothing: a function needs no loading."""

        def analyze(
            self, text: str, entities: list[str], nlp_artifacts: object = None
        ) -> list[RecognizerResult]:
            """Return what the function finds, as Presidio wants it."""
            del entities, nlp_artifacts
            return [RecognizerResult(m.entity, m.start, m.end, m.score) for m in finder(text)]

    return FinderRecognizer(
        supported_entities=list(entities_found), supported_language=language, name=name
    )
