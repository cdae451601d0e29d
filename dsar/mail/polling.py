"""Where mails come from, and how far each source was read.

A source gives what is newer than a position, in order; perhaps once more after a crash, and never
not at all. It changes nothing where it reads: whoever looks into the mailbox finds it as it was.
A message that cannot be taken stops its source, which is tried again with the next poll and shown
to people meanwhile; nothing is passed over.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from dsar.mail.message import LARGEST
from dsar.mail.receiving import Arrival, receive
from dsar.models import Mailbox
from governance.policy.errors import GovernanceError

AT_ONCE = 200


@dataclass(frozen=True)
class Position:
    """How far a source was read: `validity` says of which numbering `last` is."""

    validity: int = 0
    last: int = 0


@dataclass(frozen=True)
class Fetched:
    """One message, the position behind it, and when its source says that it came."""

    raw: bytes
    position: Position
    came_at: datetime | None


class Source(Protocol):
    """A place where messages come in."""

    def fetch(self, after: Position) -> Iterator[Fetched]:
        """Yield the messages behind a position in order, the first bytes of one that is too large.

        Raises
        ------
        MailboxError
        """
        ...


class FolderSource:
    """A folder into which a mail server or a person puts messages, one in a file `*.eml`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, after: Position) -> Iterator[Fetched]:
        """Yield the files that came since, by the moment they were put here."""
        files = [(path.stat().st_ctime_ns, path) for path in self._folder.glob("*.eml")]
        for came, path in sorted(files):
            if came >= after.last:  # two of one moment: the mark of a mail knows the first again
                with path.open("rb") as file:
                    raw = file.read(LARGEST + 1)
                at = datetime.fromtimestamp(came / 1e9, tz=UTC)
                yield Fetched(raw, Position(0, came), at)


def poll(controller: UUID, source: Source, *, own_hosts: Collection[str], now: datetime) -> int:
    """Take in what is new in the mailbox of a company; return how many were taken.

    Raises
    ------
    MailboxError
    """
    box, _made = Mailbox.objects.get_or_create(controller_id=controller)

    def take(fetched: Fetched) -> bool:
        arrival = Arrival(own_hosts, fetched.came_at)
        return receive(controller, fetched.raw, arrival=arrival, now=now) is not None

    return take_in(box, source, take, now=now)


def take_in(
    box: Any, source: Source, take: Callable[[Fetched], bool], *, now: datetime,
    counted: Collection[str] = (),
) -> int:  # fmt: skip
    """Hand over what is new in a source, message by message; return how many were taken.

    Arguments
    ---------
    box : the row that says how far the source was read, kept after each message
    take : takes one message; whether it was new
    counted : further fields of the box that `take` changes, kept with the position
    """
    taken, trouble = 0, ""
    try:
        for number, fetched in enumerate(source.fetch(Position(box.validity, box.last_uid)), 1):
            taken += take(fetched)
            box.validity, box.last_uid = fetched.position.validity, fetched.position.last
            box.save(update_fields=["validity", "last_uid", *counted])
            if number >= AT_ONCE:
                break
    except Exception as error:
        trouble = error.code if isinstance(error, GovernanceError) else type(error).__name__
        raise
    finally:
        box.read_at, box.trouble = now, trouble[:40]
        box.save(update_fields=["read_at", "trouble"])
    return taken
