"""People in free text, by rule: Italian and English, from what stands around a name.

Nobody is found by a capital alone. A run of words with capitals is a person when a title, a
relation or a verb of dealing stands before it ("sentito Bellucci", "her son Callum"), when a verb
that only people do stands after it ("Fatou Ndiaye chiede"), or when it holds a given name we know
and another word. In small letters and in capitals throughout, the lists decide more. Whoever has
none of these is missed; `docs/discovery-evaluation.md` says how often.
"""

# ruff: noqa: E501  # alternatives are read as one line

import re
from collections.abc import Iterator
from itertools import pairwise

from registry.discovery import gate, name_lists
from registry.discovery.gate import Possible
from registry.discovery.gazetteer import fold, word_set
from registry.discovery.matches import Match
from registry.discovery.name_words import KIN, NO_NAMES, RELATIONS

_TITLED, _SURE, _LIKELY = 0.75, 0.65, 0.5

_UPPER = r"[A-ZÀ-ÖØ-ÞĀ-Ž]"
_CAP = rf"{_UPPER}[^\W\d_]*(?:['’\-]{_UPPER}?[^\W\d_]+)*"
_LETTER, _CAPITAL = re.compile(r"[^\W\d_]"), re.compile(_UPPER)
_SMALL = (
    r"(?:de|di|da|del|della|dello|degli|dei|lo|la|li|dal|dalla|van|von|der|den|el|al|bin|dos|d['’])"
)
_RUN = gate.shape(
    rf"(?<![\w@.\-/'’])(?:{_SMALL}\s)?{_CAP}(?:\s(?:{_SMALL}\s?)?{_CAP}){{0,4}}(?![\w@]|\.\w)"
)
_SHOUT = gate.shape(
    rf"(?<![\w@.\-/]){_UPPER}{{2,}}(?:['’]{_UPPER}+)?(?:\s{_UPPER}{{2,}}(?:['’]{_UPPER}+)?)*(?![\w@])"
)

