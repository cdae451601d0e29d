"""A small Vault: the transit engine's encrypt and decrypt over https, and every way to be away.

It reads as generously as the real one does: `v0` is `v1`, base64 may hold line breaks.
"""

import base64
import http.server
import ipaddress
import json
import os
import re
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.of-a-test"
SECONDS = 0.4  # the patience of a client that is to lose it


class VaultServer:
    """Listens on a port of 127.0.0.1 until it is closed.

    `behaviour` is what it does with the next calls: `well`, the name of a method of `Handler`, or a
    pair of status and body.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "vault.pem"
        certificate = _certificate(folder, self.authority)
        self.keys: dict[str, dict[int, bytes]] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.behaviour: str | tuple[int, bytes] = "well"
        self.takes_associated_data = True
        self.status_of_wrong_tag = 400
        self.token = TOKEN
        self.closing = threading.Event()
        handler = type("Bound", (Handler,), {"vault": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
        self.http.socket = tls.wrap_socket(
            self.http.socket, server_side=True, do_handshake_on_connect=False
        )
        self.http.handle_error = lambda *_args: None  # clients that go away are what is tested
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.http.server_port}"

    def make_key(self, name: str) -> None:
        """Make a key, or the next version of one."""
        versions = self.keys.setdefault(name, {})
        versions[len(versions) + 1] = os.urandom(32)

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    vault: ClassVar[VaultServer]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        vault, token = self.vault, self.headers["X-Vault-Token"]
        vault.seen.append((self.path, token))
        if isinstance(vault.behaviour, tuple):
            self.say(*vault.behaviour)
        elif token != vault.token:
            self.fail(403, "permission denied")
        else:
            getattr(self, vault.behaviour)(body)

    def do_GET(self) -> None:
        """Count it: nobody has reason to ask so."""
        self.vault.seen.append((f"GET {self.path}", None))
        self.fail(405, "unsupported operation")

    def well(self, body: dict[str, str]) -> None:
        found = re.fullmatch(r"/v1/(?:team/)?transit/(encrypt|decrypt)/([^/]+)", self.path)
        if found is None:
            self.fail(404, "no handler for route")
        elif found[2] not in self.vault.keys:
            self.fail(400, "encryption key not found")
        else:
            versions = self.vault.keys[found[2]]
            bound = base64.b64decode(body.get("associated_data", ""))
            bound = bound if self.vault.takes_associated_data else b""
            getattr(self, found[1])(versions, body, bound)

    def encrypt(self, versions: dict[int, bytes], body: dict[str, str], bound: bytes) -> None:
        version, nonce = max(versions), os.urandom(12)
        plain = base64.b64decode(body["plaintext"])
        sealed = nonce + AESGCM(versions[version]).encrypt(nonce, plain, bound)
        self.give(ciphertext=f"vault:v{version}:{base64.b64encode(sealed).decode()}")

    def decrypt(self, versions: dict[int, bytes], body: dict[str, str], bound: bytes) -> None:
        found = re.fullmatch(r"vault:v(\d+):(.*)", body["ciphertext"], re.DOTALL)
        if found is None:
            return self.fail(400, "invalid ciphertext: no prefix")
        key = versions.get(int(found[1]) or 1)
        if key is None:
            return self.fail(400, "invalid ciphertext: version is too new")
        sealed = base64.b64decode(found[2])
        try:
            plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)
        except (InvalidTag, ValueError):
            return self.fail(
                self.vault.status_of_wrong_tag, "cipher: message authentication failed"
            )
        return self.give(plaintext=base64.b64encode(plain).decode())

    def hang(self, _body: object) -> None:
        self.vault.closing.wait(60)

    def drip(self, _body: object) -> None:
        """Send a byte now and then: no single wait is long."""
        self.send_response(200)
        self.end_headers()
        while not self.vault.closing.wait(SECONDS / 4):
            self.wfile.write(b" ")
            self.wfile.flush()

    def redirect(self, body: dict[str, str]) -> None:
        if self.path.startswith("/v1/team/"):
            return self.well(body)
        self.send_response(307)
        self.send_header("Location", f"{self.vault.url}/v1/team{self.path.removeprefix('/v1')}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def echo(self, body: dict[str, str]) -> None:
        """Answer with the key as it came."""
        text = body.get("plaintext", "")
        self.give(ciphertext=text, plaintext=text)

    def forge(self, _body: object) -> None:
        """Answer with what looks right and opens nowhere."""
        self.give(ciphertext=f"vault:v1:{base64.b64encode(os.urandom(60)).decode()}")

    def give(self, **data: str) -> None:
        self.say(200, json.dumps({"data": data}).encode())

    def fail(self, status: int, words: str) -> None:
        self.say(status, json.dumps({"errors": [words]}).encode())

    def say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


def _certificate(folder: Path, certificate: Path) -> tuple[Path, Path]:
    """Write a self-signed certificate of 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vault of a test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = folder / "vault.key"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
