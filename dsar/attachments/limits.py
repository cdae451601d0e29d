"""How much a file may be, and why it is refused. Pure."""

from dataclasses import dataclass
from enum import StrEnum, unique

MIB = 1 << 20
LARGEST = 20 * MIB  # of one file, as it comes and as an archive holds it
LARGEST_INSIDE = 60 * MIB  # of all files of an archive together
MOST_ENTRIES = 1_000
LARGEST_DIRECTORY = MIB  # bytes of the table of an archive
HIGHEST_RATIO = 200  # of content to archive; text compresses twenty times, a bomb a thousand times
MOST_PIXELS = 80_000_000
LONGEST_SIDE = 20_000
BLOCK = 64 * 1024


@unique
class Type(StrEnum):
    """What a file is, by its content. Nothing else is kept."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    GIF = "gif"
    WEBP = "webp"
    TEXT = "text"
    XML = "xml"
    SIGNED = "signed"  # CAdES, as `.p7m` of certified mail
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ZIP = "zip"


@unique
class Refused(StrEnum):
    """Why a file is not kept (ASVS 5.0, 5.2 and 5.3)."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TYPE = "type"  # unknown, or one that can run
    MACROS = "macros"
    ACTIVE = "active"  # scripts, or content fetched from elsewhere when it is opened
    ENCRYPTED = "encrypted"  # nobody can look into it
    BOMB = "bomb"  # grows beyond every measure
    NESTED = "nested"  # an archive in an archive
    PATH = "path"  # names that leave the folder, or links
    ENTITIES = "entities"  # XML that defines its own words
    PIXELS = "pixels"
    POLYGLOT = "polyglot"  # two things at once
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a file is, or why it is refused: exactly one of the two."""

    type: Type | None = None
    refused: Refused | None = None


class ScanError(Exception):
    """A file is refused, for one reason."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason.value)
        self.reason = reason
