"""The server processes and the socket that they listen at together."""

from __future__ import annotations

import socket

from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server import MPServer


class Processes(MPServer):
    """Server processes that share one listening socket, which this process keeps open as well.

    On Linux granian has each process open a socket of its own at the same port. The system deals out connections to
    them as they come, and those that wait at one that closes are lost. At a socket that all have inherited,
    what one process does not take is for the next: one that is replaced or killed loses nothing that it had not begun.
    """

    def _init_shared_socket(self) -> None:
        holder = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp, self._sfd = None, holder.get_fd()
        self._shd = holder  # type: ignore[assignment]
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)
