"""A PostgreSQL of our own with an installation in it, durable as in production, thrown away after.

    with ground.installation() as superuser:
        ...  # Django is set up, as the application's role

Nothing of a running installation is touched: data, sockets and root key are in a new folder
among the temporary files.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from governance import env, provision
from governance.embedded.children import wait_until_ready
from governance.embedded.state import StateFolder, environment

Superuser = psycopg.Connection[tuple[object, ...]]
PATIENCE = 60.0
BESIDE = Path(__file__).resolve().parents[1]


@contextmanager
def installation() -> Iterator[Superuser]:
    """Start a cluster, prepare it, set up Django, and yield a superuser of the main database."""
    state = StateFolder(Path(tempfile.mkdtemp(prefix="custode-bench-")))
    state.ensure()
    cluster = state.cluster(is_durable=True)
    cluster.initialise()
    child = cluster.launch(lambda _line: None)
    try:
        wait_until_ready(child, cluster.is_ready, patience=PATIENCE)
        with cluster.connect() as superuser:
            provision.provision(superuser, state.secrets)
        os.environ.update(environment(state))
        os.environ["CELERY_BROKER_URL"] = "memory://"
        os.environ["DJANGO_SETTINGS_MODULE"] = "governance.settings"
        subprocess.run(
            [sys.executable, str(env.PROJECT / "manage.py"), "prepare"],
            env={**os.environ, "CUSTODE_DATABASE_ROLE": "owner"},
            cwd=env.PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        import django

        # The folder of a benchmark stands first on the path, and a file of its (api.py) would be
        # taken for the application of that name.
        sys.path[:] = [p for p in sys.path if Path(p).resolve() != BESIDE]
        django.setup()
        with cluster.connect(provision.PREFIX) as superuser:
            superuser.autocommit = True
            yield superuser
    finally:
        child.stop()
        state.remove()
