"""The life of a render worker: orders in, answers out, until the server closes the connection."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from qis_core.api import QisError
from qis_core.imaging import confinement, wire
from qis_core.imaging.answers import Answer
from qis_core.imaging.faults import faults_told, too_much_memory
from qis_core.imaging.orders import Order, ProbeOrder, RenderOrder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop


def serve_jobs(connection: socket.socket, workshop: Workshop, readable: Sequence[Path] | None = None) -> None:
    """Confines this process (``readable`` as ``confinement.confine`` takes it) and does the orders that come in."""
    confinement.confine(readable)
    allowance = confinement.Allowance()
    while (message := wire.receive(connection)) is not None:
        order = message.content
        assert isinstance(order, (RenderOrder, ProbeOrder))
        allowance.begin(order.limits)
        answer = _answer(workshop, order, message.files)
        allowance.end()
        message.close_files()
        wire.send_answer(connection, answer)


def _answer(workshop: Workshop, order: Order, files: Sequence[int]) -> Answer:
    try:
        with faults_told("the render worker", order.limits):
            result = workshop.do(order, _sources(order, files))
            return Answer(result=result, resident_bytes=confinement.resident_bytes())
    except QisError as error:
        return Answer(error=error, resident_bytes=confinement.resident_bytes())
    except MemoryError:
        return Answer(error=too_much_memory(order.limits.memory_bytes))


def _sources(order: Order, files: Sequence[int]) -> list[FileSource]:
    names = {index: name for name, index in order.pictures.items()} if isinstance(order, RenderOrder) else {}
    names[0] = order.source_name
    return [FileSource(names.get(index, ""), Path(f"/dev/fd/{file}")) for index, file in enumerate(files)]
