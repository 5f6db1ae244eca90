"""The tests of the browser code itself, which need no browser."""

import shutil
import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine"),
    pytest.mark.skipif(not (FRONTEND / "node_modules").exists(), reason="its tools are not there: npm ci in frontend/"),
]


def test_the_browser_code_passes_its_own_tests():
    tests = sorted(str(path) for path in (FRONTEND / "tests").glob("*.test.js"))
    done = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def test_the_types_of_the_viewers_are_right():
    done = subprocess.run(
        ["npm", "run", "--silent", "types"], cwd=FRONTEND, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
