"""Fixtures of the whole application: within the test's process, and as a server of its own.

``testapp`` and ``server`` are shared by all tests of a run: what a test changes there the next one
finds. Tests that change settings or records make a site of their own by ``new_site``.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from webtest import TestApp

    from qis_core.web.wiring import Site

ADMIN_PASSWORD = "an administrator's password"
"""The password of ``admin`` in every site of the fixtures."""

QUICK = {"qis.passwords.memory_kib": "1024", "qis.passwords.rounds": "1", "qis.imaging.workers": "1"}
"""Settings that make tests quick; their passwords would be cheap to guess."""

START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class TestSite:
    """A site in this process: its folders, its parts, and a browser to ask it with."""

    __test__ = False

    data: Path
    library: Path
    site: Site
    testapp: TestApp


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server process: where it answers, its folders, its process id, and the file that takes what it says
    (None: the terminal)."""

    url: str
    data: Path
    library: Path
    pid: int
    log: Path | None = None


MakeSite = Callable[..., TestSite]


@pytest.fixture
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeSite]:
    """Makes sites with a small library: ``new_site({"qis.public.level": "none"})``, gone after the test."""
    with contextlib.ExitStack() as closing:

        def make(settings: dict[str, str] | None = None) -> TestSite:
            return closing.enter_context(site_in(tmp_path_factory.mktemp("site"), settings or {}))

        yield make


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """One site with a small library for all tests of the run."""
    with site_in(tmp_path_factory.mktemp("site"), {}) as made:
        yield made


@pytest.fixture(scope="session")
def app(site: TestSite) -> Any:
    """The WSGI application of ``site``."""
    return site.testapp.app


@pytest.fixture
def testapp(site: TestSite) -> TestApp:
    """A browser for ``site`` that has not logged in."""
    site.testapp.reset()
    site.testapp.authorization = None
    return site.testapp


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``qis serve`` with a small library, as a process of its own on a free port of this machine."""
    with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@contextlib.contextmanager
def serving(
    folder: Path,
    settings: Mapping[str, str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    log: str = "",
    draw: Callable[[Path], object] | None = None,
) -> Iterator[Server]:
    """A server as the fixture ``server`` is, in ``folder``; with further settings and environment, until the end.

    ``log`` is the name of a file in ``folder`` for what it writes to the terminal. ``draw`` fills the folder of the
    library with other pictures.
    """
    from qis_core.commands.serve import free_port
    from qis_core.testing.libraries import draw_library

    library = folder / "library"
    (draw or draw_library)(library)
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
    settled = {key.replace(".", "_").upper(): value for key, value in {**QUICK, **(settings or {})}.items()}
    with open(folder / log, "ab") if log else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from qis_core.cli import main; main()", "serve", f"--port={port}"],
            cwd=folder,
            env={**inherited, **settled, "QIS_ADMIN_PASSWORD": ADMIN_PASSWORD, **(environ or {})},
            stdout=output,
            stderr=output,
        )
        try:
            _await(url + "/health", process)
            yield Server(
                url=url, data=folder / "data", library=library, pid=process.pid, log=folder / log if log else None
            )
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def site_in(folder: Path, settings: Mapping[str, str]) -> Iterator[TestSite]:
    """A site in this process as ``new_site`` makes them, in ``folder``, until the end."""
    from webtest import TestApp

    from qis_core.app import make_app
    from qis_core.imaging import zygote
    from qis_core.imaging.setup import WorkerSetup
    from qis_core.plugins import load
    from qis_core.services.startup import prepare
    from qis_core.testing.libraries import draw_library
    from qis_core.web.wiring import make_site

    library = draw_library(folder / "library")
    raw = {**QUICK, "qis.library.url": library.as_uri(), "qis.server.data": str(folder / "data"), **settings}
    kernel = load(raw, environ={}, here=folder)
    prepare(kernel, environ={"QIS_ADMIN_PASSWORD": ADMIN_PASSWORD})
    if zygote.shared() is None:
        # For all sites of this process: a nursery that imports nothing is there in a tenth of the time.
        zygote.share(WorkerSetup())
    made = make_site(kernel)
    try:
        made.workers.start()
        yield TestSite(data=folder / "data", library=library, site=made, testapp=TestApp(make_app(made, raw)))
    finally:
        made.close()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the server did not answer at {url}; it ended with {process.poll()}")
