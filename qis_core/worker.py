"""Main module of the render processes: ``python -m qis_core.worker FD``, started by the render pool.

It loads the plugins by the settings that come in over the connection FD, and then forks
workers on demand (``qis_core.imaging.forking``). As a zygote it forks such processes (``qis_core.imaging.zygote``).
It imports neither the web nor the records.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from qis_core.imaging import confinement, heap, wire
from qis_core.imaging.forking import own_handle, serve_forks
from qis_core.imaging.jobs import serve_jobs
from qis_core.imaging.setup import READY, WorkerSetup
from qis_core.imaging.workshop import Workshop
from qis_core.imaging.zygote import serve_nurseries


def main() -> None:
    """Serves the pool until it closes the connection."""
    arguments = _arguments()
    confinement.ignore_signals()
    # The server logs what comes over stderr, with the time of its own.
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    control = socket.socket(fileno=arguments.connection)
    load: Callable[[WorkerSetup], Any] = partial(_registries, source=arguments.registries)
    if arguments.zygote:
        control, load = serve_nurseries(control, load)
    message = wire.receive(control)
    if message is None:
        return
    assert isinstance(message.content, WorkerSetup)
    os.nice(message.content.niceness)
    registries = load(message.content)
    workshop = Workshop(
        decoders=registries.decoders,
        encoders=registries.encoders,
        engines=registries.engines,
        operations=registries.operations,
        metadata_readers=registries.metadata_readers,
        analysers=registries.analysers,
        pyramid_makers=registries.pyramid_makers,
    )
    socket.send_fds(control, [READY], own_handle())
    setup = message.content
    work = partial(
        serve_jobs,
        workshop=workshop,
        readable=setup.readable,
        written_bytes=setup.written_bytes,
        # For work that nobody waits for memory counts more than time.
        much_bytes=0 if setup.niceness else heap.MUCH_BYTES,
    )
    serve_forks(control, work)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render processes of QIS; started by the server.")
    parser.add_argument("connection", type=int, help="descriptor of the connection to the server")
    parser.add_argument("--zygote", action="store_true", help="fork nurseries, for the connections that come over it")
    parser.add_argument("--registries", default="", help="module:function that gives the registries, for tests")
    return parser.parse_args()


def _registries(setup: WorkerSetup, source: str) -> Any:
    if source:
        module, _, function = source.partition(":")
        return getattr(importlib.import_module(module), function)()
    plugins = importlib.import_module("qis_core.plugins")
    kernel = plugins.load(setup.settings, environ={}, data=setup.data, strict=False)
    return kernel.registries


if __name__ == "__main__":
    main()
