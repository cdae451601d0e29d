"""Both sides of `bench/api.py` behind one gunicorn, which is started as the product starts it.

As a module it is the application that gunicorn loads: the product as it is, and beside it the
plain views behind a handler without middleware. The limit of calls for each token is off.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from governance import env

WORKERS, THREADS = 2, 4
PATIENCE = 60.0


@contextmanager
def server() -> Iterator[int]:
    """Run gunicorn until the block ends; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    paths = [str(env.PROJECT), str(env.PROJECT / "bench")]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "support.serving:application",
            "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", str(THREADS),
            "--keep-alive", "60", "--backlog", "256", "--no-control-socket",
            "--log-level", "warning",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "CUSTODE_BENCH": "1"},
        cwd=env.PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _application() -> Any:
    """Return what answers: the product, or the plain views under /plain/."""
    import logging

    import django

    django.setup()
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings
    from django.urls import clear_url_caches

    from api.throttling import TokenThrottle

    TokenThrottle.THROTTLE_RATES = {"token": None}
    logging.disable(logging.INFO)  # the peer logs nothing
    settings.ROOT_URLCONF = "support.urls"
    clear_url_caches()
    ours = WSGIHandler()
    with override_settings(MIDDLEWARE=[]):
        plain = WSGIHandler()

    def answer(environ: dict[str, Any], start: Any) -> Any:
        side = plain if environ["PATH_INFO"].startswith("/plain/") else ours
        return side(environ, start)

    return answer


if os.environ.get("CUSTODE_BENCH"):
    application = _application()
