"""An installation of its own, durable as in production, for tests that stop its server."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from governance import env, provision
from governance.embedded.children import Child, wait_until_ready
from governance.embedded.state import StateFolder, environment

PATIENCE = 180.0  # seconds, on a busy machine


class OwnServer:
    """A server with prepared databases; `variables` is the environment of its processes."""

    def __init__(self) -> None:
        self.state = StateFolder(Path(tempfile.mkdtemp(prefix="custode-server-")))
        self.state.ensure()
        self.variables = {**os.environ, **environment(self.state)}
        self.cluster = self.state.cluster(is_durable=True)
        self.server: Child | None = None

    def start(self) -> None:
        """Make the databases, empty and ready."""
        self.cluster.initialise()
        self.serve()
        with self.cluster.connect() as superuser:
            provision.provision(superuser, self.state.secrets)
        self.manage("prepare", CUSTODE_DATABASE_ROLE="owner").check_returncode()

    def serve(self) -> None:
        """Start the server and wait until it answers."""
        self.server = self.cluster.launch(lambda _line: None)
        wait_until_ready(self.server, self.cluster.is_ready, patience=PATIENCE)

    def stand_still(self) -> None:
        """Stop the server."""
        if self.server:
            self.server.stop()

    def manage(self, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py and return how it ended."""
        argv = [sys.executable, str(env.PROJECT / "manage.py"), *command]
        chosen = {**self.variables, **variables}
        return subprocess.run(
            argv, env=chosen, cwd=env.PROJECT, capture_output=True, text=True, check=False
        )

    @property
    def data_owner(self) -> int:
        """The account that the files of the server belong to."""
        return self.cluster.data.stat().st_uid

    def stop(self) -> None:
        """Stop the server and remove everything."""
        self.stand_still()
        self.state.remove()
