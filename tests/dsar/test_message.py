"""A mail as it came: what is taken from it, what is not believed, and that nothing breaks it."""

import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from dsar.mail import markup, message
from dsar.mail.message import Automatic, parse
from tests.builders import NOW
from tests.dsar.mails import ASKS, a_mail, certified

OWN = {"mx.acme.example", "store.acme.example"}
OURS = "0193b5c3a2f37c4e9d6b1a2f3c4d5e6f"


def test_a_letter_with_its_file() -> None:
    mail = parse(a_mail(files={"delega.pdf": b"%PDF-1.7"}).as_bytes(), own_hosts=OWN)
    assert (mail.sender_name, mail.sender_address) == ("Anna Bianchi", "anna.bianchi@example.it")
    assert (mail.subject_line, mail.body) == ("Richiesta di accesso", ASKS.strip())
    assert (mail.message_id, mail.automatic, mail.is_whole) == ("one@example.it", "", True)
    assert [(file.name, file.content) for file in mail.enclosed] == [("delega.pdf", b"%PDF-1.7")]


def test_it_came_when_our_own_server_says_and_never_when_the_sender_says() -> None:
    mail = a_mail()
    forged = b"Received: from x by mx.evil.example; Thu, 01 Jan 1998 00:00:00 +0000\n"
    raw = mail.as_bytes()
    end = raw.index(b"From:")
    assert parse(raw[:end] + forged + raw[end:], own_hosts=OWN).received_at == NOW
    assert parse(raw, own_hosts=OWN).received_at == NOW
    assert parse(raw).received_at == NOW, "without names the first trace counts"
    assert parse(raw[end:], own_hosts=OWN).received_at is None
    assert parse(forged + raw, own_hosts=OWN).received_at is None, "not ours at the top"


def test_of_several_servers_of_ours_the_first_counts() -> None:
    later = (
        b"Received: from mx.acme.example by store.acme.example with LMTP id 1;\n"
        b"\tMon, 23 Nov 2026 23:30:00 +0100\n"
    )
    assert parse(later + a_mail().as_bytes(), own_hosts=OWN).received_at == NOW
    assert parse(later + a_mail().as_bytes()).received_at == datetime(
        2026, 11, 23, 22, 30, tzinfo=UTC
    )


def test_a_trace_without_a_date_says_nothing() -> None:
    raw = a_mail().as_bytes().replace(b"+0000", b"+9900", 1)
    for broken in (raw, b"Received: by mx.acme.example; yesterday\n" + a_mail().as_bytes()):
        assert parse(broken, own_hosts=OWN).received_at in {None, NOW}


def test_a_certified_letter_is_taken_out_of_its_envelope() -> None:
    letter = a_mail(files={"carta.txt": b"ciao"}, sender="Anna <anna@pec.example>")
    mail = parse(certified(letter, at=NOW + timedelta(hours=1)).as_bytes(), own_hosts=OWN)
    assert mail.body == ASKS.strip()
    assert mail.sender_address == "anna@pec.example"
    assert mail.subject_line == "Richiesta di accesso"
    assert mail.received_at == NOW + timedelta(hours=1), "when it came to us, not to the sender"
    assert [file.name for file in mail.enclosed] == ["carta.txt"]


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({}, Automatic.PERSON),
        ({"Auto_Submitted": "no"}, Automatic.PERSON),
        ({"Auto_Submitted": "auto-replied"}, Automatic.REPLY),
        ({"Auto_Submitted": "auto-generated (vacation)"}, Automatic.REPLY),
        ({"X_Autoreply": "yes"}, Automatic.REPLY),
        ({"Precedence": "auto_reply"}, Automatic.REPLY),
        ({"Precedence": "bulk"}, Automatic.LIST),
        ({"List_Unsubscribe": "<https://example.org/u>"}, Automatic.LIST),
        ({"Return_Path": "<>"}, Automatic.BOUNCE),
        ({"sender": "Mail Delivery <MAILER-DAEMON@example.net>"}, Automatic.BOUNCE),
        ({"X_Ricevuta": "avvenuta-consegna"}, Automatic.RECEIPT),
        ({"message_id": f"<{OURS}@custode.invalid>"}, Automatic.LOOP),
    ],
)
def test_what_a_machine_wrote_is_known(headers: dict[str, str], word: Automatic) -> None:
    assert parse(a_mail(**headers).as_bytes()).automatic is word


