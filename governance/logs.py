"""Log lines without the text of errors, where PostgreSQL repeats values, and without tokens.

Links that people were sent have a token in their address, and Django writes addresses: of a page
that failed, of a method that is not allowed, of a form without its own token.
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
        return TOKEN.sub("[token]", super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is the library's
        """Return class and places."""
        kind, _value, trace = ei
        places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(extract_tb(trace)[-8:]))
        return f"{kind.__name__} at {places}"
