"""A crash writes no core file: it would hold what the process held."""

import subprocess
import sys

import pytest

RUN_AND_SHOW_LIMIT = """
import resource, sys
from {module} import main
sys.argv = ["program", "--help"]
try:
    main()
except SystemExit:
    print("limit", *resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.parametrize("module", ["linkage_agent.cli", "linkage.matcher.cli"])
def test_neither_program_leaves_a_core_file(module: str) -> None:
    code = RUN_AND_SHOW_LIMIT.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "limit 0 0"
