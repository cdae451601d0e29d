"""The root key as a key of Vault's transit engine, which it never leaves.

HTTP API of the transit engine: POST /v1/MOUNT/encrypt/KEY and …/decrypt/KEY, with
`associated_data`, which authenticated ciphers alone take. (`context`, in spite of its name,
derives another key.) OpenBao answers the same.

What is kept is Vault's own text, `vault:v3:BASE64`, so that an administrator can open it with
Vault's tools. Vault reads it generously: `v0` is `v1` to it, and base64 may hold line breaks. A
changed byte must not open, so that only the one way to write it is accepted here.
"""

import base64
import binascii
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from governance.crypto.envelope import NONCE, TAG
from governance.crypto.errors import UnsealError
from governance.crypto.root import KEY_BYTES, Secret
from governance.crypto.rootkeys.base import (
    SECONDS,
    RootKeyRefusedError,
    RootKeyUnavailableError,
    checked,
    opened,
    proven,
)
from governance.crypto.rootkeys.https import Answer, Server, parsed

MOUNT = "transit"
KEY = re.compile(r"(?:(?P<mount>[\w.-]+(?:/[\w.-]+)*)/)?(?P<name>[\w.-]+)", re.ASCII)
TEXT = re.compile(rb"vault:v[1-9][0-9]*:(?P<sealed>[A-Za-z0-9+/]+=*)")
TOKEN = re.compile(r"[!-~]+")
# Go's words for a wrong tag. Vault has sent them with 500 as well as with 400 (its issue 10842).
WRONG_TAG = "message authentication failed"
NO_KEY = "encryption key not found"
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, TOO_MANY, ERROR, UNAVAILABLE = (
    200, 400, 403, 404, 429, 500, 503,
)  # fmt: skip
REASONS = {
    FORBIDDEN: "it refuses the token",
    TOO_MANY: "it is asked too often",
    UNAVAILABLE: "it is sealed or in maintenance",
}
FINAL = {BAD_REQUEST: "it has no such key, or of another type", NOT_FOUND: "it has no such engine"}


class VaultRootKey:
    """A root key in Vault; nothing is asked before the first use.

    Parameters
    ----------
    url : of the server, https alone, without a path
    key : name of a key of type `aes256-gcm96`, after the engine's path if that is not `transit`
    token : to log in with, or the file that holds it, read at each call, for tokens expire
    authority : file of the certificates that sign the server's, or None for the system's
    seconds : how long the server may take for one answer

    Raises
    ------
    ImproperlyConfigured
        an argument is none of these
    """

    def __init__(
        self,
        *,
        url: str,
        key: str,
        token: Secret | Path,
        authority: Path | None = None,
        seconds: float = SECONDS,
    ) -> None:
        found = KEY.fullmatch(key)
        if found is None:
            raise ImproperlyConfigured(
                "CUSTODE_VAULT_KEY is not the name of a key. Example: CUSTODE_VAULT_KEY=custode"
            )
        self._mount, self._name = found["mount"] or MOUNT, found["name"]
        self._token = token
        self._server = Server(url, authority=authority, seconds=seconds, called=self.describe())

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def describe(self) -> str:
        """Return `vault:MOUNT/KEY`: a server may move, and its key is the same."""
        return f"vault:{self._mount}/{self._name}"

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return Vault's text for the key, as `RootKey.wrap` promises."""
        body = {"plaintext": _text(checked(key)), "associated_data": _text(context)}
        answer = self._post("encrypt", body)
        if answer.status != OK:
            raise self._refusal(answer)
        wrapped = self._member(answer, "ciphertext").encode()
        if not _is_canonical(wrapped):
            raise RootKeyUnavailableError(provider=self.describe(), because="its answer is wrong")
        return proven(self, key, wrapped=wrapped, context=context)

    def unwrap(self, wrapped: bytes, context: bytes) -> Secret:
        """Return the key that `wrap` wrapped, as `RootKey.unwrap` promises."""
        if not _is_canonical(bytes(wrapped)):
            raise UnsealError
        body = {"ciphertext": bytes(wrapped).decode(), "associated_data": _text(context)}
        answer = self._post("decrypt", body)
        if _says_no(answer):
            raise UnsealError
        if answer.status != OK:
            raise self._refusal(answer)
        plain = _bytes(self._member(answer, "plaintext"))
        if plain is None:
            raise RootKeyUnavailableError(provider=self.describe(), because="its answer is wrong")
        return opened(plain)

    def _post(self, verb: str, body: dict[str, str]) -> Answer:
        path = f"/v1/{self._mount}/{verb}/{self._name}"
        return self._server.post(path, body, {"X-Vault-Token": self._login()})

    def _login(self) -> str:
        try:
            token = (
                self._token.read_text(encoding="utf-8")
                if isinstance(self._token, Path)
                else self._token.reveal().decode()
            ).strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        # The standard library quotes a header that it refuses.
        if TOKEN.fullmatch(token):
            return token
        raise RootKeyUnavailableError(provider=self.describe(), because="there is no token")

    def _refusal(self, answer: Answer) -> RootKeyUnavailableError:
        because = REASONS.get(answer.status, f"it answers {answer.status}")
        if answer.status in FINAL:
            return RootKeyRefusedError(provider=self.describe(), because=FINAL[answer.status])
        return RootKeyUnavailableError(provider=self.describe(), because=because)

    def _member(self, answer: Answer, name: str) -> str:
        data = parsed(answer).get("data")
        value = data.get(name) if isinstance(data, dict) else None
        if isinstance(value, str) and value.isascii():
            return value
        raise RootKeyUnavailableError(provider=self.describe(), because="its answer is wrong")


def _says_no(answer: Answer) -> bool:
    """Say whether the server did look, and these bytes do not open."""
    if answer.status not in {BAD_REQUEST, ERROR}:
        return False
    words = str(parsed(answer).get("errors"))
    return WRONG_TAG in words or (answer.status == BAD_REQUEST and NO_KEY not in words)


def _is_canonical(wrapped: bytes) -> bool:
    found = TEXT.fullmatch(wrapped)
    sealed = _bytes(found["sealed"].decode()) if found else None
    return sealed is not None and len(sealed) == NONCE + KEY_BYTES + TAG


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes | None:
    """Return the bytes of base64 that is written in the one way there is, or None."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if _text(value) == text else None
