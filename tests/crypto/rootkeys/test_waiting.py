"""Calls that can not be interrupted are left behind, and nothing of theirs is kept."""

import gc
import threading
import weakref

import pytest

from governance.crypto.rootkeys import RootKeyUnavailableError
from governance.crypto.rootkeys.waiting import within

PATIENCE = 60


class Answer:
    """Something that can be looked for."""


def test_what_the_call_does_is_what_happens() -> None:
    assert within(PATIENCE, lambda: 7, line="a", provider="p") == 7
    with pytest.raises(ZeroDivisionError):
        within(PATIENCE, lambda: 1 // 0, line="a", provider="p")


def test_calls_of_a_line_are_made_in_one_thread() -> None:
    threads = {
        line: {within(PATIENCE, threading.get_ident, line=line, provider="p") for _ in range(5)}
        for line in "ab"
    }
    assert [len(found) for found in threads.values()] == [1, 1]
    assert len(threads["a"] | threads["b"] | {threading.get_ident()}) == 3


def test_who_waits_behind_a_hanging_call_does_not_wait_long_and_is_not_served_later() -> None:
    hanging, calls = threading.Event(), []
    try:
        for name in ("first", "second"):
            with pytest.raises(RootKeyUnavailableError) as raised:
                within(
                    0.2,
                    lambda name=name: (calls.append(name), hanging.wait(PATIENCE)),
                    line="hanging",
                    provider="pkcs11:a/b",
                )
            assert raised.value.details == {"provider": "pkcs11:a/b", "because": "it is slow"}
            assert raised.value.__cause__ is raised.value.__context__ is None
        assert within(PATIENCE, lambda: "other", line="free", provider="p") == "other"
    finally:
        hanging.set()
    within(PATIENCE, lambda: calls.append("third"), line="hanging", provider="p")
    assert calls == ["first", "third"]


def test_an_answer_is_not_kept() -> None:
    answer = within(PATIENCE, Answer, line="a", provider="p")
    gone = weakref.ref(answer)
    within(PATIENCE, lambda: None, line="b", provider="p")
    del answer
    gc.collect()
    assert gone() is None
