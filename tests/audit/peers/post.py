"""A mail server that takes everything (RFC 5321, as much as a client needs)."""

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class MiniPost:
    """Takes mails until `close`; those whose recipient is in `refused` it does not."""

    def __init__(self, *, port: int = 0) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 ready")
                while line := self.rfile.readline().decode().strip():
                    verb = line.split(":")[0].split(" ")[0].upper()
                    if verb == "QUIT":
                        self.say("221 bye")
                        return
                    if verb == "RCPT" and line.partition("<")[2].rstrip(">") in post.refused:
                        self.say("550 nobody of that name")
                    elif verb == "DATA":
                        self.say("354 go on")
                        self.take()
                    else:
                        self.say("250 ok")

            def take(self) -> None:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                mail = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                post.mails.append(mail)
                self.say("250 taken")

            def say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
