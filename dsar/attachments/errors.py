"""What can be wrong with a file, and the way on."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dsar.attachments.limits import LARGEST, MIB, Refused
from governance.policy.errors import GovernanceError

LIMIT_MB = LARGEST // MIB

WHY: dict[Refused, Promise] = {
    Refused.EMPTY: _("it is empty"),
    Refused.TOO_LARGE: _("it is larger than a file may be"),
    Refused.TYPE: _("it is of a kind that is not kept here, or that can run"),
    Refused.MACROS: _("it may contain macros"),
    Refused.ACTIVE: _("it contains scripts, or fetches something when it is opened"),
    Refused.ENCRYPTED: _("it is encrypted, so nobody can look into it"),
    Refused.BOMB: _("unpacked it would grow beyond every measure"),
    Refused.NESTED: _("it contains another archive or file"),
    Refused.PATH: _("it contains links, or names that lead out of its folder"),
    Refused.ENTITIES: _("its XML defines entities of its own"),
    Refused.PIXELS: _("the picture would be too large when it is shown"),
    Refused.POLYGLOT: _("it is two things at once"),
    Refused.DAMAGED: _("it is damaged"),
}
"""Why a file is not kept, in words."""


class FileRefusedError(GovernanceError):
    """A file is not kept: what it would do, or what nobody could look into."""

    code = "file_refused"
    article = "32(1)(b)"
    status = 422
    message = _("The file was not kept.")
    advice = _("Ask for it as a PDF, a picture, a plain text, or a DOCX or XLSX without macros.")

    def __init__(self, reason: Refused) -> None:
        said = _("The file was not kept: %(why)s.") % {"why": WHY[reason]}
        super().__init__(message=said, reason=reason.value)


class FileTooLargeError(GovernanceError):
    """A file is larger than one may be."""

    code = "file_too_large"
    status = 413
    message = format_lazy(_("A file may be {limit} MB at most."), limit=LIMIT_MB)
    advice = _(
        "Send it in several files, or a picture in a lower resolution. What is larger than that is"
        " taken on a data carrier, by post or in person; the request counts all the same."
    )


class AttachmentNotFoundError(GovernanceError):
    """There is no such file."""

    code = "attachment_not_found"
    status = 404
    message = _("There is no such file.")
    advice = _("Open it from the page of its request.")


class AttachmentDamagedError(GovernanceError):
    """A file is not what was kept."""

    code = "attachment_damaged"
    article = "5(1)(f)"
    status = 409
    message = _("The file is not as it was kept.")
    advice = _("Restore it from a backup, or ask the person for it again.")
