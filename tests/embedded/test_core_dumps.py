"""No process leaves a core file, which could hold keys (field-encryption.md, promise 22)."""

import subprocess
import sys

import pytest

SHOW = "import resource, sys; sys.stdout.write(str(resource.getrlimit(resource.RLIMIT_CORE)))"


@pytest.mark.parametrize(
    "module", ["governance.settings", "governance.celery", "governance.embedded.state"]
)
def test_a_process_of_the_product_writes_no_core_file(module: str) -> None:
    """Read in the process itself, after the import that each process begins with."""
    code = f"import {module}; {SHOW}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "(0, 0)"
