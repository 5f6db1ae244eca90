"""What operators ask of a running server."""

from __future__ import annotations

import urllib.request

from webtest import TestApp

from qis_core import __version__
from qis_core.testing.app_fixtures import MakeSite, Server


def test_health_tells_the_version(testapp: TestApp) -> None:
    answer = testapp.get("/health")
    assert answer.json == {"status": "ok", "version": __version__}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_server_process_answers(server: Server) -> None:
    with urllib.request.urlopen(server.url + "/health", timeout=10) as answer:
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_data_folder_is_for_its_owner_alone(server: Server) -> None:
    assert server.data.stat().st_mode & 0o777 == 0o700
    assert (server.data / "secret").stat().st_mode & 0o777 == 0o600


def test_counters_are_off_unless_wanted(testapp: TestApp) -> None:
    testapp.get("/metrics", status=404)


def test_counters_are_for_the_machine_itself(new_site: MakeSite) -> None:
    testapp = new_site({"qis.web.metrics": "yes"}).testapp
    testapp.get("/health")
    local = {"REMOTE_ADDR": "127.0.0.1"}
    text = testapp.get("/metrics", extra_environ=local).text
    assert 'qis_requests_total{route="health",status="200"} 1.0' in text
    testapp.get("/metrics", extra_environ={"REMOTE_ADDR": "203.0.113.9"}, status=403)
    # A front server on this machine says for whom it asks.
    testapp.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, extra_environ=local, status=403)


def test_robots_are_kept_off_the_api(testapp: TestApp) -> None:
    assert "Disallow: /api/" in testapp.get("/robots.txt").text
