"""What the code imports is what setup.py asks for, no less and no more."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_imports_and_declared_dependencies_agree(tmp_path):
    # deptry does not read setup.py; the installed metadata says the same.
    stated = importlib.metadata.requires("qis-core") or []
    (tmp_path / "run.txt").write_text("\n".join(line for line in stated if "extra ==" not in line), encoding="utf-8")
    extras = [line.partition(";")[0] for line in stated if "extra ==" in line]
    (tmp_path / "extras.txt").write_text("\n".join(extras), encoding="utf-8")
    answer = subprocess.run(
        [
            sys.executable, "-m", "deptry", "qis_core", "--no-ansi",
            "--requirements-files", tmp_path / "run.txt",
            "--requirements-files-dev", tmp_path / "extras.txt",
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
