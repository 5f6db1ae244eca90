"""The tutorial, followed to the letter by somebody with a new environment."""

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutorial/first-plugin.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', TUTORIAL, re.DOTALL))

pytestmark = pytest.mark.slow


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tutorial's files, and an environment in it where its commands were run."""
    folder = tmp_path_factory.mktemp("newcomer")
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    # A copy, because pip builds in the folder itself and leaves parts of older builds in it.
    checkout = shutil.copytree(ROOT, folder / "qis", ignore=shutil.ignore_patterns(".*", "build", "node_modules"))
    venv.create(folder / ".venv", with_pip=True)
    run(".venv/bin/pip", "install", "-q", f"{checkout}[testing]", cwd=folder)
    (commands,) = re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL)
    told = [run("sh", "-c", command, cwd=folder) for command in commands.strip().splitlines()]
    assert re.search(r"sepia\s.*loaded", told[-1])
    return folder


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """The running server's address."""
    (place / "library").mkdir()
    Image.new("RGB", (60, 40), "blue").save(place / "library/blue.png")
    process = subprocess.Popen(
        [place / ".venv/bin/qis", "serve", "--port", "0"],
        cwd=place,
        env={**os.environ, "QIS_ADMIN_PASSWORD": "tutorial"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = next(line for line in process.stdout if "serves at" in line)
    found = re.search(r"http://[^\s/]+", line)
    assert found
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{found[0]}/health", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.2)
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def test_the_plugin_is_under_forty_lines() -> None:
    assert len(FILES["qis-sepia/qis_sepia.py"].splitlines()) < 40


def test_the_server_gives_the_toned_picture(address: str) -> None:
    with urllib.request.urlopen(f"{address}/image?src=blue.png&sepia=1", timeout=60) as answer:
        red, green, blue = Image.open(BytesIO(answer.read())).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > green > blue


def test_a_wrong_value_is_refused_with_the_words_of_the_tutorial(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{address}/image?src=blue.png&sepia=2", timeout=60)
    assert refusal.value.code == 400
    told = " ".join(TUTORIAL.split())
    assert refusal.value.read().decode().strip() in told
