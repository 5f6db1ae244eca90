"""The server processes and the socket that they listen at together."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server import MPServer
from granian.server.mp import WorkerProcess

from qis_core.commands._forking import Adopted, Template, adopt, can_adopt, reap
from qis_core.commands._leaving import ask_to_leave, prepare


class Processes(MPServer):
    """Server processes that share one listening socket, which this process keeps open as well.

    On Linux granian has each process open a socket of its own at the same port. The system deals out connections to
    them as they come, and those that wait at one that closes are lost. At a socket that all have inherited,
    what one process does not take is for the next: one that is replaced or killed loses nothing that it had not begun.

    Those that are started together are forked from one `Template`, which imports and then goes, so that this process
    stays small.
    """

    def __init__(self, *arguments: Any, imports: Callable[[], None], **settings: Any) -> None:
        """``imports`` brings what server processes need, and what they are to share."""
        super().__init__(*arguments, **settings)
        self._imports = imports
        self._template: Template | None = None
        self._is_stopping = False
        prepare()
        if can_adopt():
            adopt()
            signal.signal(signal.SIGCHLD, lambda number, frame: reap())

    def _init_shared_socket(self) -> None:
        holder = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp, self._sfd = None, holder.get_fd()
        self._shd = holder  # type: ignore[assignment]
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        with self._forked_from_one(spawn_target, target_loader):
            super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, workers: Any, spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        with self._forked_from_one(spawn_target, target_loader):
            super()._respawn_workers(workers, spawn_target, target_loader, delay)

    def _spawn_worker(  # type: ignore[override]
        self, idx: int, target: Any, callback_loader: Any
    ) -> WorkerProcess:
        worker = super()._spawn_worker(idx, target, callback_loader)
        if self._template is not None:
            worker.inner = Adopted(self._template, idx)
        worker.terminate = partial(self._end, worker, worker.terminate)  # type: ignore[method-assign]
        return worker

    def _stop_workers(self) -> None:
        self._is_stopping = True
        super()._stop_workers()  # type: ignore[no-untyped-call]

    def _end(self, worker: WorkerProcess, end: Callable[[], None]) -> None:
        # Only where another takes over there is somebody for its clients to go to.
        if not self._is_stopping and worker.is_alive():  # type: ignore[no-untyped-call]
            ask_to_leave(worker.inner.pid)
        end()

    @contextmanager
    def _forked_from_one(self, spawn_target: Any, target_loader: Any) -> Iterator[None]:
        if not can_adopt():
            yield
            return

        def start(number: int) -> int:
            process = super(Processes, self)._spawn_worker(number, spawn_target, target_loader).inner
            process.start()
            return int(process.pid)

        with contextlib.closing(Template(self._imports, start)) as self._template:
            yield
        self._template = None