_TITLE = (
    r"sig(?:\.ra|\.na|\.ri|g\.ri|nora|nore|norina|nor|ra)?\.?|dott(?:\.ssa|oressa|\.|ore|or)?|dr(?:\.ssa|\.)?"
    r"|avv(?:\.to|\.|ocato|ocata)|ing(?:\.|egnere?)|geom(?:\.|etra)|rag\.|prof(?:\.ssa|essoressa|\.|essore|essor)?"
    r"|arch\.|mr|mrs|ms|miss|sir"
)
_AFTER_TITLE = gate.shape(
    rf"(?<![\w.])(?i:(?:{_TITLE})\.?\s+){{1,3}}(?P<name>(?i:{_SMALL}\s)?{_CAP}(?:\s+(?:{_SMALL}\s?)?{_CAP}){{0,2}})"
)
_SMALL_AFTER_TITLE = gate.shape(
    rf"(?<![\w.])(?P<title>(?i:{_TITLE}))\.?\s+(?P<name>(?:{_SMALL}\s)?[a-zà-ÿ'’]+(?:\s(?:{_SMALL}\s)?[a-zà-ÿ'’]+)?)"
)
_KIN = "|".join(sorted(RELATIONS - {"ex", "tecnico", "medico"}))
_BEFORE = gate.shape(
    r"(?<!\w)(?i:parlat[oa] (?:ieri )?con|sentit[oaie]|incontrat[oa]|(?:ri)?chiamat[oaie]|(?:ri)?chiamare|contatt(?:are|at[oaie])|avvisat[oaie]|avvisare"
    r"|chied(?:e|ere|eva|ono) (?:di|a)|ha chiesto|per conto di|a nome(?: di)?|intestat[oaie] a|intestatari[oa](?: conto)?|nominativo|cognome e nome|nome e cognome|nome"
    r"|(?:mi|si) chiam[oa]|che si chiama|io sottoscritt[oa]|sottoscritt[oa]|sono|all['’]attenzione di|c\.a\.|att\.ne|referente(?: tecnico| commerciale)?|operat(?:ore|rice)|delegat[oa]|perito"
    r"|un cert[oa]|citofono|risponde|firmat[oa]|spett\.le|presso|solo con|promess[oa] da|saluti|fede|cordialmente|sinceramente"
    r"|spoke (?:to|with)|spoken (?:to|with)|talked (?:to|with)|met with|call(?:ed)? back|ask(?:ed)? for|on behalf of|attn\.?|my name is|name is|named|name|contact|transferred to|this is|its|it['’]s|i['’]m|i am"
    rf"|regards|sincerely|faithfully|colleague|ring|{_KIN})(?:,? di nome| is| was|,)?[\s,:;(]{{1,3}}(?:(?i:{_SMALL}|of|from|il|la|lo)\s)?$"
)
_VERB = re.compile(
    r"(?:,[^,.;]{1,40},)?\s(?:nn |non |mi |ci |si |ha |have |has |will |was |is |and )?(?i:chied\w+|vuole|vorrebbe|dic[ei]\w*|conferm\w+|richiam\w+|chiam\w+|rispond\w+|risposto|lament\w+|pag[ah]\w*|preferi\w+|detto|promess[oa]|scri(?:ve|tto)"
    r"|manda|chiesto|parlat[oa]|ritira|segnal\w+|telefon\w+|riferi\w+|accett\w+|rifiut\w+|sostiene|spiega"
    r"|says?|said|told|tells|asked|asks|wants?|wanted|called|calls|call us|rang|confirmed|confirms|signs|signed|promised|complained|reports|picked up|returned my|rude|maleducat\w+)\b"
)
_POSSESSED = re.compile(
    r"['’]s (?:wife|husband|son|daughter|mother|father|brother|sister|partner|colleague)\b"
)
_THING_BEFORE = gate.shape(
    r"(?<!\w)(?i:via|viale|v\.le|piazza|p\.?zza|piazzale|corso|c\.so|largo|vicolo|vico|strada|contrada|lungomare|borgo|sal[ae]|aula|modello|reparto|ufficio|linea|serie|progetto|nave"
    r"|filiale|sede|premio|hotel|ristorante|bar|villa|palazzo|ponte|museo|teatro|stadio|scuola|liceo|istituto|ospedale|aeroporto|monte|san|santa|santo|s\.|ditta|studio|fondazione|galleria"
    r"|tipografia|officine?|festa|fiera|codice|auto|articolo|libro|film|the|room|st\.?|at)\s+(?:\w+\s+)?$"
)
_THING_AFTER = re.compile(
    r"\s*(?:room|street|road|avenue|lane|close|square|museum|park|office|branch|collection|box set|ristorante|report|university|school|hospital|bridge|station)(?!\w)",
    re.IGNORECASE,
)
_PARTICLE_BEFORE = re.compile(rf"(?<!\w)(?i:{_SMALL})\s$")
_COMPANY_AFTER = re.compile(
    r",?\s*(?:&|s\.?r\.?l|s\.?p\.?a|s\.?n\.?c|s\.?a\.?s|ltd|llc|inc|gmbh)(?!\w)", re.IGNORECASE
)
_NO_PART = NO_NAMES | KIN
_PLAIN_TITLE = frozenset({"mr", "mrs", "ms"})
_THINGS = word_set("""
    modello reparto ufficio linea serie progetto nave filiale sede premio officine officina festa
    fiera alfa tipografia hotel trattoria sala aula codice
""")
_HOLY = frozenset({"san", "santa", "santo", "santi", "beato", "beata", "st", "saint"})
_BEGINS = re.compile(r"(?:^|[.!?:;\n\r•\-–—\"“«(])\s*$")
_CUE_SMALL = gate.shape(
    r"(?<!\w)(?i:ciao sono|salve sono|sono|mi chiamo|si chiama|my name is|hi its|its|it['’]s|this is|i['’]m|a nome(?: di)?|intestat[oa] a"
    r"|referente:?|nominativo:?|parlat[oa] con|sentit[oa]|(?:ri)?chiamare|contattare|chiede di|ring|call)\s+"
    r"(?P<name>[a-zà-ÿ’']{3,}(?:\s[a-zà-ÿ’']{2,})?)"
)
_NEAR = 48
_WORDS_OF_A_NAME = 2
_LONGEST = 4
_SHOUTED = 0.6


