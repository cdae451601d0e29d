"""A witness of its own making: C2SP tlog-witness from the specification, with RFC 6962's definitions.

Nothing here is the product's: signatures by `cryptography`, proofs by the recursion of the RFC.
"""

import base64
import hashlib
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.audit.peers.serving import Answer

PLAIN = "text/plain"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class MiniWitness:
    """Remembers one size and root for each log it knows."""

    def __init__(self, name: str = "witness.example/one") -> None:
        self.name = name
        self._key = Ed25519PrivateKey.generate()
        self._public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._id = sha(name.encode() + b"\n\x04" + self._public)[:4]
        self.logs: dict[str, tuple[bytes, Ed25519PublicKey]] = {}
        self.seen: dict[str, tuple[int, bytes]] = {}

    @property
    def vkey(self) -> str:
        data = base64.b64encode(bytes([4]) + self._public).decode()
        return f"{self.name}+{self._id.hex()}+{data}"

    def trust(self, vkey: str) -> None:
        """Get to know a log by the key it signs with."""
        name, identifier, data = vkey.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(data)[1:])
        self.logs[name] = (bytes.fromhex(identifier), public)

    def answer(self, path: str, body: bytes) -> Answer:  # noqa: PLR0911 - a refusal each
        if path != "/add-checkpoint":
            return 404, PLAIN, b""
        asked, _, checkpoint = body.partition(b"\n\n")
        first, *proof = asked.decode().split("\n")
        old = int(first.removeprefix("old "))
        text, _, signatures = checkpoint.partition(b"\n\n")
        text += b"\n"
        origin, size_line, root_line = text.decode().split("\n")[:3]
        size, root = int(size_line), base64.b64decode(root_line)
        if origin not in self.logs:
            return 404, PLAIN, b""
        if not self._is_signed(origin, text, signatures.decode()):
            return 403, PLAIN, b""
        if old > size:
            return 400, PLAIN, b""
        seen, seen_root = self.seen.get(origin, (0, sha(b"")))
        if old != seen or (old == size and root != seen_root):
            return 409, "text/x.tlog.size", f"{seen}\n".encode()
        if not continues(old, size, seen_root, root, [base64.b64decode(p) for p in proof]):
            return 422, PLAIN, b""
        self.seen[origin] = (size, root)
        now = int(time.time())
        signed = self._key.sign(b"cosignature/v1\ntime %d\n" % now + text)
        blob = base64.b64encode(self._id + now.to_bytes(8, "big") + signed).decode()
        return 200, PLAIN, f"— {self.name} {blob}\n".encode()

    def _is_signed(self, origin: str, text: bytes, signatures: str) -> bool:
        identifier, public = self.logs[origin]
        for line in signatures.split("\n"):
            _, _, blob = line.rpartition(" ")
            raw = base64.b64decode(blob)
            if raw[:4] == identifier:
                try:
                    public.verify(raw[4:], text)
                except InvalidSignature:
                    return False
                return True
        return False


def continues(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 6962 §2.1.2, its recursion followed backwards: both roots follow from the proof."""
    if old in {0, new}:
        return not proof and (old == 0 or old_root == new_root)
    path = list(proof)

    def roots(m: int, n: int, is_whole: bool) -> tuple[bytes, bytes]:
        if m == n:
            node = old_root if is_whole else path.pop(0)
            return node, node
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            left_old, left_new = roots(m, k, is_whole)
            return left_old, sha(b"\x01" + left_new + path.pop(0))
        right_old, right_new = roots(m - k, n - k, False)
        left = path.pop(0)
        return sha(b"\x01" + left + right_old), sha(b"\x01" + left + right_new)

    try:
        return roots(old, new, True) == (old_root, new_root) and not path
    except IndexError:
        return False
