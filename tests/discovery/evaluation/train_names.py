"""Train a small Italian model of names on sentences of our own, and measure it against the rules.

    python -m tests.discovery.evaluation.train_names [FOLDER]

Sentences are templates written for this, filled with Faker's names and places; a part of them is
written in small letters or in capitals, and a part names nobody. The same seed gives the same
sentences. The result is what ADR 0021 reports; with FOLDER the model is kept there, and
`CUSTODE_NAME_MODELS=it=FOLDER` uses it.
"""

import random
import sys
from collections.abc import Iterator

import spacy
from faker import Faker
from spacy.training import Example
from spacy.util import minibatch

from registry.discovery import freetext
from tests.discovery import notes
from tests.discovery.evaluation.counts import Count, count

SEED, SENTENCES, ROUNDS = 679, 3_000, 5

NAMED = """
Parlato con {n}, richiama domani.|{n} chiede il rimborso della fattura {c}.|La signora {s} non è in casa.
Il sig. {s} conferma l'appuntamento.|Buongiorno, sono {n} e vorrei cambiare indirizzo.|Cordiali saluti, {n}
Distinti saluti\\n{n}|Chiamare {f} al numero {p} dopo le 18.|Spedire a {n}, via {s} 12, {t}.|Ha risposto {f}, il figlio.
Il referente di {t} è {n}.|Bonifico intestato a {n}.|{n} - {t}|Nome: {n} Telefono: {p}|Ho sentito {f}: tutto a posto.
La dott.ssa {s} partecipa alla riunione di {t}.|Avv. {n} per conto della cliente.|mi chiamo {n} e abito a {t}
Consegnato alla vicina {n}.|{f} e {f} passano a ritirare il pacco.|Sua moglie {f} ha già pagato.|Delegato: {n}, nato a {t}.
Il tecnico {s} è arrivato in ritardo.|{n} vuole disdire il contratto {c}.|Avete risposto a {n} e non a me.
Grazie mille, {f}|L'operatore {f} mi ha detto di aspettare.|Contattare {n} solo per mail.|{s} {f}, cliente dal 2015
Secondo {n} la merce era rotta.|Il pacco per {n} è fermo a {t}.|Il geom. {s} manda le misure.|Vorrei parlare con {f} del reparto resi.
Visita di {n} prevista per lunedì.|Il figlio {f} ritira con la delega.|Ricevuta firmata da {n}.|Lamentela di {s} per il ritardo.
"""
NOBODY = """
Ordine {c} spedito ieri da {t}.|Fattura {c} pagata il 12 marzo.|Consegna in via {s} 14 a {t}.|La filiale di {t} è chiusa.
Il Comune di {t} ha approvato il bando.|Presentazione del listino a {t}, Hotel {s}.|Modello {f} esaurito, taglia 42.
Cliente molto arrabbiato per il ritardo.|Richiamare domani mattina.|Riunione in sala {s} alle 15.|Ditta {s} S.r.l., partita IVA corretta.
Premio {s} all'azienda dell'anno.|Il corriere non trova l'indirizzo.|Spostato l'appuntamento a venerdì.|Garanzia scaduta, preventivo inviato.
Buon Natale da tutto lo staff di {t}.|Piazza {s} è chiusa al traffico.|Il Ministero ha risposto.|Aggiornare il software entro lunedì.
Corso di formazione a {t}.|La Ferrari costa più della Fiat.|Linea caduta due volte.|Chiede informazioni sui prezzi.
Officine {s} consegna giovedì.|Ospedale San {f}, reparto acquisti.|Scuola {n}, aula 3.|Tracking {c}, colli 2.
"""


def main() -> None:
    rng = random.Random(SEED)
    spacy.util.fix_random_seed(SEED)
    model = spacy.blank("it")
    model.add_pipe("ner").add_label("PER")
    examples = [
        Example.from_dict(model.make_doc(text), {"entities": spans})
        for text, spans in sentences(rng)
    ]
    optimizer = model.initialize(lambda: examples)
    for at in range(ROUNDS):
        rng.shuffle(examples)
        losses: dict[str, float] = {}
        for batch in minibatch(examples, size=32):
            model.update(batch, sgd=optimizer, drop=0.2, losses=losses)
        sys.stdout.write(f"round {at + 1}: loss {losses['ner']:.0f}\n")
        sys.stdout.flush()
    for name in ("italian_open", "italian_held_out"):
        measure(model, name)
    if len(sys.argv) > 1:
        model.to_disk(sys.argv[1])


def sentences(rng: random.Random) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    fake = Faker("it_IT")
    fake.seed_instance(SEED)
    named, nobody = (
        [line for row in block.strip().splitlines() for line in row.split("|")]
        for block in (NAMED, NOBODY)
    )
    for _ in range(SENTENCES):
        template = rng.choice(named if rng.random() < 0.6 else nobody)
        counted = template in named
        text, spans = _filled(template.replace("\\n", "\n"), fake, rng, counted=counted)
        case = rng.random()
        yield (text.lower() if case < 0.12 else text.upper() if case < 0.2 else text), spans


def _filled(
    template: str, fake: Faker, rng: random.Random, *, counted: bool
) -> tuple[str, list[tuple[int, int, str]]]:
    text, spans, rest = "", [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        key, _, rest = rest.partition("}")
        text += before
        value = {
            "n": lambda: f"{fake.first_name()} {fake.last_name()}", "s": fake.last_name,
            "f": fake.first_name, "t": fake.city, "p": fake.phone_number,
            "c": lambda: str(rng.randrange(10**6)),
        }[key]()  # fmt: skip
        street = text.lower().endswith(("via ", "hotel ", "sala ", "piazza "))
        if counted and key in "nsf" and not street:
            spans.append((len(text), len(text) + len(value), "PER"))
        text += value
    return text + rest, _joined(text, spans)


def _joined(text: str, spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Make one of a family and a given name side by side."""
    joined: list[tuple[int, int, str]] = []
    for start, end, label in spans:
        if joined and text[joined[-1][1] : start] == " ":
            joined[-1] = (joined[-1][0], end, label)
        else:
            joined.append((start, end, label))
    return joined


def measure(model: spacy.Language, name: str) -> None:
    """Print precision, recall and F1 of names: the rules, the model, and both together."""
    rows = notes.read_set(name)
    texts = [text for text, _spans in rows]
    wanted = [[s for s in spans if s[0] == "PERSON"] for _text, spans in rows]
    rules = [
        [("PERSON", f.start, f.end) for f in findings if f.entity == "PERSON"]
        for findings in freetext.scan_many(texts, language="it")
    ]
    theirs = [[("PERSON", e.start_char, e.end_char) for e in model(text).ents] for text in texts]
    both = [
        [*ours, *(m for m in more if all(m[2] <= o[1] or m[1] >= o[2] for o in ours))]
        for ours, more in zip(rules, theirs, strict=True)
    ]
    for what, found in (("rules", rules), ("model", theirs), ("both", both)):
        one = count(wanted, found).get("PERSON", Count())
        figures = f"P {one.precision or 0:.3f} R {one.recall or 0:.3f} F1 {one.f1:.3f}"
        sys.stdout.write(f"{name}, {what}: {figures}\n")


if __name__ == "__main__":
    main()
