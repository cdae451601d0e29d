"""A log with a signer, an export folder and a backup, for tests of what comes after a restore."""

import io
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from audit import anchoring, bundle, log
from audit.actions import Action
from audit.anchors.directory import Directory
from audit.anchors.folder import ExportFolder
from audit.recovery import Outcome, recover
from audit.signing import Folder
from audit.verify import Outside, verify
from governance.policy import actors
from tests.audit import backup
from tests.audit.history import an_old_entry, seal
from tests.audit.test_bundle import exported, verdict

MEMBERS = (bytes(range(16)), bytes(range(1, 17)))


class World:
    """A log with a signer, an export folder, and a copy of the database that can come back."""

    def __init__(self, superuser: psycopg.Connection[Any], folder: Path) -> None:
        self.superuser, self.sql, self.folder = superuser, superuser.execute, folder
        self.controller, self.record = uuid4(), uuid4()
        self.export = ExportFolder(folder / "export")

    def write(self, count: int = 20) -> None:
        now = datetime.now(UTC)
        for i in range(count):
            an_old_entry(self.superuser, self.controller, at=now, members=MEMBERS[: i % 3])
        self.change()

    def change(self) -> log.Receipt:
        """A change of a record, which is linked to the one before."""
        event = log.Event(
            action=Action.REQUEST_ANSWERED, purpose="access_logging",
            object_type="request", object_id=self.record,
        )  # fmt: skip
        return log.record_apart(actors.system(self.controller), event, now=datetime.now(UTC))

    def seal(self) -> None:
        seal(self.folder / "signer")

    def publish(self) -> None:
        assert anchoring.publish([Directory(self.export.path, bundle.segment, segment=13)])

    def publish_again(self) -> None:
        """Publish, if there is something new."""
        anchoring.publish([Directory(self.export.path, bundle.segment, segment=13)])

    def seal_and_publish(self) -> None:
        self.seal()
        self.publish()

    def begin(self) -> None:
        """A sealed and exported log that is then backed up."""
        self.write()
        self.seal_and_publish()
        self.save()

    def save(self) -> None:
        """Back the database up."""
        backup.save(self.superuser)
        self.sql("CREATE TABLE kept.sequence AS SELECT last_value FROM audit.writer_sequence")

    def restore(self) -> None:
        """Put the backup in the place of the database, as a superuser can."""
        with self.superuser.transaction():
            backup.disarm(self.superuser)
            backup.put_back(self.superuser)
            for table in backup.tables(self.superuser):
                self._arm(table)
        self.sql("SELECT setval('audit.writer_sequence', (SELECT last_value FROM kept.sequence))")

    def _arm(self, table: str) -> None:
        self.sql(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        triggers = self.sql(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        ).fetchall()
        for (trigger,) in triggers:
            self.sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")

    def recover(self, **more: Any) -> Outcome:
        """Make the log whole; nobody was erased here, so that the lock is taken off at once."""
        state = Folder(self.folder / "signer").load()
        now = datetime.now(UTC)
        done = recover(self.export, **{"signer": state, "now": now, "using": "owner", **more})
        (locked,) = self.sql("SELECT custode.locked_because()").fetchone()
        assert locked == ("recovered" if done.changed else "")
        self.sql("SELECT custode.adopt()")
        return done

    def acts(self) -> list[str]:
        rows = self.sql(
            "SELECT e.action FROM audit.leaf AS l JOIN audit.entry AS e USING (id) ORDER BY l.seq"
        )
        return [act for (act,) in rows]

    def is_clean(self, *, accepts_gap: bool = False) -> bool:
        outside = Outside(checkpoints=self.export.notes("checkpoints"), accepts_gap=accepts_gap)
        found = verify(outside=outside)
        assert (found.fault, found.doubt) == (None, None)
        return True

    def bundle_says(self, *more: str) -> tuple[int, str]:
        """What the controller's auditor reads."""
        whole = exported(self.controller, self.folder / "signer")
        place = Path(tempfile.mkdtemp(dir=self.folder))
        (place / "b.zip").write_bytes(whole)
        with zipfile.ZipFile(io.BytesIO(whole)) as files:
            files.extractall(place)
        notes = sorted((self.export.path / "checkpoints").iterdir())
        held = [part for path in notes for part in ("--checkpoint", str(path))]
        code, said = verdict(place, "--policy", str(place / "policy.txt"), *held, *more)
        return code, said["verdict"]
