"""The recovery kit: the root key as three sheets of paper, any two of which give it back.

Follows docs/spec/field-encryption.md, section 10. A share is typed by hand, perhaps years later,
so each of its four lines ends with a letter that checks it, and the share has a check of its own.
Nothing here stores or logs a share, and no error repeats a letter that was typed.
"""

import hmac
import secrets
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import combinations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.crypto import epochs, shamir
from governance.crypto.envelope import unwrap
from governance.crypto.errors import UnsealError
from governance.crypto.root import KEY_BYTES, Secret
from governance.crypto.rootkeys import file
from governance.policy.errors import GovernanceError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O or U
LOOKALIKES = str.maketrans("ILO", "110")
VERSION = b"\x01"
KIT_BYTES = 4
CHECK_BYTES = 2
SHARE_BYTES = len(VERSION) + KIT_BYTES + 1 + KEY_BYTES + CHECK_BYTES
LINES = 4
LETTERS = SHARE_BYTES * 8 // 5 // LINES  # of a line, without the one that checks it
GROUP = 4
WIDTH = 76


class KitError(GovernanceError):
    """Sheets of a recovery kit do not do what they are for (Art. 32(1)(c): to restore in time)."""

    code, article = "recovery_kit_refused", "32(1)(c)"


class MistypedLineError(KitError):
    """A line is not as printed; `details["line"]` says which, 1 to 4."""

    code = "kit_line_mistyped"
    advice = gettext_lazy("Type this line again, with the last letter.")


class MistypedShareError(KitError):
    """Each line may be right by itself, and together they are no share."""

    code = "kit_share_mistyped"
    message = gettext_lazy("These four lines are not one share.")
    advice = gettext_lazy("Compare every letter, and the order of the lines, with one sheet.")


class UnfitSharesError(KitError):
    """Two shares that do not belong together, or are one and the same."""

    code = "kit_shares_unfit"


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """One of three shares.

    Arguments
    ---------
    kit, x : 4 bytes that tell kits apart, and which of the three it is, 1 to 3; no secrets
    y : 32 bytes, the share itself
    """

    kit: bytes
    x: int
    y: Secret

    def lines(self) -> list[str]:
        """Return the four lines to print: four groups of four letters and the check letter."""
        body = VERSION + self.kit + bytes([self.x]) + self.y.reveal()
        number = int.from_bytes(body + _check(body))
        bits = SHARE_BYTES * 8
        letters = "".join(ALPHABET[number >> at & 31] for at in range(bits - 5, -1, -5))
        parts = [letters[at : at + LETTERS] for at in range(0, len(letters), LETTERS)]
        return [
            " ".join([*textwrap.wrap(part, GROUP), check_letter(line, part)])
            for line, part in enumerate(parts, 1)
        ]


def check_letter(line: int, letters: str) -> str:
    """Return the letter that checks a line: its number (1 to 4) and its 16 letters."""
    digest = sha256(f"custode/line/v1|{line}|{letters}".encode()).digest()
    return ALPHABET[digest[0] >> 3]


def read_line(line: int, typed: str) -> str:
    """Return the 16 letters of a line as typed; blanks, case, I, L and O make no difference.

    Raises
    ------
    MistypedLineError
        letters are missing, too many or none of the alphabet, or the check letter is another
    """
    letters = "".join(typed.split()).replace("-", "")
    if letters.isascii():  # else upper() would make letters of what are none
        letters = letters.upper().translate(LOOKALIKES)
    if len(letters) != LETTERS + 1:
        said = _("Line %(line)d has %(found)d letters instead of %(right)d.")
    elif not set(letters) <= set(ALPHABET):
        said = _("Line %(line)d has a sign that is in no share.")
    elif letters[-1] != check_letter(line, letters[:-1]):
        said = _("Line %(line)d is mistyped.")
    else:
        return letters[:-1]
    figures = {"line": line, "found": len(letters), "right": LETTERS + 1}
    raise MistypedLineError(message=said % figures, line=line)


def parse(typed: Sequence[str]) -> Share:
    """Return the share that four typed lines are.

    Raises
    ------
    MistypedLineError, MistypedShareError
        the lines are not what is printed on one sheet
    """
    if len(typed) != LINES:
        raise MistypedShareError
    letters = "".join(read_line(line, text) for line, text in enumerate(typed, 1))
    number = 0
    for letter in letters:
        number = number << 5 | ALPHABET.index(letter)
    data = number.to_bytes(SHARE_BYTES)
    body, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    x = body[len(VERSION) + KIT_BYTES]
    # The version is part of what the check is over: another one is a slip of the hand.
    if check != _check(body) or not body.startswith(VERSION) or x not in shamir.SHARES:
        raise MistypedShareError
    return Share(body[1 : 1 + KIT_BYTES], x, Secret(body[-KEY_BYTES:]))