def find(text: str, possible: Possible = gate.ANYTHING) -> Iterator[Match]:
    """Find people; spans may overlap, the higher score is the better one.

    Parameters
    ----------
    possible : what the gate saw in the text (`gate.possible`)
    """
    shouts = _shouts(text)
    if not shouts:
        yield from _titled(text, possible)
        yield from _in_runs(text, possible)
    yield from _shouted(text, possible)
    if not shouts:
        yield from _in_small_titled(text, possible)
    elif len(small := text.lower()) == len(text):  # a few capitals are two signs in small letters
        yield from _in_small_titled(small, gate.ANYTHING)
    yield from _in_small_letters(text, possible)


def _shouts(text: str) -> bool:
    letters = len(_LETTER.findall(text))
    return letters > 0 and len(_CAPITAL.findall(text)) > _SHOUTED * letters


def _titled(text: str, possible: Possible) -> Iterator[Match]:
    """Find "Sig.ra Bianchi"."""
    for hit in _AFTER_TITLE.within(text, possible):
        span = _trimmed(text, *hit.span("name"))
        if span:
            yield Match("PERSON", *span, _TITLED)


def _in_small_titled(text: str, possible: Possible) -> Iterator[Match]:
    """Find "sig pasquale la rocca" and "mrs okafor": what follows is known, or the title is plain."""
    known = name_lists.known()
    for hit in _SMALL_AFTER_TITLE.within(text, possible):
        end = hit.start("name")
        plain = hit["title"].lower() in _PLAIN_TITLE
        for word in re.finditer(r"\S+", hit["name"]):
            fits = fold(word.group()) in known or (plain and fold(word.group()) not in NO_NAMES)
            if not fits and not _is_particle(word.group()):
                break
            end = hit.start("name") + word.end()
            plain = False
        if end > hit.start("name"):
            yield Match("PERSON", hit.start("name"), end, _SURE)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Take words that are no part of a name off both ends of a run; None if nothing is left."""
    words = [(start + m.start(), start + m.end()) for m in re.finditer(r"\S+", text[start:end])]
    while words and fold(text[slice(*words[0])]) in _NO_PART and _is_cap(text[words[0][0]]):
        words.pop(0)
    while words and fold(text[slice(*words[-1])]) in _NO_PART:
        words.pop()
    return (words[0][0], words[-1][1]) if words else None


def _is_cap(character: str) -> bool:
    return character.isupper()


def _in_runs(text: str, possible: Possible) -> Iterator[Match]:
    """Judge runs of words with capitals by what stands before, inside and after."""
    for hit in _RUN.within(text, possible):
        span = _trimmed(text, *hit.span())
        if span is None or not is_plausible(text, *span):
            continue
        start, end = span
        before = text[max(0, start - _NEAR) : start]
        cued = _stands(_BEFORE, text, start, possible)
        thing = not cued and _stands(_THING_BEFORE, text, start, possible)
        if thing or (not cued and _THING_AFTER.match(text, end)):
            continue
        score = _score(text, start, end, cued=cued)
        if _BEGINS.search(before) and (score == 0 or _opens(text[start:end])):
            # "Consegnato a", "Ask Lucas Mancini": the first word has its capital anyway
            later, less = _without_first(text, start, end, possible)
            start, score = (later, less) if less or not score else (start, score)
        if score:
            yield Match("PERSON", start, end, score)


def _opens(run: str) -> bool:
    """Say whether the first of three words or more is no name we know."""
    words = fold(run).split()
    return len(words) > _WORDS_OF_A_NAME and words[0] not in name_lists.known()


def is_plausible(text: str, start: int, end: int) -> bool:
    """Say whether a run may be a person: no saint's town, no company, no model or hall."""
    words = fold(text[start:end]).split()
    holy = bool(_HOLY.intersection(words))
    return not holy and words[0] not in _THINGS and _COMPANY_AFTER.match(text, end) is None


