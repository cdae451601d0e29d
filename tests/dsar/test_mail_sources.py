"""Where mails come from: one contract for every source, against a real folder and a real server."""

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from dsar import tasks
from dsar.mail.errors import MailboxError
from dsar.mail.imap import ImapSource
from dsar.mail.message import LARGEST, parse
from dsar.mail.polling import FolderSource, Position, Source, poll
from dsar.models import InboundMail, Mailbox
from governance.mailboxes import hosts, mailboxes
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company
from tests.dsar.imap_server import ImapServer
from tests.dsar.mails import a_mail

HOSTS = ("mx.acme.example",)
START = Position()


def letter(number: int) -> bytes:
    return a_mail(f"Lettera {number}", message_id=f"<{number}@example.it>").as_bytes()


@dataclass
class Place:
    """A source, and how a message is put there."""

    source: Source
    put: Callable[[bytes], None]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ImapServer]:
    made = ImapServer(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["folder", "imap"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "imap":
        server = request.getfixturevalue("server")
        return Place(ImapSource(server.box(), tls=server.tls()), server.put)
    folder = tmp_path / "mails"
    folder.mkdir()

    def put(raw: bytes) -> None:
        (folder / f"{len(list(folder.iterdir()))}.eml").write_bytes(raw)

    return Place(FolderSource(folder), put)


def bodies(source: Source, after: Position = START) -> list[str]:
    return [parse(fetched.raw).body for fetched in source.fetch(after)]


def test_nothing_is_there(place: Place) -> None:
    assert bodies(place.source) == []


def test_messages_come_in_their_order_and_whole(place: Place) -> None:
    for number in range(5):
        place.put(letter(number))
    found = list(place.source.fetch(Position()))
    assert [one.raw.replace(b"\r\n", b"\n") for one in found] == [letter(n) for n in range(5)]
    assert all(one.came_at is not None for one in found)


def test_behind_a_position_there_is_only_what_is_newer(place: Place) -> None:
    place.put(letter(1))
    place.put(letter(2))
    first, _second = place.source.fetch(Position())
    assert "Lettera 2" in bodies(place.source, first.position)
    *_, last = place.source.fetch(Position())
    assert len(bodies(place.source, last.position)) <= 1, "perhaps the last once more"
    place.put(letter(3))
    assert bodies(place.source, last.position)[-1] == "Lettera 3"


def test_of_what_is_too_large_the_beginning_comes(place: Place) -> None:
    place.put(letter(1) + b"x" * LARGEST)
    place.put(letter(2))
    first, second = place.source.fetch(Position())
    assert len(first.raw) == LARGEST + 1
    assert parse(first.raw).is_whole is False
    assert parse(second.raw).body == "Lettera 2"


# IMAP alone


def test_a_mailbox_is_only_read(server: ImapServer) -> None:
    server.put(letter(1))
    assert bodies(ImapSource(server.box(), tls=server.tls())) == ["Lettera 1"]
    assert [said.split(" ")[0] for said in server.said] == [
        "CAPABILITY", "LOGIN", "CAPABILITY", "EXAMINE", "UID", "UID", "LOGOUT",
    ] or [said.split(" ")[0] for said in server.said] == [
        "CAPABILITY", "LOGIN", "EXAMINE", "UID", "UID", "LOGOUT",
    ]  # fmt: skip


def test_with_another_numbering_all_is_read_again(server: ImapServer) -> None:
    server.put(letter(1))
    source = ImapSource(server.box(), tls=server.tls())
    (first,) = source.fetch(Position())
    assert (first.position, first.came_at) == (Position(7, 13), NOW)
    assert list(source.fetch(first.position)) == []
    server.validity = 8
    (again,) = source.fetch(first.position)
    assert again.position == Position(8, 13)


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"folder": "Other"}, {"port": 1}])
def test_what_goes_wrong_says_nothing_of_the_mailbox(
    server: ImapServer, wrong: dict[str, object]
) -> None:
    with pytest.raises(MailboxError) as error:
        bodies(ImapSource(server.box(**wrong), tls=server.tls()))
    assert error.value.__cause__ is None
    assert "privacy@" not in str(error.value)


def test_a_server_that_nobody_vouches_for_is_not_asked(server: ImapServer) -> None:
    with pytest.raises(MailboxError):
        bodies(ImapSource(server.box(), tls=ssl.create_default_context()))
    assert server.said == [], "no password went"


