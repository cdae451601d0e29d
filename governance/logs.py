"""Log lines without the text of errors: PostgreSQL repeats values in its DETAIL."""

import logging
from traceback import extract_tb
from typing import Any


class WithoutValues(logging.Formatter):
    """Writes the class of an error and where it was raised, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; Celery puts the text of an error into its message too."""
        if record.name == "celery.app.trace" and record.exc_info:
            record = logging.makeLogRecord({**vars(record), "msg": "task failed", "args": ()})
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is the library's
        """Return class and places."""
        kind, _value, trace = ei
        places = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(extract_tb(trace)[-8:]))
        return f"{kind.__name__} at {places}"
