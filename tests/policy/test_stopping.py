"""The word that stops: on its own or at the start, in Italian and in English, and no other."""

import pytest

from governance.policy.stopping import is_stop

STOPS = [
    "STOP", "stop", "Stop.", "  STOP!! ", "«Stop»", "STOP SMS", "Stop, grazie",
    "Stop per favore, non voglio altri messaggi", "*STOP*", "Basta", "basta grazie!", "BASTA.",
    "Unsubscribe", "UNSUBSCRIBE please", "Disiscrivetemi", "Cancellatemi dalla lista",
    "Non scrivetemi più", "non chiamatemi PIÙ", "No pubblicità", "Opt out", "opt-out"[:3] + " out",
    "Don't call me again", "Don’t text me", "remove me from this list", "quit", "End",
    "Stop\n\nIl giorno 3 novembre Acme ha scritto:\n> Offerte di novembre",
    "STOP\n> Rispondi STOP per non ricevere altri messaggi",
]  # fmt: skip
GOES_ON = [
    "", "Ciao", "Assistenza non stop", "Siete aperti non-stop?", "La lampada non si ferma: stop",
    "Basta premere il pulsante?", "La fine del contratto quando è?", "Mi dite la fine?",
    "stop-motion è il nome del modello", "stoppino della candela", "Can I cancel my order?",
    "Ho letto «Rispondi STOP»: che cosa vuol dire?", "> STOP", "Non voglio cancellarmi",
    "On 3 November 2026 Acme wrote:\nSTOP", "The bus stop is near", "Endless", "Quite good",
    "Buongiorno\nstop ai lavori?",
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_a_word_that_stops(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize("text", GOES_ON)
def test_what_only_has_the_word_in_it_stops_nothing(text: str) -> None:
    assert not is_stop(text)


def test_a_subject_line_counts_where_there_are_no_words_of_the_person() -> None:
    assert is_stop("", "Re: STOP")
    assert is_stop("> Offerte", "unsubscribe")
    assert not is_stop("Quando arriva il pacco?", "Re: Rispondi STOP")
    assert not is_stop("", "Re: non stop")
