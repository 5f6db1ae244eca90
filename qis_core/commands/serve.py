"""``qis serve``: the server itself, with all that a first start needs."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import importlib
import logging
import logging.config
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from qis_core import __version__
from qis_core.api import QisError, Unavailable
from qis_core.cli import configured
from qis_core.configuration import Configuration, read_configuration
from qis_core.imaging import zygote
from qis_core.imaging.setup import WorkerSetup
from qis_core.settings import ConfigurationError

if TYPE_CHECKING:
    from qis_core.commands._forking import Alive
    from qis_core.settings import ServerSettings

T = TypeVar("T")

_log = logging.getLogger("qis")

STOP_SECONDS = 20
"""How long a server process may take to end what it is doing before it is killed."""

_M_ARENA_MAX = -8
_M_MMAP_THRESHOLD = -3

_LISTENING_ADVICE = {
    errno.EADDRINUSE: "; stop the other server, or choose another --port",
    errno.EADDRNOTAVAIL: "; --host must be an address of this machine, or 0.0.0.0 for all of them",
    errno.EACCES: "; ports below 1024 are the administrator's, so choose a higher --port",
}


@click.command()
@configured
@click.option("--host", help="Address to listen at; 0.0.0.0 is every network of this machine.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen at; 0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes.")
@click.option("--threads", type=click.IntRange(1, 256), help="Threads of each process.")
def serve(configuration: Configuration, **given: Any) -> None:
    """Serves until it is stopped (Ctrl+C).

    Without CONFIG.ini it keeps everything in ./data and serves the pictures in ./library. SIGTERM stops it
    once the requests that it has taken are answered; SIGHUP has it read CONFIG.ini again (all but
    the address and the numbers of processes and threads) and replaces its processes one after the other,
    without a lost request.
    """
    _start_log(configuration)
    typed = click.get_current_context().params

    def read_again() -> Configuration:
        found = read_configuration(typed["config"], library=typed["library"], data=typed["data"])
        return _portable(_with_options(found, given))

    configuration = _portable(_with_options(configuration, given))
    server, port, setup = _in_a_process_of_its_own(_prepared, configuration)
    if server.workers > 1:
        _share_counters(server.data)
    # What has been said must be read even by a pipe, and before the first request can come.
    click.echo(f"QIS {__version__} serves at {_address(server, port)}  (Ctrl+C stops it)")
    zygote.share(setup)
    _run(Current(configuration, read_again), server, port)


def _prepared(configuration: Configuration) -> tuple[ServerSettings, int, WorkerSetup]:
    """Makes and tries out all that the server needs; its settings, the port to listen at, and what is said to
    render processes."""
    from qis_core.commands import _telling
    from qis_core.plugins import load
    from qis_core.services.platform import try_out
    from qis_core.services.startup import prepare, read_secret
    from qis_core.settings import ServerSettings

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    server = kernel.settings.of(ServerSettings)
    port = free_port(server.host, server.port)
    made = prepare(kernel, environ=configuration.environ, progress=_telling.drawing)
    # Before anything else can fail: a password that was made up is told only now.
    _telling.preparation(made)
    # What a server process could not open is told here, once and in a sentence.
    try_out(kernel)
    read_secret(kernel)
    return server, port, WorkerSetup.of(kernel.settings, data=server.data)


def _in_a_process_of_its_own(work: Callable[[Configuration], T], configuration: Configuration) -> T:
    """What ``work`` gives or raises. A first start draws pictures and hashes a password, with libraries that start
    threads: their memory goes with the process, and who is forked later waits for no lost thread's lock."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    if threading.active_count() > 1:
        # Called within a program that has threads: a lock that one of them holds would never be free in a fork.
        return work(configuration)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as processes:
        return processes.submit(work, configuration).result()


def free_port(host: str, port: int = 0) -> int:
    """``port`` where ``host`` can be listened at there; with 0, a port that nobody listens at. Raises Unavailable."""
    try:
        with socket.create_server((host, port), family=_family(host)) as probe:
            found: int = probe.getsockname()[1]
            return found
    except OSError as error:
        # Python adds the address to the system's words; numbers below 0 are those of the look-up of names.
        text = os.strerror(error.errno) if error.errno and error.errno > 0 else "there is no such address"
        hint = _LISTENING_ADVICE.get(error.errno or 0, "")
        raise Unavailable(f"cannot listen at {host}:{port}: {text}{hint}") from error


class Current:
    """The configuration that server processes start with; ``read_again`` reads it anew."""

    def __init__(self, configuration: Configuration, read_again: Callable[[], Configuration]) -> None:
        self.configuration = configuration
        self._read_again = read_again

    def renew(self) -> None:
        """Takes what is there now. What no server could start with is told to the log, and nothing changes."""
        try:
            fresh = self._read_again()
            setup = _in_a_process_of_its_own(_tried_out, fresh)
        except (ConfigurationError, QisError) as error:
            _log.error("the configuration is kept as it was: %s", error)
        else:
            self.configuration = fresh
            zygote.share(setup)


