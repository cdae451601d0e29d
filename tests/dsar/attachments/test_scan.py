"""P-9: what is sent to do harm is refused within two seconds and 200 MB; the rest is known by its content."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dsar.attachments.limits import Refused, Scanned, Type
from dsar.attachments.scan import scan
from tests.dsar.attachments.hostile import FINE, HOSTILE, SLOW

SECONDS, MEMORY = 2.0, 200 * 1024 * 1024
ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, resource, sys, time
from dsar.attachments.scan import scan
from pathlib import Path
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (400 * 1024 * 1024,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
began = time.process_time()
with path.open("rb") as file:
    found = scan(file, size=path.stat().st_size)
took = time.process_time() - began
status = Path("/proc/self/status").read_text()  # getrusage would count who forked us
peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
print(json.dumps([found.type, found.refused, took, peak]))
"""


def scanned(content: bytes) -> Scanned:
    return scan(io.BytesIO(content), size=len(content))


@pytest.mark.parametrize("name", FINE)
def test_what_people_send_is_known_by_its_content(name: str) -> None:
    make, expected = FINE[name]
    assert scanned(make()) == Scanned(type=expected)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_harm_is_refused(name: str) -> None:
    make, expected = HOSTILE[name]
    assert scanned(make()) == Scanned(refused=expected)


def apart(content: bytes, folder: Path) -> tuple[Scanned, float, int]:
    """Scan in a process of its own: what it found, its seconds and its largest memory."""
    path = folder / "file"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, cwd=ROOT,
        check=True,
    )  # fmt: skip
    kind, refused, took, peak = json.loads(done.stdout)
    found = Scanned(Type(kind) if kind else None, Refused(refused) if refused else None)
    return found, took, peak


@pytest.mark.parametrize("name", [*HOSTILE, *SLOW])
def test_nothing_takes_long_or_much_memory(name: str, tmp_path: Path) -> None:
    content = HOSTILE[name][0]() if name in HOSTILE else SLOW[name]()
    found, took, peak = apart(content, tmp_path)
    assert took <= SECONDS, f"{took:.2f} s"
    assert peak <= MEMORY, f"{peak >> 20} MiB"
    if name in HOSTILE:
        assert found == Scanned(refused=HOSTILE[name][1])


def test_every_reason_has_a_file() -> None:
    assert {refused for _make, refused in HOSTILE.values()} == set(Refused)
