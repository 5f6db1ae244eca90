"""The tests of the browser code itself, which need no browser."""

import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
def test_the_browser_code_passes_its_own_tests():
    tests = sorted(str(path) for path in (FRONTEND / "tests").glob("*.test.js"))
    done = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
