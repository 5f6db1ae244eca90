"""The life of a render worker: orders in, answers out, until it is used up or the server is gone."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from qis_core.api import QisError
from qis_core.imaging import confinement, heap, wire
from qis_core.imaging.answers import Done
from qis_core.imaging.faults import too_much_memory
from qis_core.imaging.orders import DescribeOrder, LevelOrder, Order, ProbeOrder, RenderOrder
from qis_core.imaging.setup import WorkerSetup
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop


def serve_jobs(queue: socket.socket, ready: Callable[[], None], *, setup: WorkerSetup, workshop: Workshop) -> None:
    """Confines this process, calls ``ready``, and does orders out of the queue until it is used up by ``setup``."""
    confinement.confine(setup.readable, written_bytes=setup.written_bytes)
    allowance = confinement.Allowance()
    ready()
    # For work that nobody waits for memory counts more than time.
    much_bytes = 0 if setup.niceness else heap.MUCH_BYTES
    for _ in range(setup.jobs_per_worker):
        message = _next(queue)
        if message is None:
            return
        _serve(message, workshop, allowance)
        # The answer is on its way; nobody waits for this.
        del message
        held = allowance.resident_bytes
        if held > setup.resident_bytes:
            return
        if held > much_bytes:
            heap.give_back()


def _next(queue: socket.socket) -> wire.Message | None:
    """The next order. While there is none for long, the memory of the one before is given back."""
    with contextlib.suppress(BlockingIOError):
        return wire.receive_order(queue)
    heap.give_back(0)
    while True:
        with contextlib.suppress(BlockingIOError):
            return wire.receive_order(queue)


def _serve(message: wire.Message, workshop: Workshop, allowance: confinement.Allowance) -> None:
    order = message.order
    assert isinstance(order, (RenderOrder, ProbeOrder, DescribeOrder, LevelOrder))
    with message.connection as connection:
        if not wire.send_taken(connection):
            message.close_files()
            return
        allowance.begin(order.limits)
        done = _do(workshop, order, message.files)
        allowance.lift()
        message.close_files()
        # Where the server process has ended meanwhile there is nobody to tell.
        with contextlib.suppress(OSError):
            wire.send_answer(connection, done)
        allowance.end()


def _do(workshop: Workshop, order: Order, files: Sequence[int]) -> Done:
    try:
        if isinstance(order, LevelOrder):
            with os.fdopen(os.dup(files[1]), "r+b", buffering=0) as out:
                return workshop.write_level(order, _sources(order, files)[0], out)
        return workshop.do(order, _sources(order, files))
    except QisError as error:
        return error
    except MemoryError:
        # Even the telling of it wanted memory.
        return too_much_memory(order.limits.memory_bytes)


def _sources(order: Order, files: Sequence[int]) -> list[FileSource]:
    names = {index: name for name, index in order.pictures.items()} if isinstance(order, RenderOrder) else {}
    names[0] = order.source_name
    return [FileSource(names.get(index, ""), Path(f"/dev/fd/{file}")) for index, file in enumerate(files)]
