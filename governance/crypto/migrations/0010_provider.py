"""Each epoch names the root key that its own key is under (docs/spec/field-encryption.md, 2 and 9).

No root key was ever changed before: that of every epoch is the one which opens the active epoch.
It is named only after it did; one that is over had the same, since a rotation opened it with that.
"""

from typing import Any

from django.db import migrations

from governance.crypto import epochs, rootkeys
from governance.crypto.errors import UnsealError
from governance.crypto.rootkeys import RootKeyOtherError

LIVING = """
SELECT e.n, w.wrapped FROM crypto_epoch AS e
JOIN crypto_wrapped AS w ON w.epoch = e.n AND w.slot = %s WHERE e.state <> 'over'
"""


def name(_apps: Any, schema_editor: Any) -> None:
    """Name the root key that opens every living epoch."""
    root_key = rootkeys.present()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LIVING, [epochs.OWN])
        for n, wrapped in cursor.fetchall():
            try:
                root_key.unwrap(bytes(wrapped), epochs.own_context(n))
            except UnsealError:
                raise RootKeyOtherError(
                    expected=f"the one that opens epoch {n}", found=root_key.describe()
                ) from None
        cursor.execute("UPDATE crypto_epoch SET provider = %s", [root_key.describe()])


class Migration(migrations.Migration):
    dependencies = [("crypto", "0009_by_order_alone")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE crypto_epoch ADD COLUMN provider text",
            "ALTER TABLE crypto_epoch DROP COLUMN provider",
        ),
        migrations.RunPython(name, migrations.RunPython.noop),
        migrations.RunSQL(
            "ALTER TABLE crypto_epoch ALTER COLUMN provider SET NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
