"""Waiting no longer than agreed for a call that can not be interrupted.

A hanging C library or name server has to be left behind, so calls run in a thread of their own:
one for each `line` of a process, which lives as long as the process does. A thread for each call
would end at some moment, and a fork at that moment gives the child a lock of OpenSSL that nobody
will open again; a thread that waits for its next call holds none.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from governance.crypto.rootkeys.base import RootKeyUnavailableError

T = TypeVar("T")
Queue = SimpleQueue[tuple[Future[Any], Callable[[], Any]]]

_queues: dict[tuple[int, str], Queue] = {}


def within(seconds: float, call: Callable[[], T], *, line: str, provider: str) -> T:
    """Return what `call` returns, if it does so in time.

    Parameters
    ----------
    seconds : how long to wait, calls before this one included
    call : what to do; if it is late, its answer is dropped, and if it has not begun it never does
    line : calls of one line of a process are made one after the other, in one thread
    provider : who is waited for, named by the error

    Raises
    ------
    RootKeyUnavailableError
        `call` takes longer than `seconds`
    """
    outcome: Future[T] = Future()
    _queue(line).put((outcome, call))
    try:
        return outcome.result(seconds)
    except TimeoutError:
        outcome.cancel()
    raise RootKeyUnavailableError(provider=provider, because="it is slow")


def _queue(line: str) -> Queue:
    queue: Queue = SimpleQueue()
    found = _queues.setdefault((os.getpid(), line), queue)
    if found is queue:
        # A daemon: a process can end while a call hangs.
        threading.Thread(target=_serve, args=(queue,), daemon=True).start()
    return found


def _serve(queue: Queue) -> None:
    while True:
        outcome, call = queue.get()
        if outcome.set_running_or_notify_cancel():
            try:
                outcome.set_result(call())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                outcome.set_exception(error)
        del outcome, call  # which hold keys, and the next call may be days away