def plausible_part(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return what of a name that a model proposes can be one, or None."""
    span = _trimmed(text, start, end)
    if span is None or not is_plausible(text, *span) or _THING_AFTER.match(text, span[1]):
        return None
    last = text[slice(*span)].rsplit(maxsplit=1)[-1]
    return None if _THING_AFTER.fullmatch(" " + last) else span


def _score(text: str, start: int, end: int, *, cued: bool) -> float:
    """Say how sure a run is a person; 0 for not at all."""
    words = [
        w for w in fold(text[start:end]).split() if w not in ("de", "di", "da", "del", "la", "lo")
    ]
    if len(words) > _LONGEST:
        return 0.0
    named = bool(name_lists.given().intersection(words))
    several = len(words) >= _WORDS_OF_A_NAME
    acts = _VERB.match(text, end) is not None or _POSSESSED.match(text, end) is not None
    inside = not NO_NAMES.intersection(words)
    plain = words[0] in name_lists.ambiguous()
    begins = _BEGINS.search(text[max(0, start - 5) : start]) is not None
    if several:
        fits = inside and (named or cued or acts)
        return _SURE if fits else 0.0
    if cued:
        return _SURE if named or words[0] in name_lists.family() else _LIKELY
    if named and not plain and (acts or not begins):
        return _LIKELY
    return _LIKELY if acts and not begins and words[0] in name_lists.family() else 0.0


def _stands(shape: gate.Shape, text: str, start: int, possible: Possible) -> bool:
    """Say whether a shape stands right before a place of a text."""
    if shape.number not in possible:
        return False
    return shape.pattern.search(text, max(0, start - _NEAR), start) is not None


def _without_first(text: str, start: int, end: int, possible: Possible) -> tuple[int, float]:
    """Judge a run without the first word of its sentence."""
    first = re.match(r"\S+\s+", text[start:end])
    if first is None or fold(first.group().strip()) in name_lists.given():
        return start, 0.0
    cut = start + first.end()
    cued = _stands(_BEFORE, text, cut, possible)
    thing = _stands(_THING_BEFORE, text, cut, possible)
    return cut, 0.0 if thing and not cued else _score(text, cut, end, cued=cued)


def _shouted(text: str, possible: Possible) -> Iterator[Match]:
    """Find a given and a family name side by side where everything has capitals."""
    given, family = name_lists.given(), name_lists.family()
    for run in _SHOUT.within(text, possible):
        words = [
            (run.start() + m.start(), run.start() + m.end(), fold(m.group()))
            for m in re.finditer(r"\S+", run.group())
        ]
        for (start, _end, one), (_start, end, other) in pairwise(words):
            pair = (one in given and other in family) or (one in family and other in given)
            half = (one in given) != (other in given) and not {one, other} & NO_NAMES
            if pair or (
                half and len([w for w in words if not _is_particle(w[2])]) == _WORDS_OF_A_NAME
            ):
                particle = _PARTICLE_BEFORE.search(text[max(0, start - 7) : start])
                yield Match("PERSON", start - (len(particle[0]) if particle else 0), end, _SURE)


def _is_particle(word: str) -> bool:
    return re.fullmatch(_SMALL, word) is not None


def _in_small_letters(text: str, possible: Possible) -> Iterator[Match]:
    """Find "ciao sono giada" and "chiamare marco ferri": a cue and a given name we know."""
    for hit in _CUE_SMALL.within(text, possible):
        words = hit["name"].split()
        known = [fold(word) for word in words]
        given = [
            word in name_lists.given() and word not in name_lists.ambiguous() for word in known
        ]
        if (
            len(words) == _WORDS_OF_A_NAME
            and (known[1] in name_lists.family() or given[1])
            and (given[0] or (given[1] and known[0] not in NO_NAMES))
        ):
            yield Match("PERSON", *hit.span("name"), _SURE)
        elif given[0]:
            yield Match("PERSON", hit.start("name"), hit.start("name") + len(words[0]), _LIKELY)
