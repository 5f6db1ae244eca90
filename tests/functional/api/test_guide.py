"""The guide's calls, run in their order as they stand against a server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, Server

GUIDES = Path(__file__).parents[3] / "docs/how-to"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
@pytest.mark.parametrize("guide", ["use-the-api.md", "log-in-and-tokens.md", "upload-and-organise.md"])
def test_every_call_of_the_guide_works(server: Server, tmp_path: Path, guide: str) -> None:
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", (GUIDES / guide).read_text(), re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) > 20
    # Each call's answer goes to a file of its own; what assigns a variable is checked by the calls that use it.
    script = [f"PASSWORD={shlex.quote(ADMIN_PASSWORD)}"]
    for line in lines:
        script.append(f"QIS={server.url}" if line.startswith("QIS=") else line)
        script.append("printf '\\n\\036'")
    run = subprocess.run(
        ["sh", "-e"], cwd=tmp_path, input="\n".join(script), capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    answers = [json.loads(text) if text.strip() else None for text in run.stdout.split("\036")[:-1]]
    for line, answer in zip(lines, answers, strict=True):
        if answer is None:
            assert re.match("[A-Z]+=|rm |.* -o ", line), line
        elif "openapi" not in line:
            expected = int(found[1]) if (found := re.search(r"# (\d{3})$", line)) else 200
            assert answer["status"] == expected, (line, answer)
