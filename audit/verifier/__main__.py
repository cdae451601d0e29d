"""`python -m custode_verify full BUNDLE`."""

import sys

from .cli import run

sys.exit(run(sys.argv[1:]))
