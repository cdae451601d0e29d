"""The engine: nothing heavy is loaded before it is needed, and nothing ever calls home."""

import subprocess
import sys
from pathlib import Path

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