def _tried_out(configuration: Configuration) -> WorkerSetup:
    """What is said to render processes. Raises ConfigurationError or Unavailable where a server process could not
    start with it."""
    from qis_core.plugins import load
    from qis_core.services.platform import try_out
    from qis_core.settings import ServerSettings

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    try_out(kernel)
    return WorkerSetup.of(kernel.settings, data=kernel.settings.of(ServerSettings).data)


def _run(current: Current, server: ServerSettings, port: int) -> None:
    import multiprocessing

    from granian.constants import Interfaces
    from granian.log import LogLevels

    from qis_core.commands._forking import Alive
    from qis_core.commands._listening import Processes

    multiprocessing.set_start_method("fork", force=True)
    _tidy_heaps()
    alive = Alive()
    processes = Processes(
        "qis",
        imports=partial(_imports, current, alive),
        address=server.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=server.workers,
        blocking_threads=server.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        # In a reload, for a new process to be ready before the next old one stops.
        respawn_interval=2.0,
        # Below errors it tells, among other things, that threads are many for two processors: they mostly wait.
        log_level=LogLevels.error,
    )
    processes.on_reload(current.renew)
    processes.serve(target_loader=partial(_application, current, alive), wrap_loader=False)


def _imports(current: Current, alive: Alive) -> None:
    """What all server processes need, imported where they are forked from."""
    from qis_core.plugins import load
    from qis_core.settings import DatabaseSettings

    alive.let_go()
    configuration = current.configuration
    try:
        # For what plugins import. Each server process asks them itself.
        kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    except ConfigurationError:
        # It is told where the application is made.
        return
    with _without_driver(kernel.settings.of(DatabaseSettings).url):
        import qis_core.app  # noqa: F401
        from qis_core import web

        for module in pkgutil.walk_packages(web.__path__, "qis_core.web."):
            importlib.import_module(module.name)


@contextlib.contextmanager
def _without_driver(url: str) -> Iterator[None]:
    """Hides PostgreSQL's driver from who imports it just in case (zope.sqlalchemy): it takes 6 MB of each process."""
    if url.startswith("postgresql") or "psycopg" in sys.modules:
        yield
        return
    sys.modules["psycopg"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["psycopg"]


def _application(current: Current, alive: Alive) -> Any:
    """Runs in each server process: the application that it serves."""
    configuration = current.configuration
    alive.let_go()
    # Until it serves, the handlers that were forked along would take the signals that end it, and do nothing.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(alive,), name="parent", daemon=True).start()
    import multiprocessing.util

    from qis_core.app import prepared_application
    from qis_core.commands._leaving import Polite

    _start_log(configuration)
    application = prepared_application(configuration)
    # A process that was forked ends without what `atexit` was told. Tasks that run are handed back here.
    multiprocessing.util.Finalize(application, application.registry["qis"].close, exitpriority=10)
    return Polite(application)


def _end_with(alive: Alive) -> None:
    """Ends this server process when the first one is gone, which may have been killed."""
    alive.wait()
    # To the main thread: it waits for signals, and one that another thread takes would not wake it.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


def _tidy_heaps() -> None:
    """Has the C library (glibc) keep less of what threads have freed: two heaps for all, long bodies outside of them.

    What is outside is taken from the system and given back each time, page by page: for the 80 kB of a usual picture
    that costs more than to fetch it from memcached.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 2)
        library.mallopt(_M_MMAP_THRESHOLD, 128 * 1024)


def _start_log(configuration: Configuration) -> None:
    """Logs as the ini file says, or what is wrong to the terminal."""
    if configuration.file and "[loggers]" in configuration.file.read_text(encoding="utf-8"):
        logging.config.fileConfig(configuration.file, disable_existing_loggers=False)
    else:
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _portable(configuration: Configuration) -> Configuration:
    # ``os.environ`` itself cannot travel to a process that is started afresh.
    return dataclasses.replace(configuration, environ=dict(configuration.environ))


def _with_options(configuration: Configuration, given: Mapping[str, Any]) -> Configuration:
    """The configuration with what was typed: it wins over the file and the environment."""
    typed = {name: str(value) for name, value in given.items() if value is not None}
    raw = {**configuration.raw, **{f"qis.server.{name}": value for name, value in typed.items()}}
    hidden = {f"QIS_SERVER_{name.upper()}" for name in typed}
    environ = {name: value for name, value in configuration.environ.items() if name not in hidden}
    return dataclasses.replace(configuration, raw=raw, environ=environ)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _address(server: ServerSettings, port: int) -> str:
    host = f"[{server.host}]" if ":" in server.host else server.host
    return server.public_url or f"http://{host}:{port}/"


def _share_counters(data: Path) -> None:
    """Lets the counters of all server processes be added up; before any of them is imported."""
    folder = data / "counters"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