def test_a_report_of_a_server_is_a_bounce() -> None:
    report = EmailMessage()
    report["From"] = "server@example.net"
    report.set_content("Undelivered")
    report.make_mixed()
    raw = report.as_bytes().replace(b"multipart/mixed", b"multipart/report")
    assert parse(raw).automatic is Automatic.BOUNCE


def test_it_says_which_letter_of_ours_it_answers() -> None:
    other = "f" * 32
    mail = parse(
        a_mail(
            In_Reply_To=f"<{OURS}@custode.invalid>",
            References=f"<{other}@custode.invalid> <x@y> <{OURS}@custode.invalid>",
        ).as_bytes()
    )
    assert mail.answers == (OURS, other)


def test_a_page_is_read_as_its_reader_sees_it() -> None:
    mail = a_mail()
    mail.set_content(
        "<html><head><title>x</title><style>p {}</style></head><body><!-- no --><p>Cancellate i"
        " miei dati</p><script>alert(1)</script>&egrave; tutto<blockquote>vecchio</blockquote>",
        subtype="html",
    )
    assert parse(mail.as_bytes()).body == "Cancellate i miei dati\nè tutto\n> vecchio"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-7", "no-such-charset", "cp1252"])
def test_a_letter_in_any_charset_has_words(charset: str) -> None:
    raw = (
        f"From: a@b.example\nContent-Type: text/plain; charset={charset}\n\n".encode()
        + "perché no".encode("cp1252")
    )
    assert parse(raw).body.startswith("perch")


def test_no_name_of_a_file_leaves_its_folder() -> None:
    mail = parse(a_mail(files={"..\\..\\x/../ev\u202eil.pdf": b"x"}).as_bytes())
    assert [file.name for file in mail.enclosed] == ["evil.pdf"]


def test_what_is_too_large_is_cut_and_said_so() -> None:
    raw = a_mail().as_bytes() + b"a" * (message.LARGEST + 1)
    mail = parse(raw)
    assert (mail.is_whole, mail.sender_address) == (False, "anna.bianchi@example.it")
    assert len(mail.body) == message.LONGEST_BODY


BROKEN = {
    "nothing": b"",
    "zeros": b"\x00" * 10_000,
    "no end of headers": b"A: b\n" * 2_000_000,
    "a header of megabytes": b"From: " + b"(" * 5_000_000 + b"\n\nx",
    "a type of megabytes": b"Content-Type: a/b" + b';"' * 2_000_000 + b"\n\nx",
    "a million parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 2_000_000,
    "headers in parts": (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + b"a:b\n" * 4_000_000 + b"\n--b--"
    ),
    "nested without end": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 5_000,
    "words that are not encoded": b"Subject: =?utf-8?b?" + b"A" * 3_000 + b"\nFrom: =?x?q?\n\nx",
    "groups": b"From: a:" + b"b:" * 1_000 + b";\n\nx",
    "half a tag": b"Content-Type: text/html\n\n" + b"<" * 1_000_000,
    "style without end": b"Content-Type: text/html\n\n" + b"<style>" * 60_000,
    "styles": b"Content-Type: text/html\n\n" + b"<style></style>" * 30_000,
    "comments": b"Content-Type: text/html\n\n" + b"<!--" * 200_000,
    "entities": b"Content-Type: text/html\n\n" + b"&" * 500_000,
    "broken base64": b"Content-Transfer-Encoding: base64\n\n!!!\x80" * 100,
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#\n" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
def test_nothing_breaks_the_reader(name: str) -> None:
    began = datetime.now(tz=UTC)
    mail = parse(BROKEN[name], own_hosts=OWN)
    assert datetime.now(tz=UTC) - began < timedelta(seconds=20)
    assert len(mail.body) <= message.LONGEST_BODY
    assert len(mail.enclosed) <= message.MOST_FILES


def test_no_bytes_break_the_reader() -> None:
    good = certified(a_mail(files={"a.pdf": b"%PDF"})).as_bytes()
    chance = random.Random(42)
    for _number in range(300):
        bad = bytearray(good)
        for _change in range(chance.randint(1, 30)):
            at = chance.randrange(len(bad))
            bad[at : at + chance.randint(0, 9)] = chance.randbytes(chance.randint(0, 9))
        parse(bytes(bad), own_hosts=OWN)


def test_text_of_a_page_is_bounded() -> None:
    assert len(markup.text_of("<p>" * 1_000_000)) < 3
