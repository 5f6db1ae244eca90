"""The compose file stands by itself: what it mounts and builds is there, and its nginx takes the file made for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CONTAINER = Path(__file__).parents[2] / "deploy/container"


def test_everything_that_compose_mounts_is_made_as_its_first_lines_say() -> None:
    text = (CONTAINER / "compose.yaml").read_text(encoding="utf-8")
    mounted = set(re.findall(r"- \./([\w.]+):", text))
    assert mounted == {"library", "trash", "tls"}
    told = "".join(line for line in text.splitlines() if line.startswith("#"))
    assert all(name in told for name in mounted)


def test_variables_of_the_compose_file_are_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (CONTAINER / "compose.yaml").read_text(encoding="utf-8")))
    assert wanted <= set(re.findall(r"^(\w+)=", (CONTAINER / ".env.example").read_text(encoding="utf-8"), re.M))


def test_stages_that_compose_builds_are_in_the_containerfile() -> None:
    stages = set(re.findall(r"^FROM .* AS (\w+)$", (CONTAINER / "Containerfile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"target: (\w+)", (CONTAINER / "compose.yaml").read_text(encoding="utf-8"))) <= stages


def test_what_it_copies_is_there_and_all_plugins_and_themes_are_installed() -> None:
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    root = CONTAINER.parents[1]
    copied = [name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.M) for name in line.split()]
    assert copied
    assert [name for name in copied if not (root / name).exists()] == []
    installed = re.findall(r" \./(\w+)/\*", text)
    assert sorted(installed) == sorted({path.parent.parent.name for path in root.glob("*/qis-*/setup.py")})
    assert set(installed) <= set(copied)


@pytest.mark.services
def test_nginx_takes_the_file_that_is_made_for_it(tmp_path: Path) -> None:
    path = os.environ["PATH"] + ":/usr/sbin"
    nginx = shutil.which("nginx", path=path)
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed (Debian: nginx, openssl)")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", tmp_path / "qis.key", "-out", tmp_path / "qis.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    made = subprocess.run(
        ["sed", "-f", CONTAINER / "front.sed", CONTAINER.parent / "nginx/qis.conf"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    # The names of the compose file's network and its places, as they are on this machine.
    for written, ours in {
        "    server web1:6900 ": "    server 127.0.0.1:6900 ",
        "    server web2:6900 ": "    server 127.0.0.2:6900 ",
        "/etc/ssl/qis/": f"{tmp_path}/",
        "/var/cache/nginx/": f"{tmp_path}/",
        "/dev/stdout qis": f"{tmp_path}/log qis",
    }.items():
        assert written in made, written
        made = made.replace(written, ours)
    (tmp_path / "qis.conf").write_text(made, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ include {tmp_path}/qis.conf; }}\n"
    )
    checked = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
