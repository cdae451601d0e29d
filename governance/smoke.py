"""Whether a web server starts with the settings of this process and answers: `PORT HOST`.

Started as the unit starts it, asked as the proxy asks, and stopped.
"""

import http.client
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60.0  # seconds
PAGES = ("/health/", "/accounts/login/")


def main(port: int, host: str) -> None:
    """Ask each page; leave with an error that says which did not answer."""
    gunicorn = Path(sys.executable).parent / "gunicorn"
    command = [gunicorn, "governance.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with subprocess.Popen([str(part) for part in command]) as server:
        try:
            until = time.monotonic() + PATIENCE
            for page in PAGES:
                status = _status(server, port, host, page, until)
                if status != http.client.OK:
                    sys.exit(f"{page} answered {status}")
        finally:
            server.terminate()


def _status(
    server: "subprocess.Popen[bytes]", port: int, host: str, page: str, until: float
) -> int:
    """Return the status of a page, as soon as the server listens."""
    while True:
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            caller.request("GET", page, headers={"Host": host, "X-Forwarded-Proto": "https"})
            return caller.getresponse().status
        except OSError:
            if server.poll() is not None:
                sys.exit("the web server did not start: see above")
            if time.monotonic() > until:
                sys.exit(f"the web server did not listen within {PATIENCE:.0f} s")
            time.sleep(0.2)
        finally:
            caller.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
