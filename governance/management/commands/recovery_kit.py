"""`manage.py recovery_kit make|drill|restore`: the root key on three sheets of paper.

A share is typed at a prompt that does not show it, or read from standard input; never from the
command line, which other accounts of the machine can read and the shell remembers.
"""

import os
import sys
from argparse import SUPPRESS
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import log
from audit.actions import Action, Outcome
from audit.errors import LogUnavailableError
from governance.crypto import kit, root, rootkeys
from governance.crypto.kit import KitError, MistypedLineError, Share
from governance.crypto.root import Secret
from governance.policy import actors
from governance.policy.errors import GovernanceError, Text
from governance.policy.vocabulary import Duty
from registry.models import Controller

PURPOSE = f"duty:{Duty.SECURITY}"
UNPROVEN = "key_not_proven"
SHEETS = (gettext_lazy("First sheet"), gettext_lazy("Second sheet"))


class Command(BaseCommand):
    help = "Make, try or use the recovery kit: any two of its three sheets give the root key back."
    requires_system_checks = ()  # restore runs where the root key is missing
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["make", "drill", "restore"])
        parser.add_argument("--language", choices=["it", "en"], default="it")
        parser.add_argument(
            "--identity", default="", help="name of the root key on the sheets, without a keystore"
        )
        parser.add_argument("surplus", nargs="*", help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        steps = {"make": self._make, "drill": self._drill, "restore": self._restore}
        self._now: datetime = timezone.now()
        self._stdin: TextIO = options.get("stdin") or sys.stdin
        self._printed: str = "".join(options["identity"].split()).lower()
        with translation.override(options["language"]):
            if options["surplus"]:
                raise CommandError(_("A share is typed when it is asked for, never before."))
            try:
                steps[options["step"]]()
            except (KitError, LogUnavailableError) as error:
                raise CommandError(said(error)) from None
            except ImproperlyConfigured as error:
                raise CommandError(str(error)) from None
            except DatabaseError as error:
                why = type(error).__name__
                raise CommandError(_("Nothing was done: no database (%s).") % why) from None

    def _make(self) -> None:
        held = root.load(str(_place()))
        if self._opens(held) is False:
            raise CommandError(_("The root key here does not open the keystore: no kit was made."))
        shares = kit.make(held)
        # First the entry: where the log takes none, no kit leaves this process.
        self._record(Action.KIT_MADE, Outcome.DONE, f"kit.{shares[0].kit.hex()}")
        day = timezone.localdate(self._now)
        sheets = [kit.sheet(s, held, installation=settings.BASE_URL, made_on=day) for s in shares]
        self.stdout.write("\f".join(sheets))
        self.stderr.write(
            _(
                "Three sheets, shown this once and stored nowhere. Put them on paper, close this"
                " terminal and try two of them: recovery_kit drill. Older sheets stay good."
            )
        )

    def _drill(self) -> None:
        path = _place()
        held = root.load(str(path)) if path.exists() else None
        if held is None:
            self.stderr.write(_("There is no root key here: the shares are tried without it."))
        first, key = self._proven(held, Action.KIT_DRILLED)
        self._record_after(Action.KIT_DRILLED, Outcome.DONE, f"kit.{first.kit.hex()}")
        self.stdout.write(
            _("ok: kit %(kit)s gives the root key %(identity)s.")
            % {"kit": first.kit.hex(), "identity": kit.identity(key)}
        )

    def _restore(self) -> None:
        path = _place()
        if os.path.lexists(path):
            raise CommandError(
                _(
                    "There is a root key at %(path)s: nothing was changed. To try the kit, run"
                    " recovery_kit drill. If that file is damaged, move it away first."
                )
                % {"path": path}
            )
        first, key = self._proven(None, Action.KIT_RESTORED)
        _write(path, key)
        self._record_after(Action.KIT_RESTORED, Outcome.DONE, f"kit.{first.kit.hex()}")
        self.stdout.write(
            _(
                "Restored from kit %(kit)s: the root key %(identity)s is in %(path)s, mode 0600."
                " It has to belong to the account of the services."
            )
            % {"kit": first.kit.hex(), "identity": kit.identity(key), "path": path}
        )

    def _proven(self, held: Secret | None, action: Action) -> tuple[Share, Secret]:
        first, second = self._shares()
        opens = self._opens(key := kit.combine(first, second))
        if opens is None and held:
            self.stderr.write(_("Tried without the keystore, on the root key alone."))
        if wrong := trouble(key, held=held, opens=opens, printed=self._printed):
            self._record_after(action, Outcome.FAILED, UNPROVEN)
            advice = _("Compare installation, kit and root key on the sheets with this machine.")
            raise CommandError(f"{wrong} {advice}")
        return first, key

    def _opens(self, key: Secret) -> bool | None:
        try:
            return kit.opens_keystore(key)
        except DatabaseError as error:
            # Its text may show the address of the server; its kind is what one has to know.
            self.stderr.write(_("The keystore can not be read: %s") % type(error).__name__)
            return None

    def _record(self, action: Action, outcome: Outcome, reason: str) -> None:
        event = log.Event(action=action, purpose=PURPOSE, outcome=outcome, reason=reason)
        for controller in (found := list(Controller.objects.values_list("pk", flat=True))):
            log.record_apart(actors.system(controller), event, now=self._now)
        if not found:
            self.stderr.write(_("There is no company yet, so this has no entry in the audit log."))

    def _record_after(self, action: Action, outcome: Outcome, reason: str) -> None:
        """Record what has happened already; that the log does not take it is said, and no more."""
        try:
            self._record(action, outcome, reason)
        except (LogUnavailableError, DatabaseError) as error:
            self.stderr.write(
                _("This has no entry in the audit log (%(why)s): write down date and reason.")
                % {"why": type(error).__name__}
            )

    def _shares(self) -> tuple[Share, Share]:
        if self._stdin.isatty():
            return self._asked(SHEETS[0]), self._asked(SHEETS[1])
        lines = _piped(self._stdin)
        if len(lines) != 2 * kit.LINES:
            raise CommandError(_("Two shares are eight lines, and not %d.") % len(lines))
        return _read(SHEETS[0], lines[: kit.LINES]), _read(SHEETS[1], lines[kit.LINES :])

    def _asked(self, sheet: Text) -> Share:
        while True:
            lines = [self._line(sheet, line) for line in range(1, kit.LINES + 1)]
            try:
                return kit.parse(lines)
            except KitError as error:
                self.stderr.write(said(error))

    def _line(self, sheet: Text, line: int) -> str:
        prompt = _("%(sheet)s, line %(line)d: ") % {"sheet": sheet, "line": line}
        while True:
            try:
                typed = getpass(prompt)
                kit.read_line(line, typed)
            except MistypedLineError as error:
                self.stderr.write(said(error))
            except (EOFError, KeyboardInterrupt):
                raise CommandError(_("Stopped. Nothing was changed.")) from None
            else:
                return typed


def trouble(key: Secret, *, held: Secret | None, opens: bool | None, printed: str) -> str:
    """Return why a key is not shown to be the root key of this installation; "" where it is.

    Arguments
    ---------
    held : the root key that the installation has, or None where it is lost
    opens : whether the key opens the keystore; None where that can not be tried
    printed : the identity of the root key as on the sheets, or ""
    """
    if held and not kit.same(key, held):
        return _("This is not the root key of this installation. Nothing was changed.")
    if opens is False:
        return _("This key does not open the keystore. Nothing was changed.")
    if printed and printed.removeprefix("file:") != kit.identity(key).removeprefix("file:"):
        return _("This is not the root key with the identity given. Nothing was changed.")
    if opens is None and not held and not printed:
        return _(
            "There is nothing to try this key on. Restore the keystore first; if there is none,"
            " give the root key's identity on the sheets with --identity. Nothing was changed."
        )
    return ""


def _place() -> Path:
    """Return where the root key is, or should be; only a file can be on paper."""
    if place := settings.CUSTODE_ROOT_KEY.get(rootkeys.FILE):
        return Path(place)
    described = rootkeys.present().describe()
    if described.startswith("vault:"):
        why = _("it never leaves Vault, whose own backup is the kit.")
    else:
        why = _("it never leaves its token: keep a copy of the token, made with its own tools.")
    raise CommandError(
        _("There is no recovery kit of the root key %(identity)s: %(why)s")
        % {"identity": described, "why": why}
    )


def said(error: GovernanceError) -> str:
    """Return what an error tells a person at the terminal."""
    return f"{error.message} {error.advice}".strip()


def _read(sheet: Text, lines: list[str]) -> Share:
    try:
        return kit.parse(lines)
    except KitError as error:
        wrong = said(error)
    raise CommandError(f"{sheet}: {wrong}")


def _piped(stdin: TextIO) -> list[str]:
    try:
        return [line for line in stdin.read().splitlines() if line.strip()]
    except UnicodeDecodeError:
        pass
    raise CommandError(_("This is no text."))  # here, where no cause holds what was read


def _write(path: Path, key: Secret) -> None:
    """Write the root key to a new file that its owner alone can read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), 0o600)  # whatever the umask took away
                file.write(key.reveal())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink()  # a part of a key is no key
            raise
    except OSError as error:
        raise CommandError(
            _("The root key was not written to %(path)s: %(why)s.")
            % {"path": path, "why": error.strerror}
        ) from None
