#!/usr/bin/env python
"""The command line: `manage.py serve` runs everything, `manage.py help` lists the rest."""

import os
import sys


def main() -> None:
    """Run one command; `serve` first makes its state folder, so that settings find their values."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    if sys.argv[1:2] == ["serve"]:
        from governance.embedded import state

        state.adopt(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
