"""What a verification comes to: ok, tampered, or that nobody can tell."""

import json
from dataclasses import dataclass

OK, TAMPERED, CANNOT_TELL, USAGE = 0, 1, 2, 3
"""Exit codes."""


class TamperedError(Exception):
    """Something was done to the log.

    Arguments
    ---------
    kind : the class of what was done, as docs/spec/audit-log.md names them
    index : the first bad index, or the first that can not be confirmed; None where there is none
    detail : one sentence for people
    """

    def __init__(self, kind: str, detail: str, index: int | None = None) -> None:
        self.kind, self.detail, self.index = kind, detail, index
        super().__init__(detail)


class CannotTellError(Exception):
    """Something that is needed is missing or unreadable; `kind` says what."""

    def __init__(self, kind: str, detail: str, index: int | None = None) -> None:
        self.kind, self.detail, self.index = kind, detail, index
        super().__init__(detail)


@dataclass(frozen=True)
class Verdict:
    """The result of one command.

    Attributes
    ----------
    code : OK, TAMPERED or CANNOT_TELL
    kind : the tamper class, or the reason nobody can tell; empty when ok
    entries, size : entries that were read, leaves of the tree
    """

    code: int
    detail: str
    kind: str = ""
    index: int | None = None
    entries: int = 0
    size: int = 0

    @classmethod
    def of(cls, error: TamperedError | CannotTellError) -> "Verdict":
        """Return the verdict that an error is."""
        code = TAMPERED if isinstance(error, TamperedError) else CANNOT_TELL
        return cls(code, error.detail, error.kind, error.index)

    def __str__(self) -> str:
        if self.code == OK:
            return f"ok: {self.detail}"
        place = "" if self.index is None else f" at index {self.index}"
        title = "TAMPERED" if self.code == TAMPERED else "CANNOT TELL"
        return f"{title}: {self.kind}{place}: {self.detail}"

    def json(self) -> str:
        """Return the verdict as one JSON object."""
        name = {OK: "ok", TAMPERED: "tampered", CANNOT_TELL: "cannot_tell"}[self.code]
        values = {
            "verdict": name,
            "class": self.kind or None,
            "index": self.index,
            "detail": self.detail,
            "entries": self.entries,
            "size": self.size,
        }
        return json.dumps(values)
