"""A mail as it came (RFC 5322, 2045), reduced to what a request needs. Pure, bounded, no network.

When it came is what our own server wrote into its trace (`Received`, RFC 5321, 4.4): the date a
sender writes can be any. What a machine wrote is told by the marks of RFC 3834 and 3464, and is
answered by nobody. Certified mail (PEC, d.P.R. 68/2005) wraps the letter: it is taken out of its
envelope `postacert.eml`; receipts of that system are machines' mails.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from enum import StrEnum, unique

from dsar.mail.markup import text_of

LARGEST = (
    35 << 20
)  # bytes of a message that are read: a file of 20 MiB, as mail writes it, and more
LONGEST_BODY = 100_000  # characters
LONGEST_HEADER = 4_000
MOST_PARTS, MOST_FILES = 200, 20
HEADERS = 256 * 1024
MOST_LINES, MOST_MARKS = 600_000, 2_000  # a file of 20 MiB has 360,000 lines
ENVELOPE = "postacert.eml"
PEC_PAPERS = frozenset({"daticert.xml", "smime.p7s"})  # of the system, no files of the sender
BY = re.compile(r"\bby\s+([A-Za-z0-9.\-]+)")
IDS = re.compile(r"<([^<>\s]{1,250})>")
OWN_ID = re.compile(r"^([0-9a-f]{32})@custode\.invalid$")


@unique
class Automatic(StrEnum):
    """Why a mail seems to be a machine's."""

    PERSON = ""
    REPLY = "reply"  # RFC 3834: an absence, a ticket
    BOUNCE = "bounce"  # RFC 3464, or an empty return path
    LIST = "list"  # RFC 2369: a newsletter
    RECEIPT = "receipt"  # of certified mail
    LOOP = "loop"  # one of our own


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of a mail, under the name its sender gave."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What was read of a mail.

    Attributes
    ----------
    received_at : when our own server took it; None where its trace does not say
    answers : ids of the letters of ours that it refers to, the newest first
    is_whole : whether nothing was left out for its size or its number of parts
    """

    message_id: str
    sender_name: str
    sender_address: str
    subject_line: str
    body: str
    received_at: datetime | None
    automatic: Automatic
    answers: tuple[str, ...]
    enclosed: tuple[Enclosed, ...]
    is_whole: bool


def parse(raw: bytes, *, own_hosts: Collection[str] = ()) -> Mail:
    """Return what a message says; whatever was sent, it raises nothing.

    Arguments
    ---------
    raw : the message; what is beyond `LARGEST` is not read
    own_hosts : names our servers write behind `by`; where there are none, the first trace counts,
        which the server that delivered has written
    """
    kept = _bounded(raw[:LARGEST])
    is_whole = len(kept) == len(raw.replace(b"\r\n", b"\n"))
    outer = _read(kept)
    inner = _letter_in(outer)
    body, enclosed, is_all = _content(inner)
    name, address = _sender(inner)
    return Mail(
        message_id=_id(_header(outer, "message-id")),
        sender_name=name,
        sender_address=address,
        subject_line=_header(inner, "subject"),
        body=body,
        received_at=_received_at(outer, {host.casefold() for host in own_hosts}),
        automatic=_automatic(outer, inner),
        answers=tuple(_answers(inner)),
        enclosed=enclosed,
        is_whole=is_whole and is_all,
    )


class _Bounded(policy.EmailPolicy):
    """The policy of today's parser, over headers that are cut: it is quadratic in their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value of a header."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


BOUNDED = _Bounded()


def _bounded(raw: bytes) -> bytes:
    """Cut what would make more headers or parts than letters have; each is an object."""
    raw = raw.replace(b"\r\n", b"\n")
    if b"\n\n" not in raw[:HEADERS]:  # no end of the headers: there is no letter behind them
        raw = raw[:HEADERS]
    while (lines := raw.count(b"\n")) > MOST_LINES:
        raw = raw[: len(raw) * MOST_LINES // lines]
    if raw.count(b"\n--") > MOST_MARKS:
        raw = b"\n--".join(raw.split(b"\n--", MOST_MARKS)[:MOST_MARKS])
    return raw


def _read(raw: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=BOUNDED).parsebytes(raw)
    except (ValueError, LookupError, RecursionError, AttributeError, IndexError, TypeError):
        message = EmailMessage()  # nested or broken beyond what the parser takes
        message.set_content(raw[:LONGEST_BODY].decode("utf-8", "replace"))
    return message if isinstance(message, EmailMessage) else EmailMessage()


def _header(message: EmailMessage, name: str) -> str:
    """Return a header in one line; "" where it is missing or nothing can be made of it."""
    for key, value in message.raw_items():
        if key.lower() == name:
            return _decoded(name, str(value))
    return ""


def _decoded(name: str, value: str) -> str:
    try:
        text = str(BOUNDED.header_factory(name, " ".join(value.split())))
    except Exception:  # noqa: BLE001 - the parser of headers fails in many ways on broken ones
        text = value
    return " ".join(text.replace("\ufffd", "?").split())


def _all(message: EmailMessage, name: str) -> Iterator[str]:
    for key, value in message.raw_items():
        if key.lower() == name:
            yield " ".join(str(value).split())


def _letter_in(outer: EmailMessage) -> EmailMessage:
    """Return the letter inside an envelope of certified mail, or the message itself."""
    if "posta-certificata" not in _header(outer, "x-trasporto").lower():
        return outer
    for part in _parts(outer):
        if _kind(part) == "message/rfc822" and _filename(part) == ENVELOPE:
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], EmailMessage):
                return payload[0]
    return outer


