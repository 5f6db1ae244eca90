"""What holds for every hostile test: the server answers everything, itself included, and gives nothing away."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

import qis_core
from qis_core.testing.app_fixtures import Server, serving
from qis_core.testing.raw_http import Answer, ask
from qis_core.testing.watch import Sights, Watch, on_this_machine

HEALTH_SECONDS = 1.0
MEMORY_BYTES = 1_500_000_000
HELPERS = ("gs", "gswin64c", "convert", "magick", "rsvg-convert", "inkscape", "pdftoppm", "unzip")
SETTINGS = {
    "qis.public.level": "download",
    "qis.web.metrics": "yes",
    "qis.imaging.workers": "2",
    "qis.imaging.max_seconds": "5",
}


@pytest.fixture(scope="session")
def fort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all these tests ill-treat; programs that libraries like to start leave a note in ``calls``."""
    folder = tmp_path_factory.mktemp("fort")
    programs = folder / "programs"
    programs.mkdir()
    for name in HELPERS:
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {folder}/calls\nexit 1\n', encoding="ascii")
        (programs / name).chmod(0o755)
    environ = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    with serving(folder, SETTINGS, environ=environ, log="log") as server:
        yield server


@pytest.fixture(scope="session")
def watch(fort: Server) -> Iterator[tuple[Watch, Sights]]:
    """The watch over the server, and the worst of all tests together, which is told at the end."""
    worst = Sights()
    with Watch(fort) as watch:
        yield watch, worst
    assert worst.peak_bytes
    shares = sorted(worst.peak_shares.values(), reverse=True)
    print(f"\nslowest /health: {worst.slowest_health:.3f} s, peak memory: {worst.peak_bytes / 1e6:.0f} MB, by process:")
    print(*(f"{share / 1e6:.0f}" for share in shares))


@pytest.fixture(autouse=True)
def unharmed(fort: Server, watch: tuple[Watch, Sights]) -> Iterator[None]:
    """After each test: /health was quick all the time, memory bounded, no program started, no fault in the log."""
    assert fort.log is not None
    said = fort.log.stat().st_size
    watch[0].take()
    yield
    sights = watch[0].take()
    watch[1].merge(sights)
    log = fort.log.read_bytes()[said:].decode("utf-8", "replace")
    assert not sights.failures
    assert sights.slowest_health < on_this_machine(HEALTH_SECONDS)
    assert sights.peak_bytes < MEMORY_BYTES, sights.peak_shares
    assert not sights.strangers
    assert not (fort.library.parent / "calls").exists()
    assert "Traceback" not in log, log[-3000:]
    assert "panicked" not in log, log[-3000:]


@pytest.fixture(scope="session")
def get(fort: Server) -> Callable[..., Answer]:
    """Asks the server, and checks what every answer must be: ``get(target, method, headers, body)``."""
    inside = [fort.library.parent, Path(qis_core.__file__).parent.parent, Path(os.__file__).parent]

    def checked(target: str, *arguments: object, **named: object) -> Answer:
        answer = ask(fort.url, target, *arguments, **named)  # type: ignore[arg-type]
        asked = unquote(target)
        assert answer.status != 500, answer
        if "server" not in answer.headers:
            # What is no HTTP (a target with a "<") is refused by the HTTP library, before the server knows of it.
            assert (answer.status, answer.body) == (400, b""), answer
            return answer
        assert answer.headers.get("x-content-type-options") == "nosniff", answer
        assert b"Traceback" not in answer.body, answer
        for path in map(str, inside):
            # What the client itself has named may be told back.
            assert path in asked or path.encode() not in answer.body, answer
            assert path not in str(answer.headers), answer
        return answer

    return checked
