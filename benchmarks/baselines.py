"""What no image server can be faster than: a bare Pyramid view with the body in memory, the same with one
memcached GET, and nginx, with the body as a file and as a cache in front of a server."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from lab import await_port, free_port

_VIEW = """
import os, warnings
warnings.simplefilter("ignore")
from pyramid.config import Configurator
from pyramid.response import Response
BODY = open(os.environ["BODY"], "rb").read()
if "MEMCACHED" in os.environ:
    import queue
    from pymemcache.client.base import Client
    host, port = os.environ["MEMCACHED"].split(":")
    clients = queue.SimpleQueue()
    for _ in range(8):
        clients.put(Client((host, int(port)), no_delay=True))
    first = clients.get(); first.set("body", BODY); clients.put(first)
    def view(request):
        client = clients.get()
        try:
            body = client.get("body")
        finally:
            clients.put(client)
        return Response(body=body, content_type="image/jpeg")
else:
    def view(request):
        return Response(body=BODY, content_type="image/jpeg")
config = Configurator(settings={})
config.add_route("image", "/image")
config.add_view(view, route_name="image")
app = config.make_wsgi_app()
"""

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; default_type image/jpeg; sendfile on; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/cache keys_zone=qis:8m use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location = /body {{ root {folder}/files; }}
    {front}
  }}
}}
"""
_FRONT = """
    location / {{
      proxy_pass {base}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache qis; proxy_cache_key "$uri?$args"; proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;
      proxy_cache_valid 200 {seconds}s; proxy_cache_lock on;
    }}
"""


@contextlib.contextmanager
def bare_view(folder: Path, body: bytes, memcached: str = "") -> Iterator[str]:
    """The base URL of a view at ``/image`` that answers ``body``, from memory or from ``memcached`` (host:port)."""
    (folder / "bare_view.py").write_text(_VIEW, encoding="utf-8")
    (folder / "bare_body").write_bytes(body)
    environ = {**os.environ, "BODY": str(folder / "bare_body"), **({"MEMCACHED": memcached} if memcached else {})}
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "8", "--no-log", "bare_view:app"]
    with _running(subprocess.Popen(command, cwd=folder, env=environ), port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx(folder: Path, body: bytes, behind: str = "") -> Iterator[str]:
    """The base URL of an nginx of one process: ``/body`` is the body as a file, all else comes from ``behind``
    and is kept for ten seconds at a time."""
    with started_nginx(folder / "nginx", body, behind) as (base, _):
        yield base


@contextlib.contextmanager
def started_nginx(place: Path, body: bytes, behind: str, seconds: int = 10) -> Iterator[tuple[str, psutil.Process]]:
    """The base URL of an nginx as `nginx`, in the folder ``place``, that keeps for ``seconds``; and its process."""
    (place / "files").mkdir(parents=True, exist_ok=True)
    (place / "files/body").write_bytes(body)
    place.chmod(0o755)
    port = free_port()
    front = _FRONT.format(base=behind, seconds=seconds) if behind else ""
    settings = place / "nginx.conf"
    settings.write_text(_NGINX.format(folder=place, port=port, front=front), encoding="utf-8")
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(settings), "-p", str(place)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    with _running(process, port):
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)


def has_nginx() -> bool:
    """Whether nginx is on this machine (Debian: nginx)."""
    return bool(shutil.which("nginx")) or Path("/usr/sbin/nginx").exists()


@contextlib.contextmanager
def _running(process: subprocess.Popen[bytes], port: int) -> Iterator[None]:
    try:
        await_port(port)
        yield
    finally:
        process.terminate()
        process.wait(30)