def _sender(message: EmailMessage) -> tuple[str, str]:
    said = _header(message, "from")
    try:
        parsed = BOUNDED.header_factory("from", said)
        addresses = parsed.addresses if isinstance(parsed, AddressHeader) else ()
        one = addresses[0]
        return " ".join(one.display_name.split())[:200], one.addr_spec[:254].strip("<>")
    except Exception:  # noqa: BLE001 - as above
        found = re.search(r"[^\s<>\"',;]+@[^\s<>\"',;]+", said)
        return "", found[0][:254] if found else ""


def _id(text: str) -> str:
    found = IDS.search(text)
    return found[1] if found else text[:250].strip("<> ")


def _answers(message: EmailMessage) -> Iterator[str]:
    """Yield ids of letters of ours; the last reference is what is answered (RFC 5322, 3.6.4)."""
    said = [*_all(message, "in-reply-to"), *_all(message, "references")]
    seen = set()
    for text in said:
        for found in reversed(IDS.findall(text)):
            own = OWN_ID.match(found)
            if own and own[1] not in seen:
                seen.add(own[1])
                yield own[1]


def _received_at(message: EmailMessage, own: Collection[str]) -> datetime | None:
    """Return the moment of the last trace that only our own servers can have written.

    Every server puts its line above the others. Those at the top, as far as their names are ours,
    were written behind our door; the lowest of them is the moment the letter came in.
    """
    at = None
    for trace in _all(message, "received"):
        by = BY.search(trace)
        if own and (by is None or by[1].casefold() not in own):
            break
        found = _moment(trace.rpartition(";")[2])
        if found is None:
            break
        at = found
        if not own:
            break
    return at


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _automatic(outer: EmailMessage, inner: EmailMessage) -> Automatic:
    """Return what marks a machine's mail."""
    submitted = _header(inner, "auto-submitted").casefold()
    bulk = _header(inner, "precedence").casefold()
    address = _sender(outer)[1].casefold()
    marks = {
        Automatic.LOOP: OWN_ID.match(_id(_header(inner, "message-id"))),
        Automatic.RECEIPT: _header(outer, "x-ricevuta"),
        Automatic.BOUNCE: _kind(outer) == "multipart/report"
        or "<>" in _header(outer, "return-path")
        or address.startswith(("mailer-daemon@", "postmaster@")),
        Automatic.REPLY: submitted not in {"", "no"}
        or bulk == "auto_reply"
        or any(_header(inner, f"x-{name}") for name in ("autoreply", "autorespond", "auto-reply")),
        Automatic.LIST: bulk in {"bulk", "list", "junk"} or _header(inner, "list-unsubscribe"),
    }
    return next((word for word, is_so in marks.items() if is_so), Automatic.PERSON)


# Content


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something, in order; a message inside is one part."""
    waiting: list[EmailMessage] = [message]
    for _number in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        payload = part.get_payload()
        if _kind(part).startswith("multipart/") and isinstance(payload, list):
            waiting[:0] = [one for one in payload if isinstance(one, EmailMessage)]
        else:
            yield part


def _content(message: EmailMessage) -> tuple[str, tuple[Enclosed, ...], bool]:
    """Return the text, the files, and whether that is all."""
    plain: list[str] = []
    pages: list[str] = []
    files: list[Enclosed] = []
    count = 0
    for part in _parts(message):
        count += 1
        kind = _kind(part)
        is_text = kind.startswith("text/") and not _filename(part)
        if is_text and "attachment" not in _header(part, "content-disposition").casefold():
            (pages if kind == "text/html" else plain).append(_text(part))
        elif _filename(part) not in PEC_PAPERS:
            files.append(Enclosed(_filename(part) or kind.replace("/", "."), _bytes(part)))
    said = "\n".join(plain).strip() or text_of("\n".join(pages))
    body = said.replace("\x00", "").replace("\r\n", "\n")
    is_all = count < MOST_PARTS and len(files) <= MOST_FILES and len(body) <= LONGEST_BODY
    return body[:LONGEST_BODY], tuple(files[:MOST_FILES]), is_all


def _kind(part: EmailMessage) -> str:
    return _safely(part.get_content_type)


def _safely(read: Callable[[], str | None]) -> str:
    try:
        return read() or ""
    except Exception:  # noqa: BLE001 - as above
        return ""


def _filename(part: EmailMessage) -> str:
    name = " ".join(_safely(part.get_filename).split()).replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable())[:200]


def _bytes(part: EmailMessage) -> bytes:
    if _kind(part) == "message/rfc822":
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        try:
            return inner.as_bytes() if isinstance(inner, EmailMessage) else b""
        except (ValueError, LookupError, RecursionError, AttributeError, TypeError):
            return b""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError):
        return b""
    return content if isinstance(content, bytes) else b""


def _text(part: EmailMessage) -> str:
    """Return a text part in its own charset, or in one that every byte fits into."""
    content = _bytes(part)[: 4 * LONGEST_BODY]
    charset = _safely(part.get_content_charset)
    for name in (charset, "utf-8", "cp1252"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("latin-1")
