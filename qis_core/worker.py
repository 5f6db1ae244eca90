"""Main module of the render processes: ``python -m qis_core.worker FD``, started by the render pool.

It loads the plugins by the settings that come in over the channel FD, and then forks
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

from qis_core.imaging import confinement
from qis_core.imaging.forking import receive_client, serve_forks
from qis_core.imaging.jobs import serve_jobs
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.workshop import Workshop
from qis_core.imaging.zygote import serve_nurseries


def main() -> None:
    """Serves the pools that come until the last has gone."""
    arguments = _arguments()
    confinement.ignore_signals()
    # The server logs what comes over stderr, with the time of its own.
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    channel = socket.socket(fileno=arguments.connection)
    load: Callable[[WorkerSetup], Any] = partial(_registries, source=arguments.registries)
    if arguments.zygote:
        channel, load = serve_nurseries(channel, load)
    found = receive_client(channel)
    if found is None:
        return
    client, setup = found
    os.nice(setup.niceness)
    registries = load(setup)
    workshop = Workshop(
        decoders=registries.decoders,
        encoders=registries.encoders,
        engines=registries.engines,
        operations=registries.operations,
        metadata_readers=registries.metadata_readers,
        analysers=registries.analysers,
        pyramid_makers=registries.pyramid_makers,
    )
    serve_forks(channel, client, partial(serve_jobs, setup=setup, workshop=workshop), setup.workers)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render processes of QIS; started by the server.")
    parser.add_argument("connection", type=int, help="descriptor of the channel that servers come over")
    parser.add_argument("--zygote", action="store_true", help="fork nurseries for those who come")
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
