"""Words of Art. 9 and 10: found whole and inflected; false friends left alone."""

import pytest

from governance.policy.categories import SPECIAL
from registry.discovery import special
from registry.discovery.special_words import WORDS


def asked(text: str) -> list[tuple[str, str]]:
    return [(m.category.value, m.word_class) for m in special.find(text)]


@pytest.mark.parametrize(
    ("text", "category", "word_class"),
    [
        ("La cliente è diabetica", "health", "condition"), ("soffre di depressione", "health", "condition"),
        ("Suo marito ha un tumore", "health", "condition"), ("he has diabetes", "health", "condition"),
        ("è in chemioterapia", "health", "treatment"), ("ricoverata in ospedale ieri"[:10], "health", "treatment"),
        ("intervento chirurgico a maggio", "health", "treatment"), ("was hospitalised", "health", "treatment"),
        ("per motivi di salute", "health", "treatment"), ("figlio disabile", "health", "disability"),
        ("beneficia della legge 104", "health", "disability"), ("usa la sedia a rotelle", "health", "disability"),
        ("è incinta", "health", "pregnancy"), ("she is pregnant", "health", "pregnancy"),
        ("ex alcolista", "health", "addiction"), ("è musulmana praticante", "religious_belief", "belief"),
        ("famiglia ebrea", "religious_belief", "belief"), ("i Testimoni di Geova", "religious_belief", "belief"),
        ("di fede cattolica", "religious_belief", "belief"), ("he is a devout Christian", "religious_belief", "belief"),
        ("durante il Ramadan", "religious_belief", "practice"), ("iscritto alla CGIL", "trade_union", "membership"),
        ("delegato sindacale", "trade_union", "membership"), ("è un sindacalista", "trade_union", "membership"),
        ("union member since 2001", "trade_union", "membership"),
        ("tesserato del partito", "political_opinion", "opinion"), ("iscritta al PD", "political_opinion", "opinion"),
        ("candidato sindaco", "political_opinion", "opinion"), ("a lifelong Republican", "political_opinion", "opinion"),
        ("omosessuale", "sexual_life", "orientation"), ("una coppia gay", "sexual_life", "orientation"),
        ("uniti civilmente", "sexual_life", "orientation"), ("same-sex couple", "sexual_life", "orientation"),
        ("di origine etnica rom"[:17], "ethnic_origin", "origin"), ("richiedente asilo", "ethnic_origin", "origin"),
        ("a refugee from Syria", "ethnic_origin", "origin"), ("precedenti penali", "criminal_offence", "offence"),
        ("è agli arresti domiciliari"[:14], "criminal_offence", "offence"), ("condannata nel 2019", "criminal_offence", "offence"),
        ("he was convicted", "criminal_offence", "offence"), ("test del DNA", "genetic", "test"),
        ("impronte digitali", "biometric", "template"),
    ],
)  # fmt: skip
def test_words_in_their_inflections(text: str, category: str, word_class: str) -> None:
    assert asked(text) == [(category, word_class)]


@pytest.mark.parametrize(
    "text",
    [
        "Consegna in piazza Santa Croce 4", "Abita in via della Salute 12", "Negozio di via degli Ebrei",
        "patto di sindacato di revisione", "Il sindacato di voto scade a giugno", "il collegio sindacale approva",
        "Il Ministero della Salute ha risposto", "laureata all'Università Cattolica", "in vacanza a Cattolica",
        "assicurato con Cattolica Assicurazioni", "nato sotto il segno del cancro", "in un vicolo cieco",
        "costo imputato a bilancio", "denuncia di sinistro", "denuncia dei redditi", "Cristiano Rossi richiama",
        "Christian Bianchi ha pagato", "Marvin Gaye in vinile", "maglia di colore verde", "residente a Latina",
        "tanti saluti e buona salute", "il documento non valido", "codice invalido", "chiavetta USB", "account is disabled",
        "invalid password", "the Great Depression", "European Union", "Western Union transfer", "blind copy",
        "probationary period", "polizza malattia", "il sindaco di Roma", "è partito ieri", "svolta a sinistra",
        "il referente commerciale", "San Marino", "Santa Maria Maggiore", "allergico alla burocrazia",
        "depressione atmosferica",
    ],
)  # fmt: skip
def test_false_friends(text: str) -> None:
    assert asked(text) == []


def test_the_match_is_the_word_and_its_place() -> None:
    text = "In via della Salute 4 abita una signora diabetica."

    assert [(m.start, m.end, text[m.start : m.end]) for m in special.find(text)] == [
        (40, 49, "diabetica")
    ]


def test_every_special_category_has_words() -> None:
    assert {category for category, _class, _words in WORDS} == SPECIAL


def test_words_are_whole() -> None:
    assert asked("tumorale? diabetologo, sindacatura, ricoverandosi, unorthodox") == []


@pytest.mark.parametrize(
    "text",
    [
        "Nessuna allergia segnalata", "nessun precedente penale", "senza patologie", "non ha allergie",
        "non soffre di alcuna malattia", "non ha problemi di salute", "nega malattie croniche", "no allergies",
        "She does not have any allergies", "no criminal record", "has never had a heart attack",
        "without medical conditions", "She doesn't have epilepsy",
    ],
)  # fmt: skip
def test_what_is_absent_is_not_asked_about(text: str) -> None:
    assert asked(text) == []


@pytest.mark.parametrize(
    ("text", "category"),
    [("non è cattolica", "religious_belief"), ("non è incinta", "health"), ("she is not pregnant", "health"),
     ("he isn't gay", "sexual_life"), ("non è mai stato condannato", "criminal_offence")],
)  # fmt: skip
def test_what_somebody_is_not_is_asked_about_as_denied(text: str, category: str) -> None:
    assert [(m.category.value, m.is_denied) for m in special.find(text)] == [(category, True)]


@pytest.mark.parametrize(
    "text",
    ["no, ha il diabete", "nessuno sa che è malato", "non esce mai senza sedia a rotelle", "non risponde: è in dialisi"],
)  # fmt: skip
def test_a_negation_of_something_else_takes_nothing_back(text: str) -> None:
    assert [m.is_denied for m in special.find(text)] == [False]
