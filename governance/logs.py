"""Log lines without the text of errors, where PostgreSQL repeats values, addresses, and tokens.

Links that people were sent have a token in their address, people type what they look for into
others, and Django writes addresses: of a page that failed or is not there, of a method that is not
allowed, of a form without its own token. The line says the route instead.
"""

import logging
import re
from traceback import extract_tb
from typing import Any

TOKEN = re.compile(r"[\w-]{40,}")  # ours have 43 signs or more, and ids 36


class WithoutValues(logging.Formatter):
    """Writes the class of an error and where it was raised, never its text, and no token."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; Celery puts the text of an error into its message too."""
        if record.name == "celery.app.trace" and record.exc_info:
            record = logging.makeLogRecord({**vars(record), "msg": "task failed", "args": ()})
        if record.name.startswith("django.") and (request := vars(record).get("request")):
            # What another handler made of the error is not taken over.
            said = {"args": _routed(record.args, request), "exc_text": None}
            record = logging.makeLogRecord({**vars(record), **said})
        return TOKEN.sub("[token]", super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is the library's
        """Return class and places."""
        kind, _value, trace = ei
        places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(extract_tb(trace)[-8:]))
        return f"{kind.__name__} at {places}"


def _routed(args: Any, request: Any) -> tuple[Any, ...]:
    """Return the arguments of a line with the route in the place of the path."""
    match = getattr(request, "resolver_match", None)
    route = f"/{match.route}" if match else "[no such page]"
    return tuple(route if str(one).startswith("/") else one for one in args or ())
