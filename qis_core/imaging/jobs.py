"""The life of a render worker: orders in, answers out, until the server closes the connection."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Sequence
from pathlib import Path

from qis_core.api import QisError
from qis_core.imaging import confinement, heap, wire
from qis_core.imaging.answers import Done
from qis_core.imaging.faults import too_much_memory
from qis_core.imaging.orders import DescribeOrder, LevelOrder, Order, ProbeOrder, RenderOrder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop


def serve_jobs(
    connection: socket.socket,
    workshop: Workshop,
    readable: Sequence[Path] | None = None,
    written_bytes: int = 0,
    much_bytes: int = heap.MUCH_BYTES,
) -> None:
    """Confines this process (as ``confinement.confine`` says) and does the orders that come in.

    Where it holds more than ``much_bytes`` after one, it gives back what it does not use.
    """
    confinement.confine(readable, written_bytes=written_bytes)
    allowance = confinement.Allowance()
    while (message := _next(connection)) is not None:
        order = message.content
        assert isinstance(order, (RenderOrder, ProbeOrder, DescribeOrder, LevelOrder))
        allowance.begin(order.limits)
        done = _do(workshop, order, message.files)
        allowance.end()
        message.close_files()
        wire.send_answer(connection, done, allowance.resident_bytes)
        # The answer is on its way; nobody waits for this.
        del message, order, done
        if allowance.resident_bytes > much_bytes:
            heap.give_back()


def _next(connection: socket.socket) -> wire.Message | None:
    """The next order. While there is none for long, the memory of the one before is given back."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(heap.REST_SECONDS * 1000):
        heap.give_back(0)
    return wire.receive(connection)


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
