"""What every root key promises (docs/spec/field-encryption.md, section 2)."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

import pytest

from governance.crypto.errors import UnsealError
from governance.crypto.root import Secret
from governance.crypto.rootkeys import RootKey
from tests.crypto.rootkeys.conftest import Holder

KEY = bytes(range(100, 132))
CONTEXT = b"custode/epoch/v1|7"
FORK = multiprocessing.get_context("fork")


def outcome(root_key: RootKey, wrapped: bytes, context: bytes = CONTEXT) -> str:
    """What opens, or the error; anything else is a failure, and so is an error with a cause."""
    try:
        return f"opened {root_key.unwrap(wrapped, context).reveal().hex()}"
    except UnsealError as error:
        return f"{error}{error.__cause__ or ''}{error.__context__ or ''}"


OPENED = f"opened {KEY.hex()}"


@pytest.mark.parametrize("context", [b"", CONTEXT, b"\x00\xff|\n", b"x" * 1000])
def test_what_was_wrapped_opens(holder: Holder, context: bytes) -> None:
    found = holder.root_key().unwrap(holder.root_key().wrap(KEY, context), context)
    assert isinstance(found, Secret)
    assert found.reveal() == KEY


def test_no_two_wrappings_are_alike_or_show_the_key(holder: Holder) -> None:
    root_key = holder.root_key()
    wrapped = [root_key.wrap(KEY, CONTEXT) for _ in range(20)]
    assert len(set(wrapped)) == 20
    assert not any(KEY[:4] in one for one in wrapped)


def test_every_flipped_bit_is_refused(holder: Holder) -> None:
    root_key = holder.root_key()
    wrapped = root_key.wrap(KEY, CONTEXT)
    for bit in range(len(wrapped) * 8):
        changed = bytearray(wrapped)
        changed[bit // 8] ^= 1 << bit % 8
        assert outcome(root_key, bytes(changed)) == str(UnsealError()), bit
    assert outcome(root_key, wrapped) == OPENED


def test_every_other_length_is_refused(holder: Holder) -> None:
    root_key = holder.root_key()
    wrapped = root_key.wrap(KEY, CONTEXT)
    for length in range(len(wrapped)):
        assert outcome(root_key, wrapped[:length]) == str(UnsealError()), length
        assert outcome(root_key, wrapped[length + 1 :]) == str(UnsealError()), length
    for more in (b"\x00", b"\n", b"=", b"A" * 4, wrapped):
        assert outcome(root_key, wrapped + more) == str(UnsealError()), more


@pytest.mark.parametrize(
    "context", [b"", CONTEXT[:-1], CONTEXT + b"0", CONTEXT + b"|", CONTEXT.upper(), b"\x00"]
)
def test_another_context_is_refused(holder: Holder, context: bytes) -> None:
    root_key = holder.root_key()
    assert outcome(root_key, root_key.wrap(KEY, CONTEXT), context) == str(UnsealError())


def test_another_key_is_refused(holder: Holder) -> None:
    one, other = holder.root_key(), holder.root_key("other")
    wrapped = one.wrap(KEY, CONTEXT)
    assert outcome(other, wrapped) == str(UnsealError())
    assert outcome(one, wrapped) == OPENED


@pytest.mark.parametrize("length", [0, 1, 16, 31, 33, 64])
def test_only_keys_of_32_bytes_are_wrapped(holder: Holder, length: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {length}"):
        holder.root_key().wrap(bytes(length), CONTEXT)


def test_a_key_is_known_by_its_description(holder: Holder) -> None:
    one, same, other = holder.root_key(), holder.root_key(), holder.root_key("other")
    assert one.describe() == same.describe() != other.describe()
    assert repr(one) == f"<{one.describe()}>"


def used(root_key: RootKey, wrapped: bytes) -> list[str]:
    """What a process finds: it opens, it wraps, and it still refuses."""
    again = root_key.wrap(KEY, CONTEXT)
    return [
        outcome(root_key, box, CONTEXT + end) for box in (wrapped, again) for end in (b"", b"x")
    ]


@contextmanager
def child(root_key: RootKey, wrapped: bytes, generations: int) -> Iterator[Connection]:
    """A forked process that tells what it finds, then what its own child finds, and so on."""
    ends, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=tell, args=(theirs, root_key, wrapped, generations))
    process.start()
    theirs.close()
    yield ends
    process.join(60)
    assert process.exitcode == 0


def tell(end: Connection, root_key: RootKey, wrapped: bytes, generations: int) -> None:
    found = [used(root_key, wrapped)]
    if generations > 1:
        with child(root_key, wrapped, generations - 1) as told:
            found += told.recv()
    end.send(found)


def test_it_works_after_a_fork(holder: Holder) -> None:
    """In children at once, in their children, and in the parent while and after they live."""
    root_key = holder.root_key()
    wrapped = root_key.wrap(KEY, CONTEXT)
    expected = [OPENED, str(UnsealError())] * 2
    with ExitStack() as all_of_them:
        ends = [all_of_them.enter_context(child(root_key, wrapped, 2)) for _ in range(3)]
        assert used(root_key, wrapped) == expected
        assert [end.recv() for end in ends] == [[expected, expected]] * 3
    assert used(root_key, wrapped) == expected


def test_threads_share_it(holder: Holder) -> None:
    root_key = holder.root_key()
    wrapped = root_key.wrap(KEY, CONTEXT)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: outcome(root_key, wrapped), range(40)))
    assert found == [OPENED] * 40
