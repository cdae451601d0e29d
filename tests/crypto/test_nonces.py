"""A nonce is used once: two texts under one key and nonce would tell each other.

The workers are forked from a process that has sealed before, as gunicorn and Celery fork theirs: a
generator that kept state in the process would give all of them the same.
"""

import multiprocessing
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.crypto.column import Column
from governance.crypto.envelope import NONCE, derive
from tests.crypto.test_column import COMMITMENT, PLACE, PLAIN, ROOT

WORKERS = 8
SEALED, SEALED_LONG = 100_000, 10_000_000
PARTS = 16  # by the first four bits of a nonce: a part of ten million fits into memory


def seal(cipher: AESGCM, count: int) -> list[bytearray]:
    """Seal `count` columns as rows are sealed; return their nonces, in parts."""
    parts, empty = [bytearray() for _ in range(PARTS)], Column.empty(COMMITMENT)
    for _ in range(count):
        column = empty.with_sealed(cipher, PLACE, PLAIN, commitment=COMMITMENT)
        nonce = column.frames[PLACE.category][:NONCE]
        parts[nonce[0] >> 4] += nonce
    return parts


def work(cipher: AESGCM, count: int, folder: Path) -> None:
    folder.mkdir()
    for number, nonces in enumerate(seal(cipher, count)):
        (folder / str(number)).write_bytes(nonces)


def distinct(folders: list[Path]) -> int:
    """How many different nonces are in the folders."""
    return sum(len(_in_part(folders, number)) for number in range(PARTS))


def _in_part(folders: list[Path], number: int) -> set[bytes]:
    found = set[bytes]()
    for folder in folders:
        nonces = (folder / str(number)).read_bytes()
        found.update(nonces[at : at + NONCE] for at in range(0, len(nonces), NONCE))
    return found


def test_no_nonce_is_used_twice_in_eight_forked_workers(tmp_path: Path, is_long: bool) -> None:
    cipher, count = (
        AESGCM(derive(ROOT, "custode/field/v1|name")),
        SEALED_LONG if is_long else SEALED,
    )
    folders = [tmp_path / f"worker{number}" for number in range(WORKERS)]
    work(cipher, WORKERS, tmp_path / "parent")
    fork = multiprocessing.get_context("fork")
    workers = [
        fork.Process(target=work, args=(cipher, count // WORKERS, folder)) for folder in folders
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    assert distinct([*folders, tmp_path / "parent"]) == count + WORKERS
    assert distinct([*folders, *folders]) == count, "a nonce that repeats would be counted once"
