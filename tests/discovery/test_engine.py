"""The engine: nothing heavy is loaded before it is needed, and nothing ever calls home."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from django.core.exceptions import ImproperlyConfigured

from governance import env
from registry.discovery import engine, freetext

ROOT = Path(__file__).parents[2]

LAZY = """
import sys
from registry.discovery import columns, engine, freetext, special
columns.propose("email", ["anna@example.it"])
list(special.find("diabetica"))
print(sorted({m.split(".")[0] for m in sys.modules} & {"presidio_analyzer", "spacy", "tldextract"}))
print(engine.is_loaded())
"""

OFFLINE = """
import socket
tried = []
def refuse(*args, **kwargs):
    tried.append(args[:2])
    raise OSError("the network is cut")
socket.getaddrinfo = socket.create_connection = refuse
socket.socket.connect = socket.socket.connect_ex = refuse
from registry.discovery import freetext
notes = ["scrivere a anna@ufficio.example.co.uk", "the customer is Mr John Smith, x@example.com, 20 1.2.3.4"]
found = freetext.scan_many(notes)
print([f.entity for f in found[0]], [f.entity for f in found[1]], tried)
"""


def run(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_columns_and_words_need_no_presidio() -> None:
    assert run(LAZY) == ["[]", "False"]


def test_a_scan_with_the_network_cut_finds_all_and_tries_nothing() -> None:
    assert run(OFFLINE) == ["['EMAIL_ADDRESS'] ['PERSON', 'EMAIL_ADDRESS', 'IP_ADDRESS'] []"]


def test_an_operators_own_model_finds_names_in_italian(tmp_path: Path, settings: Any) -> None:
    own = spacy.blank("it")
    ruler = own.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Wolframia Ztest"}])
    own.to_disk(tmp_path / "own")
    text = "Il pacco resta alla Wolframia Ztest che lo tiene per noi."
    assert freetext.scan(text, "it") == []

    settings.CUSTODE_NAME_MODELS = {"it": str(tmp_path / "own")}
    engine._model.cache_clear()
    found = [(f.entity, text[f.start : f.end]) for f in freetext.scan(text, "it")]
    engine._model.cache_clear()

    assert found == [("PERSON", "Wolframia Ztest")]


def test_models_are_named_by_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS", "it=/srv/models/it, en=en_core_web_trf")
    assert env.models("MODELS") == {"it": "/srv/models/it", "en": "en_core_web_trf"}
    monkeypatch.setenv("MODELS", "fr=x")
    with pytest.raises(ImproperlyConfigured, match="MODELS must name a model"):
        env.models("MODELS")
