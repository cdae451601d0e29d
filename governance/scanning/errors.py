"""What can be wrong with a source that is to be scanned. No error carries what the source holds."""

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError


class ScanError(GovernanceError):
    """The root of what keeps a source, or a part of it, from being looked at."""

    code = "scan_error"
    message = _("The source could not be scanned.")


class SourceNotFoundError(ScanError):
    """There is no such file or folder."""

    code = "scan_source_not_found"
    message = _("There is no such file or folder.")
    advice = _("Give the path of a file or folder, or the address of a database.")


class FileTooLargeToScanError(ScanError):
    """The file would have to be held in memory as a whole, and is too large for that."""

    code = "scan_file_too_large"
    message = _("The file is too large to be read as a whole.")
    advice = _("Split it, or export the data as CSV, which is read row by row.")


class BrokenDocumentError(ScanError):
    """A PDF or JSON file does not hold what its format asks for."""

    code = "scan_broken_document"
    message = _("The document is damaged, or is not of the format its name says.")
    advice = _("Open it with the program it came from, save it anew and scan it again.")


class LockedDocumentError(ScanError):
    """A PDF opens only with a password."""

    code = "scan_locked_document"
    message = _("The document is protected by a password.")
    advice = _("Save a copy without password and scan that.")


class NoTextError(ScanError):
    """A document has pages and no text: pictures of pages."""

    code = "scan_no_text"
    message = _("The document holds no text: its pages are pictures.")
    advice = _("Recognise the text with a program for that (OCR), or look through it yourself.")


class AttachmentNotReadError(ScanError):
    """An attachment of a mail is of a kind that is not read inside a mail."""

    code = "scan_attachment_not_read"
    message = _("This attachment is not read inside a mail.")
    advice = _("Save it as a file and scan the file.")


class TooManyFilesError(ScanError):
    """A folder holds more files than one scan looks at."""

    code = "scan_too_many_files"
    message = _("The folder holds more files than one scan looks at; the rest was left out.")
    advice = _("Scan its folders one by one.")


class UnknownDatabaseError(ScanError):
    """No way is known to read this kind of database without being able to write to it."""

    code = "scan_unknown_database"
    message = _("Databases of this kind cannot be scanned.")
    advice = _("PostgreSQL and SQLite can. Export the tables of others as CSV and scan the files.")


class DatabaseUnreachableError(ScanError):
    """The database did not let us in."""

    code = "scan_database_unreachable"
    retryable = True
    message = _("The database could not be opened.")
    advice = _("Check address, user, password and network. The password is not shown anywhere.")


class NotReadOnlyError(ScanError):
    """The database did not confirm that the transaction can only read."""

    code = "scan_not_read_only"
    message = _("The database would let this scan write, so nothing was read.")
    advice = _("Connect directly rather than through a pooler, or as a role that may only read.")


class TableNotReadError(ScanError):
    """One table could not be read: no permission, a lock, or the time was over."""

    code = "scan_table_not_read"
    message = _("The table could not be read: no permission, locked, or too slow.")
    advice = _("Grant SELECT on it to the role of the scan, and scan again.")
