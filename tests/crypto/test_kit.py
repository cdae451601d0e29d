"""The recovery kit: three sheets, two of which restore (spec field-encryption.md §10)."""

import base64
import hashlib
import pickle
import traceback
from collections.abc import Iterator
from datetime import date
from itertools import permutations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto import kit
from governance.crypto.kit import ALPHABET, KitError, MistypedLineError, Share
from governance.crypto.root import Secret
from governance.management.commands.recovery_kit import trouble

KEY = bytes.fromhex("00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210")
SLOPE = bytes.fromhex("a55ac33c0ff0691eb4d287e15a3cf00f1122334455667788 99aabbccddeeff00")
NAME = bytes.fromhex("c0ffee42")
RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
KEYS = st.binary(min_size=32, max_size=32)


def times(a: int, x: int) -> int:
    """The field, for x from 1 to 3: once, doubled, or both."""
    doubled = a * 2 if a < 128 else (a * 2) ^ 0x11B
    return (a if x & 1 else 0) ^ (doubled if x & 2 else 0)


def naive_lines(x: int) -> list[str]:
    """Share x of the fixed kit, by the words of the specification and the standard library."""
    y = bytes(s ^ times(a, x) for s, a in zip(KEY, SLOPE, strict=True))
    body = b"\x01" + NAME + bytes([x]) + y
    data = body + hashlib.sha256(b"custode/share/v1" + body).digest()[:2]
    text = base64.b32encode(data).decode().translate(str.maketrans(RFC_4648, ALPHABET))
    lines = []
    for number in range(1, 5):
        part = text[16 * (number - 1) : 16 * number]
        digest = hashlib.sha256(b"custode/line/v1|%d|%s" % (number, part.encode())).digest()
        bits = f"{digest[0]:08b}"[:5]
        groups = [part[0:4], part[4:8], part[8:12], part[12:16]]
        lines.append(" ".join([*groups, ALPHABET[int(bits, 2)]]))
    return lines


SHEETS = {x: naive_lines(x) for x in (1, 2, 3)}


def replaced(lines: list[str], at: int, letter: str) -> list[str]:
    """The lines with the letter at a place, 0 to 67, substituted."""
    letters = ["".join(line.split()) for line in lines]
    line, column = divmod(at, 17)
    letters[line] = letters[line][:column] + letter + letters[line][column + 1 :]
    return letters


def refusal(typed: list[str]) -> KitError:
    with pytest.raises(KitError) as caught:
        kit.parse(typed)
    return caught.value


def other_kit(key: bytes = KEY) -> list[list[str]]:
    return [share.lines() for share in kit.make(Secret(key))]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_fixed_sheets() -> None:
    assert SHEETS[2] == [
        "070F ZVJ2 098T BFTB D",
        "BAQB 8JZV 4TZP 4Y55 P",
        "2QGJ 6SS3 XWHP E8Z4 F",
        "TY9X E6YQ JFBH 04EA H",
    ]
    for x, lines in SHEETS.items():
        share = kit.parse(lines)
        assert (share.kit, share.x, share.lines()) == (NAME, x, lines)
    for x, z in permutations(SHEETS, 2):
        assert kit.combine(kit.parse(SHEETS[x]), kit.parse(SHEETS[z])).reveal() == KEY


@given(KEYS)
def test_any_two_of_three_sheets_give_the_key(key: bytes) -> None:
    shares = [kit.parse(share.lines()) for share in kit.make(Secret(key))]
    assert len({share.kit for share in shares}) == 1
    assert [share.x for share in shares] == [1, 2, 3]
    for pair in permutations(shares, 2):
        assert kit.combine(*pair).reveal() == key


def test_every_single_wrong_letter_is_refused_and_its_line_named() -> None:
    """All 6,324 of a kit; the letter of a line misses one in 32, and then the share's check says no."""
    named = missed = 0
    for lines in SHEETS.values():
        right = "".join("".join(line.split()) for line in lines)
        for at in range(68):
            for letter in ALPHABET.replace(right[at], ""):
                error = refusal(replaced(lines, at, letter))
                if isinstance(error, MistypedLineError):
                    assert error.details == {"line": at // 17 + 1}
                    assert str(error.message) == f"Line {at // 17 + 1} is mistyped."
                    named += 1
                else:
                    assert error.code == "kit_share_mistyped"
                    assert at % 17 != 16  # a wrong check letter never passes
                    missed += 1
    assert (named, missed) == (6136, 188)


@given(KEYS, st.integers(0, 67), st.integers(1, 31))
def test_a_wrong_letter_never_gives_the_key(key: bytes, at: int, step: int) -> None:
    shares = kit.make(Secret(key))
    right = "".join("".join(line.split()) for line in shares[0].lines())
    wrong = ALPHABET[(ALPHABET.index(right[at]) + step) % 32]
    try:
        read = kit.parse(replaced(shares[0].lines(), at, wrong))
        found = kit.combine(read, shares[1])
    except KitError:
        return
    # One in two million passes every check of the text, and then the key is another.
    assert trouble(found, held=Secret(key), opens=None, printed="")


def test_blanks_case_and_lookalikes_make_no_difference() -> None:
    typed = [f"  {line.lower().replace(' ', '  ')}\t" for line in SHEETS[1]]
    assert kit.parse(typed).lines() == SHEETS[1]
    assert kit.parse([line.replace(" ", "-") for line in SHEETS[1]]).lines() == SHEETS[1]
    assert "1" in "".join(SHEETS[1])
    assert "0" in "".join(SHEETS[1])
    for one, zero in (("I", "O"), ("l", "o"), ("L", "O"), ("i", "o")):
        typed = [line.replace("1", one).replace("0", zero) for line in SHEETS[1]]
        assert kit.parse(typed).lines() == SHEETS[1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Line 3 has 0 letters instead of 17."),
        (SHEETS[1][2][:-1], "Line 3 has 16 letters instead of 17."),
        (SHEETS[1][2] + "A", "Line 3 has 18 letters instead of 17."),
        ("U" + SHEETS[1][2][1:], "Line 3 has a sign that is in no share."),
        ("ı" + SHEETS[1][2][1:], "Line 3 has a sign that is in no share."),
        ("ß" + SHEETS[1][2][2:], "Line 3 has 16 letters instead of 17."),
        (SHEETS[1][3], "Line 3 is mistyped."),
    ],
    ids=["empty", "short", "long", "U", "dotless i", "sharp s", "another line"],
)
def test_a_line_that_is_none_is_named(typed: str, said: str) -> None:
    error = refusal([*SHEETS[1][:2], typed, SHEETS[1][3]])
    assert (error.details, str(error.message)) == ({"line": 3}, said)


