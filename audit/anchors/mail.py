"""The checkpoint by mail to the data protection officer of each controller.

Whoever keeps the mails can show later what the log was on each day; a mail that lies in somebody
else's mailbox is not changed by us. Sent twice it is one mail to its reader: its name (RFC 5322,
Message-ID) follows from what it says.
"""

import hashlib
import smtplib
from collections.abc import Callable, Sequence
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation
from django.utils.translation import gettext as _

from audit.anchors.base import AnchorError, Published

MEDIA_TYPE = "text/plain"


class Mail:
    """The anchor that writes to people.

    Arguments
    ---------
    recipients : addresses of data protection officers
    sender : address the mails come from
    connect : returns the connection they are sent by
    """

    name = "mail"

    def __init__(
        self,
        recipients: Sequence[str],
        *,
        sender: str,
        connect: Callable[[], BaseEmailBackend] = get_connection,
    ) -> None:
        self._recipients, self._sender, self._connect = recipients, sender, connect

    def publish(self, published: Published) -> bytes:
        """Send the checkpoint to everybody, each a mail of their own.

        Returns
        -------
        The Message-IDs, a line each: hashes, no addresses.

        Raises
        ------
        AnchorError
            nobody is to be written to, or somebody could not be
        """
        if not self._recipients:
            msg = "no controller names a mailbox of its data protection officer"
            raise AnchorError(msg)
        failed = 0
        connection = self._connect()
        try:
            connection.open()
            for to in self._recipients:
                failed += not self._send(published, to, connection)
        except (OSError, smtplib.SMTPException) as error:
            msg = f"the mail server can not be reached ({type(error).__name__})"
            raise AnchorError(msg) from error
        finally:
            with suppress(OSError, smtplib.SMTPException):
                connection.close()
        if failed:
            msg = f"{failed} of {len(self._recipients)} mails were not taken"
            raise AnchorError(msg)
        return "".join(f"{self._id(published, to)}\n" for to in self._recipients).encode()

    def verify(self, published: Published, proof: bytes) -> None:
        """Check that the Message-IDs are those of mails with this checkpoint.

        Whether a mail was received only its reader can show.

        Raises
        ------
        AnchorError
        """
        lines = proof.decode(errors="replace").split("\n")
        start = f"<{_digest(published)}."
        if lines.pop() or not lines or any(not line.startswith(start) for line in lines):
            msg = "no mail with this checkpoint was sent"
            raise AnchorError(msg)

    def _send(self, published: Published, to: str, connection: BaseEmailBackend) -> bool:
        with translation.override(settings.LANGUAGE_CODE):
            message = EmailMessage(
                _("Audit log: checkpoint of %(size)d entries") % {"size": published.size},
                _text(published),
                self._sender,
                [to],
                headers={"Message-ID": self._id(published, to), "Auto-Submitted": "auto-generated"},
                connection=connection,
            )
        message.attach("checkpoint.note", published.note.encode(), MEDIA_TYPE)
        if published.policy:
            message.attach("policy.txt", published.policy.encode(), MEDIA_TYPE)
        try:
            return message.send() == 1
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            return False

    def _id(self, published: Published, to: str) -> str:
        reader = hashlib.sha256(f"{published.note}{to}".encode()).hexdigest()[:16]
        host = published.checkpoint.origin.partition("/")[0]
        return f"<{_digest(published)}.{reader}@{host}>"


def _digest(published: Published) -> str:
    return hashlib.sha256(published.note.encode()).hexdigest()[:32]


def _text(published: Published) -> str:
    return _(
        "This is the newest signed checkpoint of the audit log %(origin)s: %(size)d entries.\n\n"
        "Please keep this mail. Whoever holds it can show later whether an entry that was "
        "recorded until now was changed or removed. Nothing else has to be done with it.\n\n"
        "The attached files hold no personal data. An auditor gives `checkpoint.note` to the "
        "verifier (`--checkpoint checkpoint.note`), and, if this is the first mail you keep, "
        "`policy.txt` too (`--policy policy.txt`).\n\n%(note)s"
    ) % {
        "origin": published.checkpoint.origin,
        "size": published.size,
        "note": published.note,
    }
