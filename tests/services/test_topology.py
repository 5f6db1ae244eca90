"""The topology of `deploy/` on this machine: nginx with TLS, two web nodes, three memcacheds, PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from qis_core.commands.serve import free_port
from qis_core.testing.app_fixtures import QUICK
from qis_core.testing.libraries import draw_library
from qis_core.testing.memcached import Memcached
from qis_core.testing.waiting import until

pytestmark = [pytest.mark.services, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SECONDS = 90
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class Node:
    """A web node."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def rendered(self) -> float:
        """How many renderings it has made."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return sum(float(n) for n in re.findall(r'^qis_images_total\{origin="rendered"\} ([0-9.]+)$', text, re.M))


@dataclass
class Topology:
    """All of it. ``start_node`` starts one again at the same port."""

    port: int
    library: Path
    nodes: list[Node]
    caches: list[Memcached]
    folder: Path
    environ: Mapping[str, str]

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> tuple[HTTPResponse, bytes]:
        context = ssl.create_default_context(cafile=str(self.folder / "qis.pem"))
        connection = HTTPSConnection("localhost", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def start_node(self, port: int) -> Node:
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", "from qis_core.cli import main; main()", "serve",
                 str(ROOT / "production.ini"), f"--port={port}", "--workers=1", f"--data={self.folder / str(port)}"],
                env={**self.environ}, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        return Node(port, process)

    def await_node(self, node: Node) -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and node.process.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{node.port}/health", timeout=5),
            ):
                return
            time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text())


@pytest.fixture(scope="module")
def topology(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    for program in ("nginx", "memcached", "openssl"):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
            pytest.skip(f"{program} is not installed (Debian: {program})")
    pytest.importorskip("pymemcache", reason="pymemcache is not installed: pip install 'qis-core[memcached]'")
    postgres = request.getfixturevalue("postgres")
    folder = tmp_path_factory.mktemp("topology")
    library = draw_library(folder / "library")
    with contextlib.ExitStack() as closing:
        database = postgres.make_database()
        closing.callback(postgres.drop_database, database)
        caches = [Memcached() for _ in range(3)]
        for cache in caches:
            closing.callback(cache.kill)
        ports = [free_port("127.0.0.1") for _ in range(2)]
        made = Topology(free_port("127.0.0.1"), library, [], caches, folder, environ(folder, database, caches))
        closing.callback(lambda: [end(node.process) for node in made.nodes])
        # Together, as machines do after a power failure.
        made.nodes = [made.start_node(port) for port in ports]
        closing.enter_context(nginx(folder, library, made.port, ports))
        for node in made.nodes:
            made.await_node(node)
        yield made


def environ(folder: Path, database: str, caches: list[Memcached]) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("QIS_")}
    quick = {key.replace(".", "_").upper(): value for key, value in QUICK.items()}
    return {
        **kept,
        **quick,
        "QIS_SERVER_SECRET": "the same on every node, and long enough",
        "QIS_ADMIN_PASSWORD": "an administrator's password",
        "QIS_DATABASE_URL": database,
        "QIS_CACHE_URL": f"memcached://{','.join(cache.address for cache in caches)}/test",
        "QIS_LIBRARY_URL": (folder / "library").as_uri(),
        "QIS_PUBLIC_LEVEL": "download",
        "QIS_WEB_ACCEL_REDIRECT": "/originals",
        # Plugins of this machine are not this test's.
        "QIS_PLUGINS_STRICT": "no",
    }


@contextlib.contextmanager
def nginx(folder: Path, library: Path, port: int, nodes: list[int]) -> Iterator[None]:
    """nginx with the configuration of `deploy/`, its addresses and places changed and nothing else."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", folder / "qis.key", "-out", folder / "qis.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (ROOT / "deploy/nginx/qis.conf").read_text(encoding="utf-8")
    servers = "\n".join(f"    server 127.0.0.1:{node} max_fails=1 fail_timeout=5s;" for node in nodes)
    for written, ours in {
        "    server 127.0.0.1:6900 max_fails=1 fail_timeout=5s;": servers,
        "/etc/ssl/certs/qis.pem": folder / "qis.pem",
        "/etc/ssl/private/qis.key": folder / "qis.key",
        "/var/log/nginx/qis.log": folder / "access.log",
        "/var/cache/nginx/qis": folder / "front",
        "/srv/qis/library/": f"{library}/",
        "/opt/qis/static/": f"{ROOT / 'qis_core/web/static'}/",
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{free_port('127.0.0.1')}",
        "images.example.org": "localhost",
    }.items():
        assert written in text, written
        text = text.replace(written, str(ours))
    (folder / "qis.conf").write_text(text, encoding="utf-8")
    # Who is root stays it: the tests' folders are closed to others.
    user = "user root;" if os.getuid() == 0 else ""
    temporary = "".join(f"{kind}_temp_path {folder / kind}; " for kind in KINDS)
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'nginx.pid'}; error_log {folder / 'error.log'}; worker_processes 1;\n"
        "events { worker_connections 512; }\n"
        f"http {{ include /etc/nginx/mime.types; {temporary} include {folder / 'qis.conf'}; }}\n"
    )
    path = os.environ["PATH"] + ":/usr/sbin"
    program = shutil.which("nginx", path=path)
    assert program is not None
    checked = subprocess.run([program, "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([program, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def test_an_image_comes_through_the_front_and_stays_there(topology: Topology) -> None:
    path = "/image?src=photos/wide.jpg&width=301"
    answer, body = topology.get(path)
    assert (answer.status, answer.headers["Content-Type"], body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert answer.headers["X-Front-Cache"] == "MISS"
    again, same = topology.get(path)
    assert (again.headers["X-Front-Cache"], same) == ("HIT", body)
    assert again.headers["Cache-Control"].startswith("public, max-age=")
    known, nothing = topology.get(path, {"If-None-Match": answer.headers["ETag"]})
    assert (known.status, nothing) == (304, b"")


def test_one_rendering_for_all_nodes_and_clients(topology: Topology) -> None:
    before = [node.rendered for node in topology.nodes]
    urls = [f"http://127.0.0.1:{node.port}/image?src=photos/wide.jpg&width=317" for node in topology.nodes] * 10
    with ThreadPoolExecutor(20) as clients:
        bodies = set(clients.map(lambda url: urllib.request.urlopen(url, timeout=60).read(), urls))
    assert len(bodies) == 1
    assert sum(node.rendered for node in topology.nodes) - sum(before) == 1


def test_who_says_who_he_is_is_not_answered_from_what_the_public_got(topology: Topology) -> None:
    path = "/image?src=photos/wide.jpg&width=303"
    topology.get(path)
    for headers in ({"Authorization": "Basic bm86Ym9keQ=="}, {"Cookie": "a=b"}):
        answer, _ = topology.get(path, headers)
        assert answer.headers["X-Front-Cache"] == "BYPASS"


def test_browsers_get_the_format_they_take(topology: Topology) -> None:
    path = "/image?src=photos/wide.jpg&width=305&format=auto"
    for _ in range(2):
        kinds = {
            topology.get(path, {"Accept": accept})[0].headers["Content-Type"] for accept in ("image/webp", "image/png")
        }
        assert len(kinds) == 2


def test_originals_are_sent_by_nginx_with_the_headers_of_qis(topology: Topology) -> None:
    stored = (topology.library / "photos/wide.jpg").read_bytes()
    answer, body = topology.get("/original?src=photos/wide.jpg")
    assert (answer.status, body) == (200, stored)
    headers = answer.headers
    assert headers["Server"] == "nginx"
    assert "X-Accel-Redirect" not in headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["X-Content-Type-Options"] == "nosniff"
    part, some = topology.get("/original?src=photos/wide.jpg", {"Range": "bytes=100-199"})
    assert (part.status, some) == (206, stored[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(stored)}"
    tag = headers["ETag"]
    assert topology.get("/original?src=photos/wide.jpg", {"If-None-Match": tag})[0].status == 304
    on, rest = topology.get("/original?src=photos/wide.jpg", {"Range": "bytes=100-199", "If-Range": tag})
    assert (on.status, rest) == (206, stored[100:200])
    whole, all_ = topology.get("/original?src=photos/wide.jpg", {"Range": "bytes=100-199", "If-Range": '"another"'})
    assert (whole.status, all_) == (200, stored)
    head, nothing = topology.get("/original?src=photos/wide.jpg", method="HEAD")
    assert (head.headers["Content-Length"], nothing) == (str(len(stored)), b"")


@pytest.mark.parametrize("name", ["ä 日本 100% + #1?.jpg", "a;b=c&d.jpg"])
def test_originals_of_any_name_are_found(topology: Topology, name: str) -> None:
    from urllib.parse import quote

    shutil.copy(topology.library / "photos/wide.jpg", topology.library / name)
    answer, body = topology.get(f"/original?src={quote(name, safe='')}")
    assert (answer.status, body) == (200, (topology.library / name).read_bytes())


@pytest.mark.parametrize("path", ["/originals/photos/wide.jpg", "/originals/", "/metrics", "/originals/../qis.key"])
def test_what_is_internal_is_not_to_be_had(topology: Topology, path: str) -> None:
    assert topology.get(path)[0].status == 404


def test_styles_come_from_nginx(topology: Topology) -> None:
    static = ROOT / "qis_core/web/static"
    found = sorted(static.rglob("*.css"))
    if not found:
        pytest.skip("the browser code is not built: npm run build in frontend/")
    answer, body = topology.get(f"/static/{found[0].relative_to(static)}")
    assert (answer.status, body) == (200, found[0].read_bytes())
    assert answer.headers["Content-Type"] == "text/css"


def test_a_purge_counts_on_all_nodes(topology: Topology) -> None:
    urls = [f"http://127.0.0.1:{node.port}/image?src=photos/tall.png&width=99" for node in topology.nodes]
    tags = {urllib.request.urlopen(url, timeout=60).headers["ETag"] for url in urls}
    assert len(tags) == 1
    subprocess.run(
        [sys.executable, "-c", "from qis_core.cli import main; main()", "cache", "purge", "--folder=photos",
         str(ROOT / "production.ini"), f"--data={topology.folder / 'command'}"],
        env={**topology.environ}, cwd=topology.folder, check=True, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def is_everywhere() -> bool:
        now = {urllib.request.urlopen(url, timeout=60).headers["ETag"] for url in urls}
        return len(now) == 1 and now != tags

    until(is_everywhere)


def test_nothing_fails_while_a_node_and_a_cache_die_and_come_back(topology: Topology) -> None:
    """Last, as it leaves other processes than it found."""
    statuses: list[int] = []

    def ask(start: int, count: int) -> None:
        for width in range(start, start + count):
            statuses.append(topology.get(f"/image?src=photos/wide.jpg&width={width}")[0].status)

    ask(400, 4)
    topology.caches[0].kill()
    ask(404, 6)
    os.kill(topology.nodes[0].process.pid, signal.SIGTERM)
    topology.nodes[0].process.wait(60)
    ask(400, 12)
    topology.caches[0].start()
    topology.nodes[0] = topology.start_node(topology.nodes[0].port)
    topology.await_node(topology.nodes[0])
    ask(410, 6)
    assert statuses == [200] * 28
    assert "Traceback" not in (topology.folder / "log").read_text()