def test_a_server_that_breaks_off_is_an_error(server: ImapServer) -> None:
    server.put(letter(1))
    server.put(letter(2))
    server.breaks_off = True
    with pytest.raises(MailboxError):
        bodies(ImapSource(server.box(), tls=server.tls()))


# Polling


def mails(company: Company) -> list[str]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk, now=NOW
    ) as access:
        return [row.body or "" for row in access.rows(InboundMail).order_by("pk")]


@pytest.mark.django_db
def test_what_is_polled_is_taken_once_and_the_place_is_kept(company: Company, place: Place) -> None:
    here = company.controller.pk
    for number in range(3):
        place.put(letter(number))
    assert poll(here, place.source, own_hosts=HOSTS, now=NOW) == 3
    place.put(letter(3))
    assert poll(here, place.source, own_hosts=HOSTS, now=NOW + timedelta(minutes=1)) == 1
    assert mails(company) == [f"Lettera {number}" for number in range(4)]
    box = Mailbox.objects.get()
    assert (box.trouble, box.read_at) == ("", NOW + timedelta(minutes=1))


@pytest.mark.django_db
def test_a_mailbox_that_cannot_be_read_is_shown_and_tried_again(
    company: Company, server: ImapServer
) -> None:
    server.put(letter(1))
    server.put(letter(2))
    server.breaks_off = True
    source = ImapSource(server.box(), tls=server.tls())
    with pytest.raises(MailboxError):
        poll(company.controller.pk, source, own_hosts=HOSTS, now=NOW)
    assert Mailbox.objects.get().trouble == "mailbox_not_read"
    server.breaks_off = False
    poll(company.controller.pk, source, own_hosts=HOSTS, now=NOW)
    assert Mailbox.objects.get().trouble == ""
    assert mails(company) == ["Lettera 1", "Lettera 2"]


@pytest.mark.django_db
def test_the_worker_reads_every_mailbox_it_can(
    company: Company, server: ImapServer, settings: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server.put(letter(1))
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    settings.MAILBOXES = (  # type: ignore[attr-defined]
        server.box(company="nobody"), server.box(port=1), server.box(),
    )  # fmt: skip
    assert tasks.read_mailboxes() == 1
    assert mails(company) == ["Lettera 1"]


# The command


@pytest.mark.django_db
def test_a_folder_by_the_command(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.eml").write_bytes(letter(1))
    (tmp_path / "b.txt").write_bytes(letter(2))
    for _time in range(2):
        call_command("receive_mail", "acme", folder=tmp_path)
    assert capsys.readouterr().out == "1 taken\n0 taken\n"
    with pytest.raises(CommandError, match="no company"):
        call_command("receive_mail", "nobody")


def test_a_message_by_a_pipe_that_can_not_be_taken_now_is_tried_again() -> None:
    nowhere = {**os.environ, "DATABASE_URL": "postgresql://x@/x?host=%2Fnonexistent"}
    done = subprocess.run(
        [sys.executable, "manage.py", "receive_mail", "acme"], input=letter(1),
        capture_output=True, cwd=settings.BASE_DIR, env=nowhere, check=False,
    )  # fmt: skip
    assert done.returncode == 75
    assert b"try again" in done.stderr
    assert b"Lettera" not in done.stderr


# The environment


@pytest.mark.parametrize(
    "wrong", ["imaps://x@mail.example.org", "acme=imap://x@mail.example.org", "acme=https://x/",
              "acme=imaps://", "acme"],
)  # fmt: skip
def test_a_mailbox_that_is_none_stops_the_process(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("CUSTODE_MAILBOXES", wrong)
    with pytest.raises(ImproperlyConfigured, match="imaps"):
        mailboxes("CUSTODE_MAILBOXES")


def test_mailboxes_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "CUSTODE_MAILBOXES", "a=imaps://u%40x:p%2F@h/Posta%20in, b=imap://u:p@127.0.0.1"
    )
    monkeypatch.setenv("CUSTODE_MAIL_HOSTS", "MX.acme.example , store")
    one, two = mailboxes("CUSTODE_MAILBOXES")
    assert (one.company, one.user, one.password, one.folder, one.port) == (
        "a", "u@x", "p/", "Posta in", 993,
    )  # fmt: skip
    assert (two.is_tls, two.port, two.folder) == (False, 143, "INBOX")
    assert "p/" not in repr(one)
    assert hosts("CUSTODE_MAIL_HOSTS") == ("mx.acme.example", "store")
