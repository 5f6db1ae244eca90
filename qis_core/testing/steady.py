"""Somebody who asks for pictures at a steady pace and looks at each answer, whatever happens to the server."""

from __future__ import annotations

import hashlib
import http.client
import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CLIENTS = 64
WRONG = "a wrong picture"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request: when it was ``sent`` and ``answered`` (monotonic clock), its path, and what is wrong with the
    answer: '' for nothing, `WRONG`, a status, or how the connection ended. ``said`` is the sentence with a status."""

    sent: float
    answered: float
    path: str
    problem: str
    said: str = ""


@dataclass
class Steady:
    """Asks the server at ``url`` so many times a second, ``known`` paths mostly and each fifth time a new one.

    ``new`` gives for a number a path that was not asked before and the width that its picture must have; a known
    path must always give the bytes that it gave first.
    """

    url: str
    known: Sequence[str]
    new: Callable[[int], tuple[str, int]]
    a_second: float
    outcomes: list[Outcome] = field(default_factory=list)
    _right: dict[str, bytes] = field(default_factory=dict)

    def learn(self) -> None:
        """Has all known pictures rendered. Raises RuntimeError where one is refused."""
        for path in self.known:
            status, body = self._get(path)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
            self._right[path] = hashlib.sha256(body).digest()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Asks as long as it lasts, and has every answer at its end."""
        done = threading.Event()
        with ThreadPoolExecutor(CLIENTS + 1) as threads:
            threads.submit(self._send, threads, done)
            try:
                yield
            finally:
                done.set()

    def more(self, answers: int, seconds: float = 120.0) -> None:
        """Waits for so many further answers. Raises TimeoutError after ``seconds``."""
        wanted, until = len(self.outcomes) + answers, time.monotonic() + seconds
        while len(self.outcomes) < wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{wanted - len(self.outcomes)} answers are missing after {seconds:g} seconds")
            time.sleep(0.02)

    def _send(self, threads: ThreadPoolExecutor, done: threading.Event) -> None:
        began = time.monotonic()
        for number in itertools.count():
            if done.wait(max(0.0, began + number / self.a_second - time.monotonic())):
                return
            threads.submit(self._ask, number)

    def _ask(self, number: int) -> None:
        if number % 5:
            path, width = self.known[number % len(self.known)], 0
        else:
            path, width = self.new(number // 5)
        sent, said = time.monotonic(), ""
        try:
            status, body = self._get(path)
            problem = self._look(path, body, width) if status == 200 else str(status)
            said = body[:200].decode("utf-8", "replace").strip() if status != 200 else ""
        except (OSError, http.client.HTTPException) as error:
            problem = repr(error)
        self.outcomes.append(Outcome(sent, time.monotonic(), path, problem, said))

    def _look(self, path: str, body: bytes, width: int) -> str:
        from PIL import Image

        if not width:
            return "" if hashlib.sha256(body).digest() == self._right[path] else WRONG
        try:
            with Image.open(io.BytesIO(body)) as picture:
                picture.load()
                return "" if picture.width == width else WRONG
        except (OSError, SyntaxError):
            return WRONG

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
