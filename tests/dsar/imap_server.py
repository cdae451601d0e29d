"""A small IMAP server of 127.0.0.1 that speaks what a reader needs (RFC 9051), over TLS.

In a thread of its own with an event loop of its own. It notes whether anybody asked for more than
to read, and can break off in the middle.
"""

import asyncio
import re
import ssl
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from governance.mailboxes import Mailbox
from tests.builders import NOW
from tests.retention.receiver import certificates

USER, PASSWORD = "privacy@acme.example", 'se"cr\\et'
FETCH = re.compile(r"UID FETCH (\d+) \(.*BODY\.PEEK\[\]<0\.(\d+)>\)", re.IGNORECASE)


@dataclass
class Stored:
    uid: int
    raw: bytes
    came_at: datetime = NOW


class ImapServer:
    """The server; `messages` is what lies in the folder."""

    def __init__(self, folder: Path) -> None:
        self.authority, self.pem = folder / "authority.pem", folder / "server.pem"
        certificates(self.authority, self.pem)
        self.messages: list[Stored] = []
        self.validity, self.said, self.breaks_off = 7, [], False
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def put(self, raw: bytes, *, at: datetime = NOW) -> None:
        uid = max((one.uid for one in self.messages), default=10) + 3
        self.messages.append(Stored(uid, raw, at))

    def box(self, **changed: object) -> Mailbox:
        said = {"company": "acme", "host": "127.0.0.1", "port": self.port, "user": USER,
                "password": PASSWORD, "folder": "INBOX", "is_tls": True}  # fmt: skip
        return Mailbox(**(said | changed))  # type: ignore[arg-type]

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        try:
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                tag, _, command = line.partition(" ")
                self.said.append(command.split(" ")[0] + " " + " ".join(command.split(" ")[1:2]))
                for part in self._answer(tag, command):
                    writer.write(part)
                await writer.drain()
                if command.upper() == "LOGOUT" or (self.breaks_off and "FETCH" in command.upper()):
                    break
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def _answer(self, tag: str, command: str) -> list[bytes]:
        done = f"{tag} OK done\r\n".encode()
        word = command.upper()
        if found := FETCH.match(command):
            return [*self._fetch(int(found[1]), int(found[2])), done]
        if word.startswith("LOGIN"):
            return [done if self._knows(command) else f"{tag} NO no\r\n".encode()]
        if word.startswith("EXAMINE"):
            return self._opened(tag) if '"INBOX"' in command else [f"{tag} NO no\r\n".encode()]
        said = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
            "UID SEARCH": self._search(int((re.findall(r"\d+", command) or ["0"])[0])),
            "LOGOUT": b"* BYE\r\n",
        }
        found_words = [answer for start, answer in said.items() if word.startswith(start)]
        return [*found_words, done] if found_words else [f"{tag} BAD not here\r\n".encode()]

    def _knows(self, command: str) -> bool:
        password = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        said = command.partition(" ")[2]
        return said in {f'"{USER}" "{password}"', f'{USER} "{password}"'}

    def _opened(self, tag: str) -> list[bytes]:
        return [
            f"* {len(self.messages)} EXISTS\r\n".encode(),
            f"* OK [UIDVALIDITY {self.validity}] numbers\r\n".encode(),
            f"{tag} OK [READ-ONLY] done\r\n".encode(),
        ]

    def _search(self, first: int) -> bytes:
        """As a server does: the last message is in `n:*` whatever n is."""
        uids = [one.uid for one in self.messages]
        found = [uid for uid in uids if uid >= first] or uids[-1:]
        return ("* SEARCH " + " ".join(map(str, found))).rstrip().encode() + b"\r\n"

    def _fetch(self, uid: int, most: int) -> list[bytes]:
        for number, one in enumerate(self.messages, 1):
            if one.uid == uid:
                part = one.raw[:most]
                at = one.came_at.strftime("%d-%b-%Y %H:%M:%S %z")
                head = (
                    f'* {number} FETCH (UID {uid} INTERNALDATE "{at}" BODY[]<0> {{{len(part)}}}\r\n'
                )
                return [head.encode(), part, b")\r\n"]
        return []