def make(root: Secret) -> list[Share]:
    """Return three new shares of a root key, after every two of them gave it back as printed."""
    name = secrets.token_bytes(KIT_BYTES)
    shares = [Share(name, x, Secret(y)) for x, y in shamir.split(root.reveal()).items()]
    read = [parse(share.lines()) for share in shares]
    if not all(same(combine(*pair), root) for pair in combinations(read, shamir.NEEDED)):
        msg = "a kit that does not give back its key is not handed out"
        raise RuntimeError(msg)
    return shares


def combine(first: Share, second: Share) -> Secret:
    """Return the key that two shares give; whether it is the right one, the caller finds out.

    Raises
    ------
    UnfitSharesError
        they are of different kits, or the same share twice
    """
    if first.kit != second.kit:
        raise UnfitSharesError(
            message=_("These are shares of two kits: %(first)s and %(second)s.")
            % {"first": first.kit.hex(), "second": second.kit.hex()},
            advice=_("Two sheets with the same kit are needed."),
        )
    if first.x == second.x:
        raise UnfitSharesError(
            message=_("This is share %(x)d twice.") % {"x": first.x},
            advice=_("Two different sheets of the kit are needed."),
        )
    return Secret(shamir.combine({share.x: share.y.reveal() for share in (first, second)}))


def same(one: Secret, other: Secret) -> bool:
    """Return whether two keys are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.reveal(), other.reveal())


def identity(root: Secret) -> str:
    """Return how the root key describes itself as a file (section 2); it tells nothing of it."""
    return file.identity(root.reveal())


def opens_keystore(root: Secret) -> bool | None:
    """Return whether a root key opens the key of the active epoch; None where there is none."""
    with connections[epochs.ALIAS].cursor() as cursor:
        cursor.execute(epochs.ACTIVE, [epochs.OWN])
        found = cursor.fetchone()
    if found is None:
        return None
    try:
        unwrap(AESGCM(root.reveal()), bytes(found[1]), epochs.own_context(found[0]).decode())
    except UnsealError:
        return False
    return True


def sheet(share: Share, root: Secret, *, installation: str, made_on: date) -> str:
    """Return the page to print for a share of a root key, in the language that is active."""
    title = _("CUSTODE RECOVERY KIT, SHARE %(x)d OF 3") % {"x": share.x}
    rows = [
        (_("Installation"), installation),
        (_("Kit"), share.kit.hex()),
        (_("Root key"), identity(root)),
        (_("Made on"), made_on.isoformat()),
    ]
    wide = max(len(label) for label, _value in rows) + 2
    said = [f"{label:<{wide}}{value}" for label, value in rows]
    lines = [f"  {n}   {line[:-2]}   {line[-1]}" for n, line in enumerate(share.lines(), 1)]
    advice = [textwrap.fill(text, WIDTH) for text in _advice()]
    return "\n".join([title, "=" * WIDTH, *said, "", *lines, "", "\n\n".join(advice), ""])


def _advice() -> list[str]:
    return [
        _(
            "Any two of the three sheets give back the root key, without which no personal value"
            " of this installation can be read. One sheet alone tells nothing."
        ),
        _(
            "Keep this sheet on paper, in a sealed envelope, in a place and with a person of its"
            " own. Never with another sheet, never with a backup, never as a photograph or file."
        ),
        _("Once a year, try it: manage.py recovery_kit drill, with any two sheets."),
        _(
            "If the root key is lost: restore the keystore, then run manage.py recovery_kit"
            " restore, with any two sheets."
        ),
        _(
            "Type the four lines as they are, with the letter at the end, which shows whether the"
            " line is right. Blanks and small letters make no difference. There is no letter I, L,"
            " O or U in them."
        ),
        _(
            "If this sheet is lost, or somebody has seen it, tell the administrator. A new kit"
            " does not make it worthless; only a new root key does."
        ),
    ]


def _check(body: bytes) -> bytes:
    return sha256(b"custode/share/v1" + body).digest()[:CHECK_BYTES]