def test_three_shares_mixed_are_none() -> None:
    mixed = [SHEETS[1][0], SHEETS[2][1], SHEETS[3][2], SHEETS[1][3]]
    for typed in (mixed, SHEETS[1][:3], [*SHEETS[1], SHEETS[2][0]], []):
        assert refusal(typed).code == "kit_share_mistyped"


def test_a_share_of_another_version_or_number_is_none() -> None:
    share = kit.parse(SHEETS[1])
    for x in (0, 4, 255):
        assert refusal(Share(NAME, x, share.y).lines()).code == "kit_share_mistyped"


def test_shares_that_do_not_belong_together_are_refused() -> None:
    share, other = kit.parse(SHEETS[1]), kit.parse(other_kit()[1])
    with pytest.raises(KitError, match="These are shares of two kits: c0ffee42 and "):
        kit.combine(share, other)
    with pytest.raises(KitError, match="This is share 1 twice"):
        kit.combine(share, kit.parse(SHEETS[1]))


def test_no_letter_is_repeated() -> None:
    secret = "".join(SHEETS[1]).replace(" ", "")
    typed = replaced(SHEETS[1], 20, "U")
    try:
        kit.parse(typed)
    except KitError as error:
        told = "".join(traceback.format_exception(error)) + repr(error.__dict__)
    assert not any(secret[at : at + 4] in told for at in range(len(secret) - 3))
    share = kit.parse(SHEETS[1])
    assert "Secret(…)" in repr(share)
    assert share.y.reveal().hex() not in repr(share)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(share)


def test_a_sheet_says_what_it_is_of_and_what_to_do() -> None:
    share = kit.parse(SHEETS[2])
    said = kit.sheet(
        share, Secret(KEY), installation="https://custode.example", made_on=date(2026, 11, 26)
    )
    name = hashlib.sha256(b"custode/root-id/v1" + KEY).hexdigest()[:16]
    assert said.startswith("CUSTODE RECOVERY KIT, SHARE 2 OF 3\n")
    for row in ("Installation  https://custode.example", "Kit           c0ffee42",
                f"Root key      file:{name}", "Made on       2026-11-26"):  # fmt: skip
        assert f"{row}\n" in said
    for number, line in enumerate(SHEETS[2], 1):
        assert f"\n  {number}   {line[:-2]}   {line[-1]}\n" in said
    for command in ("recovery_kit drill", "recovery_kit restore"):
        assert command in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 76
    assert KEY.hex() not in said


def test_what_shows_that_a_key_is_the_right_one() -> None:
    key, other = Secret(KEY), Secret(SLOPE)
    name = kit.identity(key)
    assert trouble(key, held=key, opens=True, printed=name) == ""
    assert trouble(key, held=None, opens=True, printed="") == ""
    assert trouble(key, held=key, opens=None, printed="") == ""
    assert trouble(key, held=None, opens=None, printed=name) == ""
    on_older_sheets = name.removeprefix("file:")
    assert trouble(key, held=None, opens=None, printed=on_older_sheets) == ""
    assert "not the root key of this" in trouble(key, held=other, opens=True, printed="")
    assert "does not open the keystore" in trouble(key, held=key, opens=False, printed=name)
    assert "identity given" in trouble(other, held=None, opens=None, printed=name)
    assert "nothing to try" in trouble(key, held=None, opens=None, printed="")


def test_a_sheet_speaks_italian() -> None:
    with translation.override("it"):
        said = kit.sheet(
            kit.parse(SHEETS[2]), Secret(KEY), installation="x", made_on=date(2026, 11, 26)
        )
    assert said.startswith("CUSTODE, KIT DI RECUPERO, PARTE 2 DI 3\n")
    assert max(map(len, said.splitlines())) <= 76
