"""Somebody else's web site: pages of another origin, with a policy as strict as policies get."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


class Elsewhere:
    """A site on a port of its own that embeds what ``image_server`` (its base URL) gives, and allows nothing else.

    It isolates itself from other origins as well, so that only what is marked as embeddable can be embedded.
    """

    def __init__(self, url: str, image_server: str) -> None:
        self.url = url
        self._files: dict[str, bytes] = {}
        self._headers = {
            "Content-Security-Policy": (
                f"default-src 'none'; img-src 'self' {image_server}; script-src 'self' {image_server}; "
                f"style-src 'self' {image_server}; connect-src {image_server}; base-uri 'none'; "
                "require-trusted-types-for 'script'"
            ),
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    def put(self, name: str, text: str) -> str:
        """Stores a file under a name; gives its URL."""
        self._files[f"/{name}"] = text.encode()
        return f"{self.url}/{name}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends the file that is asked for, or 204."""
        path = handler.path.split("?")[0]
        body = self._files.get(path)
        handler.send_response(204 if body is None else 200)
        for name, value in self._headers.items():
            handler.send_header(name, value)
        if body is not None:
            handler.send_header("Content-Type", TYPES[PurePosixPath(path).suffix])
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body or b"")


@contextlib.contextmanager
def elsewhere(image_server: str) -> Iterator[Elsewhere]:
    """A site of another origin beside ``image_server``, until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Elsewhere(f"http://127.0.0.1:{httpd.server_port}", image_server)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()
