"""A mailbox by IMAP (RFC 9051), over TLS, opened for reading alone.

What was read is remembered here, by the number the server gave a message (UID) under the numbering
of the mailbox (UIDVALIDITY). Where the numbering is another one, all is read from the start, and
what was taken before is known again.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from dsar.mail.errors import MailboxError
from dsar.mail.message import LARGEST
from dsar.mail.polling import Fetched, Position
from governance.mailboxes import Mailbox

PATIENCE = 30  # seconds
INTERNAL = re.compile(rb'INTERNALDATE "([^"]+)"')
FAILURES = (OSError, imaplib.IMAP4.error, ValueError, IndexError, EOFError)


class ImapSource:
    """The mailbox of a company.

    Arguments
    ---------
    tls : by which the server is known; that of the system, unless told
    """

    def __init__(self, box: Mailbox, *, tls: ssl.SSLContext | None = None) -> None:
        self._box = box
        self._tls = tls or ssl.create_default_context()

    def fetch(self, after: Position) -> Iterator[Fetched]:
        """Yield what came since; see `polling.Source`."""
        try:
            client = self._opened()
        except FAILURES:
            raise MailboxError from None  # its text may hold the address or the password
        try:
            yield from self._messages(client, after)
        except FAILURES:
            raise MailboxError from None
        finally:
            _close(client)

    def _opened(self) -> imaplib.IMAP4:
        box = self._box
        client: imaplib.IMAP4
        if box.is_tls:
            client = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=self._tls, timeout=PATIENCE)
        else:
            client = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE)
        try:
            client.login(box.user, box.password)
            client.select(_quoted(box.folder), readonly=True)
        except FAILURES:
            _close(client)
            raise
        return client

    def _messages(self, client: imaplib.IMAP4, after: Position) -> Iterator[Fetched]:
        # After a failed SELECT nothing is selected, and the next command says so.
        _status, said = client.response("UIDVALIDITY")
        validity = int(said[0] or 0)
        last = after.last if validity == after.validity else 0
        _status, found = client.uid("SEARCH", f"UID {last + 1}:*")
        numbers = sorted(int(number) for number in (found[0] or b"").split())
        for number in numbers:
            if number <= last:  # `n:*` means the last one too, where nothing is newer
                continue
            _status, data = client.uid(
                "FETCH", str(number), f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST + 1}>)"
            )
            raw = _literal(data)
            if raw is not None:  # None: somebody deleted it meanwhile
                yield Fetched(raw, Position(validity, number), _came_at(data))


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(data: list[Any]) -> bytes | None:
    return next((part[1] for part in data if isinstance(part, tuple)), None)


def _came_at(data: list[Any]) -> datetime | None:
    for part in data:
        text = part[0] if isinstance(part, tuple) else part
        if isinstance(text, bytes) and (found := INTERNAL.search(text)):
            try:
                return parsedate_to_datetime(found[1].decode("ascii", "replace").strip())
            except (ValueError, TypeError):
                return None
    return None


def _close(client: imaplib.IMAP4) -> None:
    with suppress(*FAILURES):  # it is closed already
        client.logout()
