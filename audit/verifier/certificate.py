"""`certificate`: what a certificate of erasure says, the entry that names it, the log it is in.

Follows docs/spec/erasure.md, section 8. The file is canonical JSON (RFC 8785) of two members:
`body`, what the certificate says, and `entry`, the bytes of an entry of the log as one text. The
entry names the digest of the body, so its place under a signed checkpoint is the signature of the
certificate. Two acts do so: that the person was erased, and later that the last bytes of the
keys are gone.
"""

import hashlib
import hmac
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from . import form, tree
from .entries import Entry
from .policy import Keyring, Signed
from .proof import Proof
from .verdict import OK, CannotTellError, TamperedError, Verdict

ERASED, PHYSICAL = "subject.erased", "key.physically_destroyed"
NORMAL_FORM = 1  # of identifiers, as the product numbers them
SECRET_BYTES = 32
MOST = 20_000  # sets of identifiers that are tried
OLD = 1  # certificates of version 1 are not named by their entry
MINE = re.compile(r"(r|email|phone|fiscal_code)[ :]+(\S.*)")


def check(raw: bytes, proof: Proof, keyring: Keyring, *, mine: str | None = None) -> Verdict:
    """Check a certificate against its proof; with `mine`, also whose it is.

    Arguments
    ---------
    raw : the file
    mine : lines `r <64 hex digits>` and `email …`, `phone …`, `fiscal_code …`: the secret that
        the person got, and identifiers of theirs; more than the certificate counts are no harm

    Raises
    ------
    TamperedError
        `form_changed`, `certificate_changed`, `tree_changed` or `signature_invalid`
    CannotTellError
        the certificate is of version 1, or not about these identifiers
    """
    body, entry = _parts(raw, proof.index)
    said = entry.body.get("reason")
    is_old = body.get("version") == OLD and said == "certified"
    if entry["act"] not in {ERASED, PHYSICAL} or entry["outcome"] != "done":
        raise _changed("the entry is not about an erasure", proof.index)
    if not is_old and said != f"certificate.{digest(body)}":
        raise _changed("this is not the certificate that the entry names", proof.index)
    if entry["record"] != body.get("erasure"):
        raise _changed("the entry is about another erasure", proof.index)
    signed = proof.check(tree.leaf_hash(entry.raw), keyring)
    if is_old:
        detail = "the entry is in the log, and one of version 1 does not name its certificate"
        raise CannotTellError("version_1", detail, proof.index)
    theirs = "" if mine is None else _owned(body, mine, proof.index)
    return Verdict(OK, _detail(entry, signed) + theirs, size=signed.size)


def digest(body: dict[str, Any]) -> str:
    """Return what the entry calls a certificate: SHA-256 over its canonical form, hex."""
    return hashlib.sha256(form.canonical(body)).hexdigest()


def commitment(secret: bytes, lines: Iterable[str]) -> str:
    """Return c = HMAC-SHA256(r, the lines `kind|version|normal form`, sorted), hex."""
    text = "".join(f"{line}\n" for line in sorted(lines))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _parts(raw: bytes, index: int) -> tuple[dict[str, Any], Entry]:
    try:
        found = form.parse(raw)
        form.require_canonical(found, raw)
        body, entry = found.get("body"), found.get("entry")
        if len(found) != 2 or not isinstance(body, dict) or not isinstance(entry, str):  # noqa: PLR2004 - body and entry
            msg = "a certificate is a body and an entry"
            raise form.FormError(msg)  # noqa: TRY301 - the same answer as for what is no JSON
    except form.FormError as error:
        raise TamperedError("form_changed", f"the certificate can not be read: {error}") from error
    return body, Entry(index, entry.encode())


def _changed(detail: str, index: int) -> TamperedError:
    return TamperedError("certificate_changed", detail, index)


def _detail(entry: Entry, signed: Signed) -> str:
    what = f"certified by entry {entry.index} of {signed.size}, stamped {entry['at']}"
    if entry["act"] == PHYSICAL:
        gone = datetime.fromtimestamp(entry.count("removed_at"), UTC)
        what += f"; the keys had left the keystore at {gone:%Y-%m-%dT%H:%M:%SZ}"
    return what


# Whose it is


def _owned(body: dict[str, Any], mine: str, index: int) -> str:
    """Return what to say where the identifiers are those of the certificate."""
    committed = body.get("commitment")
    if not isinstance(committed, dict):
        raise CannotTellError("no_commitment", "the certificate is about no identifier", index)
    secret, lines = _mine(mine)
    counts = {kind: n for kind, n in committed.items() if kind != "c"}
    by_kind = {k: [line for line in lines if line.startswith(f"{k}|")] for k in counts}
    sets = math.prod(math.comb(len(by_kind[kind]), counts[kind]) for kind in counts)
    if sets > MOST:
        raise CannotTellError("too_many", "too many identifiers to try; give fewer", index)
    chosen = itertools.product(*(itertools.combinations(by_kind[k], counts[k]) for k in counts))
    for some in chosen:
        found = commitment(secret, itertools.chain(*some))
        if hmac.compare_digest(found, str(committed.get("c"))):
            return "; about the identifiers given"
    wanted = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
    detail = f"not about these identifiers, or another secret: it is about {wanted}"
    raise CannotTellError("other_identifiers", detail, index)


def _mine(text: str) -> tuple[bytes, list[str]]:
    secret, lines = b"", set()
    for line in filter(None, map(str.strip, text.splitlines())):
        found = MINE.fullmatch(line)
        if found is None:
            raise CannotTellError("unreadable", "a line is `r`, `email`, `phone` or `fiscal_code`")
        kind, value = found[1], found[2]
        if kind == "r":
            secret = bytes.fromhex(value) if re.fullmatch("[0-9a-f]{64}", value) else b""
        else:
            lines.add(f"{kind}|{NORMAL_FORM}|{normal(kind, value)}")
    if len(secret) != SECRET_BYTES:
        raise CannotTellError("unreadable", "the secret is a line `r` with 64 hexadecimal digits")
    return secret, sorted(lines)


def normal(kind: str, value: str) -> str:
    """Return an identifier as it was committed to: the e-mail address in lower case, its domain
    in ASCII; the phone number with its country, digits only; the fiscal code in capitals.
    """  # noqa: D205 - one sentence
    folded = unicodedata.normalize("NFKC", value).strip()
    if kind == "phone":
        digits = re.sub(r"\D", "", folded)
        return f"+{digits[2:] if folded.startswith('00') else digits}"
    if kind == "fiscal_code":
        return "".join(folded.split()).upper()
    return folded.lower()
