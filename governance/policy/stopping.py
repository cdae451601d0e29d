"""Whether a message tells us to stop: by a word for it, on its own or at its start.

Art. 21(2)-(3), 7(3): as easy as an answer of one word, in the two languages we speak, however it is
written. What is quoted below an answer is not the person's word, nor is a word in the middle of a
sentence: "non stop" asks for nothing. A word that has other uses counts only where it stands alone.
"""

import re
import unicodedata

AT_THE_START = (
    "stop", "unsubscribe", "disiscrivimi", "disiscrivetemi", "disiscrizione", "cancellami",
    "cancellatemi", "toglimi", "toglietemi", "rimuovimi", "rimuovetemi", "opt out", "optout",
    "remove me", "take me off", "non scrivetemi piu", "non scrivermi piu", "non contattatemi piu",
    "non contattarmi piu", "non chiamatemi piu", "non chiamarmi piu", "non mandatemi piu",
    "non inviatemi piu", "no pubblicita", "no marketing", "do not contact me", "dont contact me",
    "do not call me", "dont call me", "do not write to me", "dont write to me", "do not text me",
    "dont text me", "no more messages", "no more emails", "no more calls",
)  # fmt: skip
ALONE = ("basta", "fine", "annulla", "cancella", "end", "quit", "cancel", "arret", "stopp")
POLITE = ("per favore", "perfavore", "grazie", "please", "thanks", "thank you", "all", "tutto")
QUOTED = re.compile(
    r"^(>|-{2,}\s*(original|messaggio)|on .{4,100} wrote:$|il .{4,100} ha scritto:$|_{8,}$)",
    re.IGNORECASE,
)
PREFIX = re.compile(r"^((re|r|i|fw|fwd|rif)\s*:\s*)+", re.IGNORECASE)
START = re.compile(rf"^({'|'.join(AT_THE_START)})(?![\w-])")


def is_stop(body: str, subject_line: str = "") -> bool:
    """Whether the words of a message, or the subject line of one without words, say stop."""
    said = _said(body)
    return _says_stop(said) if said else _says_stop(_plain(PREFIX.sub("", subject_line.strip())))


def _said(body: str) -> str:
    """Return what the person wrote themselves, in plain small letters."""
    own = []
    for line in body.splitlines():
        if QUOTED.match(line.strip()):
            break
        own.append(line)
    return _plain(" ".join(own))


def _says_stop(said: str) -> bool:
    if START.match(said):
        return True
    words = said
    for polite in POLITE:
        words = re.sub(rf"\b{polite}\b", " ", words)
    return " ".join(re.sub(r"[^\w\s]", " ", words).split()) in ALONE


def _plain(text: str) -> str:
    """Return text in small letters without accents, apostrophes and what stands around words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return " ".join(re.sub(r"['’`\"«»“”]", "", kept).split()).lstrip(" .,;:!?¡¿*_~-()[]")
