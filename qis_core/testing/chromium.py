"""A headless Chromium for browser tests, spoken to over its debugging pipe: nothing to install beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

# Chromium listens at descriptor 3 and answers at 4; both are first moved out of the way of each other.
_LAUNCH = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def executable() -> str | None:
    """Where Chromium is: ``$CHROMIUM``, or the one on the path; None where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    """One browser with one page. Use it in a ``with`` statement; ``profile`` is a folder of its own.

    ``told`` are the errors that it has told of its pages so far, each with where they came from: of scripts, of what
    could not be loaded, of what a page's policy forbids.
    """

    def __init__(self, profile: Path, *, width: int = 1280, height: int = 900) -> None:
        program = executable()
        if program is None:
            raise FileNotFoundError("there is no chromium on this machine")
        reads, self._write = os.pipe()
        self._read, writes = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(reads), str(writes), program, "--headless=new", "--no-sandbox",
             "--disable-gpu", "--disable-background-networking", "--no-first-run", "--remote-debugging-pipe",
             f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"],
            pass_fds=(reads, writes), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(reads)
        os.close(writes)
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.told: list[str] = []
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.send("Log.enable")
        self.send("Runtime.enable")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        os.close(self._read)
        os.close(self._write)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol, and its result. Raises RuntimeError with the browser's text."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def go(self, url: str) -> None:
        """Loads a page, and waits until it is complete."""
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'")

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page. Raises RuntimeError for an exception there."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, script: str, seconds: float = 90.0) -> Any:
        """The expression's value as soon as it is true. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.evaluate(script)
            if value:
                return value
            time.sleep(0.05)
        raise TimeoutError(f"this never came true: {script}")

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._read, 1 << 16)
            if not part:
                raise RuntimeError("the browser has ended")
            self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if words := _error_in(message):
            self.told.append(words)
        return message


def _error_in(message: dict[str, Any]) -> str:
    """The error that a message tells of, with its place in brackets; '' for none."""
    told = message.get("params", {})
    match message.get("method"):
        case "Log.entryAdded" if told["entry"]["level"] == "error":
            return f"{told['entry']['text']} ({told['entry'].get('url', '')})"
        case "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            return f"{details.get('exception', {}).get('description', details['text'])} ({details.get('url', '')})"
        case "Runtime.consoleAPICalled" if told["type"] == "error":
            return " ".join(str(each.get("value", each.get("description"))) for each in told["args"])
    return ""
