"""Letters as mail carries them."""

from email.message import EmailMessage
from email.utils import format_datetime

from tests.builders import NOW

TRACE = (
    "from relay.example.net (relay.example.net [192.0.2.7])\n"
    "        by mx.acme.example (Postfix) with ESMTPS id 4XyZ;\n        {at}"
)
ASKS = "Buongiorno,\nvi chiedo una copia dei miei dati personali (art. 15 GDPR).\nAnna Bianchi\n"


def a_mail(
    body: str = ASKS,
    *,
    subject: str = "Richiesta di accesso",
    sender: str = "Anna Bianchi <anna.bianchi@example.it>",
    message_id: str = "<one@example.it>",
    at=NOW,
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> EmailMessage:
    """A mail; `headers` are further ones, with `_` for `-`."""
    mail = EmailMessage()
    mail["Received"] = TRACE.format(at=format_datetime(at)).replace("\n", "")
    mail["From"], mail["To"], mail["Subject"] = sender, "privacy@acme.example", subject
    mail["Date"], mail["Message-ID"] = "Thu, 01 Jan 2099 00:00:00 +0000", message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    for name, content in (files or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def certified(letter: EmailMessage, *, at=NOW) -> EmailMessage:
    """A letter in the envelope of certified mail."""
    envelope = EmailMessage()
    envelope["Received"] = TRACE.format(at=format_datetime(at)).replace("\n", "")
    envelope["From"] = '"Per conto di: anna@pec.example" <posta-certificata@pec.example>'
    envelope["Subject"] = f"POSTA CERTIFICATA: {letter['Subject']}"
    envelope["X-Trasporto"], envelope["Message-ID"] = "posta-certificata", "<pec@pec.example>"
    envelope.set_content(
        "Messaggio di posta certificata\nIl giorno ... il messaggio è stato inviato"
    )
    envelope.add_attachment(
        b'<?xml version="1.0"?><postacert/>', maintype="application", subtype="xml",
        filename="daticert.xml",
    )  # fmt: skip
    envelope.add_attachment(letter, filename="postacert.eml")
    return envelope
