"""What every anchor does, whoever it is: one suite, run over all of them."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.smtp import EmailBackend
from django.test import override_settings

from audit import anchoring, bundle, proofs
from audit.anchors.base import Anchor, AnchorError, Published
from audit.anchors.directory import Directory
from audit.anchors.mail import Mail
from audit.anchors.timestamp import Authority
from audit.anchors.witness import Witness
from audit.verifier import note
from governance import env
from registry import contacts, tasks
from registry.models import Controller
from tests.audit.history import an_old_entry, seal
from tests.audit.peers.post import MiniPost
from tests.audit.peers.serving import HttpPeer
from tests.audit.peers.tsa import MiniAuthority
from tests.audit.peers.witness import MiniWitness

pytestmark = pytest.mark.usefixtures("fresh_database")
CONTROLLER = uuid4()


@dataclass
class Stage:
    """An anchor and the outside party it talks to, which may go away and come back."""

    anchor: Anchor
    leave: Callable[[], None]
    come_back: Callable[[], None]
    peer: Any = None
    guarded: Callable[[Published, bytes], Sequence[int]] = lambda _, proof: range(len(proof))
    """The places of a proof that nobody can change, of (published, proof)."""


def a_directory(folder: Path) -> Iterator[Stage]:
    place, away = folder / "export", folder / "away"
    place.mkdir()

    def leave() -> None:
        place.rename(away)
        place.touch()  # what is mounted there is no folder

    def come_back() -> None:
        place.unlink()
        away.rename(place)

    yield Stage(Directory(place, bundle.segment), leave, come_back)


def a_witness(folder: Path) -> Iterator[Stage]:
    peer = MiniWitness()
    server = Server(lambda port: HttpPeer(peer.answer, port=port))
    key = note.Key.parse(peer.vkey)
    witness = Witness(f"http://127.0.0.1:{server.port}/", key, proofs.consistency)
    yield Stage(witness, server.close, server.start, peer)
    server.close()


def an_authority(folder: Path, **more: Any) -> Iterator[Stage]:
    peer = MiniAuthority(folder / "tsa", **more)
    server = Server(lambda port: HttpPeer(peer.answer, port=port))
    authority = Authority(f"http://127.0.0.1:{server.port}/tsr", peer.roots)

    def guarded(published: Published, proof: bytes) -> list[int]:
        """What is signed, and the signature: the envelope around them has bytes that say nothing."""
        imprint = proof.index(hashlib.sha256(published.note.encode()).digest())
        return [*range(imprint - 40, imprint + 60), *range(len(proof) - 60, len(proof))]

    yield Stage(authority, server.close, server.start, peer, guarded)
    server.close()


def a_mailbox(folder: Path) -> Iterator[Stage]:
    server = Server(lambda port: MiniPost(port=port))

    def connect() -> EmailBackend:
        return EmailBackend(host="127.0.0.1", port=server.port, timeout=5)

    mail = Mail(
        ["dpo@one.example", "dpo@two.example"], sender="custode@acme.example", connect=connect
    )

    def guarded(_: Published, proof: bytes) -> range:
        """Which checkpoint a Message-ID says; for whom it was, which follows, nobody can check."""
        return range(proof.index(b"."))

    yield Stage(mail, server.close, server.start, server, guarded)
    server.close()


class Server:
    """A server that comes back at the same port."""

    def __init__(self, start: Callable[[int], Any]) -> None:
        self._start = start
        self.current = start(0)
        self.port: int = self.current.port

    def start(self) -> None:
        self.current = self._start(self.port)

    def close(self) -> None:
        if self.current:
            self.current.close()
        self.current = None


STAGES: dict[str, Callable[[Path], Iterator[Stage]]] = {
    "directory": a_directory,
    "witness": a_witness,
    "timestamp": an_authority,
    "timestamp with ECDSA": partial(an_authority, elliptic=True, ess="sha384"),
    "timestamp of the old form": partial(an_authority, ess="sha1"),
    "mail": a_mailbox,
}


@pytest.fixture(params=list(STAGES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from STAGES[request.param](tmp_path)


@pytest.fixture
def log(superuser: psycopg.Connection[Any], tmp_path: Path) -> Callable[[], Published]:
    """Lets the log grow; returns its new checkpoint."""

    def grow() -> Published:
        an_old_entry(superuser, CONTROLLER, at=datetime.now(UTC))
        seal(tmp_path / "signer")
        found = anchoring.newest()
        assert found
        return found

    return grow


def meet(stage: Stage, published: Published) -> None:
    """Let the outside party know the log, by its key."""
    if isinstance(stage.peer, MiniWitness):
        stage.peer.trust(published.policy.split("\n")[0].removeprefix("log "))


def test_what_was_published_verifies_and_nothing_else(
    stage: Stage, log: Callable[[], Published]
) -> None:
    first = log()
    meet(stage, first)
    proof = stage.anchor.publish(first)
    stage.anchor.verify(first, proof)
    second = log()
    with pytest.raises(AnchorError):
        stage.anchor.verify(second, proof)
    places = stage.guarded(first, proof)
    for place in places[:: max(1, len(places) // 40)]:
        changed = proof[:place] + bytes([proof[place] ^ 1]) + proof[place + 1 :]
        if changed.strip() != proof.strip():
            with pytest.raises(AnchorError):
                stage.anchor.verify(first, changed)
    for changed in (b"", proof[:-2], proof[2:]):
        with pytest.raises(AnchorError):
            stage.anchor.verify(first, changed)
    root = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    origin, size, _, tail = first.note.split("\n", 3)
    forged = replace(first, note=f"{origin}\n{size}\n{root}\n{tail}")
    with pytest.raises(AnchorError):
        stage.anchor.verify(forged, proof)


def test_twice_is_harmless_and_the_next_goes_on(stage: Stage, log: Callable[[], Published]) -> None:
    first = log()
    meet(stage, first)
    proofs_of_first = [stage.anchor.publish(first) for _ in range(2)]
    for _ in range(3):
        second = log()
    proof = stage.anchor.publish(second)
    for each in proofs_of_first:
        stage.anchor.verify(first, each)
    stage.anchor.verify(second, proof)


def test_who_is_away_is_named_and_gets_it_later(
    stage: Stage, log: Callable[[], Published], superuser: psycopg.Connection[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    meet(stage, log())
    stage.leave()
    assert anchoring.publish([stage.anchor]) == []
    assert stage.anchor.name in caplog.text
    assert superuser.execute("SELECT count(*) FROM audit.anchoring").fetchone() == (0,)
    stage.come_back()
    assert anchoring.publish([stage.anchor]) == [stage.anchor.name]
    assert anchoring.publish([stage.anchor]) == []
    name, size, proof = superuser.execute(
        "SELECT anchor, size, proof FROM audit.anchoring"
    ).fetchone()
    found = anchoring.newest()
    assert found
    assert (name, size) == (stage.anchor.name, found.size)
    stage.anchor.verify(found, proof)


def test_a_witness_signs_no_log_that_was_set_back_or_rewritten(
    log: Callable[[], Published], tmp_path: Path
) -> None:
    (stage,) = [next(stages := a_witness(tmp_path))]
    old = log()
    stage.peer.trust(old.policy.split("\n")[0].removeprefix("log "))
    new = log()
    stage.anchor.publish(new)
    with pytest.raises(AnchorError, match="was it set back"):
        stage.anchor.publish(old)
    origin = new.checkpoint.origin
    stage.peer.seen[origin] = (old.size, b"another root of this size.......")
    with pytest.raises(AnchorError, match="does not continue"):
        stage.anchor.publish(new)
    stage.peer.logs.clear()
    with pytest.raises(AnchorError, match="does not know this log"):
        stage.anchor.publish(new)
    stages.close()


def test_a_witness_with_another_key_is_none(log: Callable[[], Published], tmp_path: Path) -> None:
    published = log()
    peer, other = MiniWitness(), MiniWitness()
    peer.trust(published.policy.split("\n")[0].removeprefix("log "))
    server = HttpPeer(peer.answer)
    witness = Witness(server.url, note.Key.parse(other.vkey), proofs.consistency)
    with pytest.raises(AnchorError, match="the key we know"):
        witness.publish(published)
    server.close()


def test_a_time_stamp_of_others_is_none(log: Callable[[], Published], tmp_path: Path) -> None:
    published = log()
    own = MiniAuthority(tmp_path / "own")
    other = MiniAuthority(tmp_path / "other")
    replies: list[bytes] = []

    def keeps(path: str, body: bytes) -> tuple[int, str, bytes]:
        answer = own.answer(path, body)
        replies.append(answer[2])
        return (*answer[:2], replies[0])

    server = HttpPeer(keeps)
    Authority(server.url, own.roots).publish(published)
    with pytest.raises(AnchorError, match="an old answer"):
        Authority(server.url, own.roots).publish(published)
    with pytest.raises(AnchorError, match="does not lead to a trusted one"):
        Authority(server.url, other.roots).verify(published, replies[0])
    Authority(server.url, tmp_path / "own" / "tsa.pem").verify(published, replies[0])
    server.close()
    with pytest.raises(AnchorError, match="not https"):
        Authority("http://tsa.example.org/", own.roots).publish(published)


def test_a_mail_says_all_that_an_auditor_needs(
    log: Callable[[], Published], tmp_path: Path
) -> None:
    stage = next(stages := a_mailbox(tmp_path))
    published = log()
    stage.anchor.publish(published)
    first, second = stage.peer.current.mails
    assert (first["To"], second["To"]) == ("dpo@one.example", "dpo@two.example")
    files = {part.get_filename(): part.get_content() for part in first.iter_attachments()}
    assert files["checkpoint.note"].replace("\r\n", "\n") == published.note
    keys = [note.Key.parse(line.split()[-1]) for line in files["policy.txt"].splitlines()[:2]]
    assert len(note.open_note(files["checkpoint.note"].replace("\r\n", "\n"), keys).signed_by) == 2
    assert published.note in first.get_body().get_content().replace("\r\n", "\n")
    stage.peer.current.refused.add("dpo@one.example")
    with pytest.raises(AnchorError, match="1 of 2"):
        stage.anchor.publish(published)
    assert stage.peer.current.mails[2]["Message-ID"] == second["Message-ID"]
    stages.close()


def test_what_is_configured_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = MiniWitness().vkey
    monkeypatch.setenv("CUSTODE_W", f"https://w.example/ {key}, http://127.0.0.1:9/ {key}")
    monkeypatch.setenv("CUSTODE_T", "https://tsa.example.org/tsr")
    with override_settings(
        CUSTODE_ANCHOR_WITNESSES=env.witnesses("CUSTODE_W"),
        CUSTODE_ANCHOR_TIMESTAMP_URL=env.https("CUSTODE_T"),
    ):
        names = [anchor.name for anchor in anchoring.anchors()]
    witness = "witness witness.example/one"
    assert names == ["directory", witness, witness, "timestamp"]
    assert [anchor.name for anchor in anchoring.anchors()] == ["directory"]


@pytest.mark.parametrize(
    "value", ["http://tsa.example.org", "tsa.example.org", "https://", "https://[x"]
)
def test_who_is_not_asked_safely_stops_the_process(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTODE_T", value)
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_T must be an https"):
        env.https("CUSTODE_T")
    monkeypatch.setenv("CUSTODE_T", f"{value} {MiniWitness().vkey}")
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_T must list"):
        env.witnesses("CUSTODE_T")


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtps://u:p%40ss@mail.example.org", ("mail.example.org", 465, "u", "p@ss", True, False)),
        ("smtp://mail.example.org:25", ("mail.example.org", 25, "", "", False, True)),
        ("smtp://127.0.0.1", ("127.0.0.1", 587, "", "", False, False)),
    ],
)
def test_a_mail_server_is_a_url(
    url: str, wanted: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTODE_M", url)
    assert astuple(env.mail_server("CUSTODE_M")) == wanted
    monkeypatch.setenv("CUSTODE_M", url.replace("smtp", "http"))
    with pytest.raises(ImproperlyConfigured, match="CUSTODE_M must be an smtps"):
        env.mail_server("CUSTODE_M")
    monkeypatch.delenv("CUSTODE_M")
    assert env.mail_server("CUSTODE_M") is None


def test_the_newest_checkpoint_is_mailed_where_there_is_a_mail_server(
    log: Callable[[], Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    published = log()
    assert tasks.mail_checkpoint() == 0
    post = MiniPost()
    monkeypatch.setenv("CUSTODE_M", f"smtp://127.0.0.1:{post.port}")
    Controller.objects.all().update(dpo_contact="dpo@acme.example")
    with override_settings(
        MAIL=env.mail_server("CUSTODE_M"), EMAIL_HOST="127.0.0.1", EMAIL_PORT=post.port,
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    ):  # fmt: skip
        assert [tasks.mail_checkpoint(), tasks.mail_checkpoint()] == [1, 0]
    post.close()
    (mail,) = post.mails
    assert (mail["To"], str(published.size) in mail["Subject"]) == ("dpo@acme.example", True)


def test_officers_are_found_in_what_the_register_says() -> None:
    Controller.objects.all().update(
        dpo_contact="Avv. Rossi, <dpo@acme.example>; +39 06 1", email=""
    )
    Controller.objects.create(slug="two", name="Two", dpo_contact="by post", email="p@two.example")
    Controller.objects.create(slug="three", name="Three")
    assert contacts.officers() == ["dpo@acme.example", "p@two.example"]
    with pytest.raises(AnchorError, match="no controller names"):
        Mail([], sender="x@acme.example").publish(Published(1, 1, ""))
