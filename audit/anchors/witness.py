"""A witness: somebody else who signs a checkpoint only if it continues the last one they signed.

Follows C2SP tlog-witness (`add-checkpoint`) and tlog-cosignature. Whoever holds the cosignatures of
witnesses that do not conspire with us can not be shown another log than they saw.
"""

import base64
import http
import re
from collections.abc import Callable, Sequence

from audit.anchors.base import AnchorError, Published
from audit.anchors.http import post
from audit.verifier import note

CALL = "add-checkpoint"
MEDIA_TYPE = "text/plain; charset=utf-8"
SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")

Consistency = Callable[[int, int], Sequence[bytes]]
"""Of (old, new), returns the proof that the tree of `new` leaves continues that of `old`."""

REFUSALS: dict[int, str] = {
    http.HTTPStatus.FORBIDDEN: "it does not know the key that signed the checkpoint",
    http.HTTPStatus.NOT_FOUND: "it does not know this log",
    http.HTTPStatus.UNPROCESSABLE_ENTITY: "it saw a log that this one does not continue",
}


class Witness:
    """One witness.

    Arguments
    ---------
    url : what `/add-checkpoint` is appended to
    key : what it cosigns with (cosignature/v1), as its operator gave it to us
    """

    def __init__(self, url: str, key: note.Key, consistency: Consistency) -> None:
        self._url, self._key, self._consistency = url.rstrip("/"), key, consistency
        self.name = f"witness {key.name}"

    def publish(self, published: Published) -> bytes:
        """Ask for a cosignature, from the size on that the witness saw last.

        Raises
        ------
        AnchorError
            it can not be reached, or refuses: it may have seen another log than we have
        """
        old = 0
        for _ in range(2):  # it says in the first answer which size it saw
            body = self._request(published, old)
            answer = post(f"{self._url}/{CALL}", body, media_type=MEDIA_TYPE)
            if answer.status == http.HTTPStatus.OK:
                self.verify(published, answer.body)
                return answer.body
            if answer.status != http.HTTPStatus.CONFLICT:
                reason = REFUSALS.get(answer.status, f"it answers with status {answer.status}")
                raise AnchorError(reason)
            old = self._seen(answer.body, published.size)
        msg = "it says another size with every answer"
        raise AnchorError(msg)

    def verify(self, published: Published, proof: bytes) -> None:
        """Check the cosignature.

        Raises
        ------
        AnchorError
        """
        text = published.checkpoint.text()
        try:
            signed = note.open_note(text.encode() + b"\n" + proof, [self._key])
        except note.NoteError as error:
            msg = f"its cosignature can not be read: {error}"
            raise AnchorError(msg) from error
        if not signed.signed_by or signed.text != text:
            msg = "it did not sign the checkpoint with the key we know"
            raise AnchorError(msg)

    def _request(self, published: Published, old: int) -> bytes:
        hashes = self._consistency(old, published.size)
        lines = [f"old {old}", *(base64.b64encode(h).decode() for h in hashes)]
        return ("\n".join(lines) + "\n\n" + published.note).encode()

    @staticmethod
    def _seen(body: bytes, size: int) -> int:
        match = SIZE.fullmatch(body)
        if not match:
            msg = "it refuses, and does not say which size it saw"
            raise AnchorError(msg)
        seen = int(match[1])
        if seen > size:
            msg = f"it saw a log of {seen} entries, and ours has {size}: was it set back?"
            raise AnchorError(msg)
        return seen
