"""A recipient: an https server of 127.0.0.1 with an authority of its own."""

import http.server
import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Receiver:
    """Takes notices, and keeps headers and body of each; answers with `status`."""

    def __init__(self, folder: Path) -> None:
        self.authority, pem = folder / "authority.pem", folder / "server.pem"
        certificates(self.authority, pem)
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        handler = type("Bound", (_Handler,), {"receiver": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        self.http.socket = tls.wrap_socket(
            self.http.socket, server_side=True, do_handshake_on_connect=False
        )
        self.http.handle_error = lambda *_args: None  # clients that go away are what is tested
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.http.server_port}/hook?kind=erasure"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        said = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.seen.append(({**said, ":path": self.path}, body))
        self.send_response(self.receiver.status)
        if 300 <= self.receiver.status < 400:
            self.send_header("location", self.receiver.url() + "&followed=1")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def certificates(authority: Path, server: Path) -> None:
    """Write an authority of its own, and the key and certificate of a server it vouches for."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    ca = _signed(root, root, root_key.public_key(), root_key, [
        (x509.BasicConstraints(ca=True, path_length=0), True),
    ])  # fmt: skip
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recipient")])
    names = x509.SubjectAlternativeName([
        x509.DNSName("recipient.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ])  # fmt: skip
    leaf = _signed(name, root, key.public_key(), root_key, [(names, False)])
    pem = serialization.Encoding.PEM
    authority.write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server.write_bytes(private + leaf.public_bytes(pem))


def _signed(subject, issuer, public, key, extensions) -> x509.Certificate:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        issuer_name=issuer, subject_name=subject, public_key=public,
        serial_number=x509.random_serial_number(), not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )  # fmt: skip
    for extension, is_critical in extensions:
        made = made.add_extension(extension, critical=is_critical)
    return made.sign(key, hashes.SHA256())
