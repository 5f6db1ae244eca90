"""Errors reach every kind of client in a shape that it can read, and tell nothing of the inside."""

from __future__ import annotations

import pytest
from webtest import TestApp

from qis_core.settings import ConfigurationError
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, MakeSite

BROKEN = """
    from qis_core.api import TooLarge, Unavailable, WebExtension, hookimpl

    QIS_API = (1, 0)

    @hookimpl
    def qis_register_web():
        return [WebExtension(name="broken", include=__name__)]

    def includeme(config):
        for name, pattern in {"page": "/broken", "api": "/api/v1/broken"}.items():
            config.add_route(name, pattern)
            config.add_view(fail, route_name=name)
        config.add_route("busy", "/busy")
        config.add_view(busy, route_name="busy")
        config.add_route("secured", "/api/v1/secured")
        config.add_view(fail, route_name="secured", permission="administer")
        config.add_route("write", "/written")
        config.add_view(fail, route_name="write", request_method=("POST", "PUT"))

    def fail(request):
        raise RuntimeError("the inside: /etc/hidden")

    def busy(request):
        raise Unavailable("come back later", retry_after=7)
"""

LATE = BROKEN.replace('config.add_route("busy"', 'config.no_such("busy"').replace("broken", "late")
"""It fails when half of its routes have been added."""


@pytest.fixture
def broken(install_plugin, new_site: MakeSite) -> TestApp:
    """A site with a plugin whose views fail."""
    install_plugin("broken", BROKEN)
    return new_site().testapp


def token_of(testapp: TestApp) -> str:
    answer = testapp.post("/api/v1/token/", {"username": "admin", "password": ADMIN_PASSWORD})
    token: str = answer.json["data"]["token"]
    return token


@pytest.mark.parametrize("path", ["/broken", "/api/v1/broken"])
def test_a_fault_is_in_the_log_under_the_id_that_the_client_gets(broken: TestApp, path: str, caplog) -> None:
    answer = broken.get(path, status=500)
    number = answer.headers["X-Request-Id"]
    assert number in caplog.text
    assert "the inside" in caplog.text
    for word in ("Traceback", "RuntimeError", "the inside", "/etc/hidden", "qis_broken"):
        assert word not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_fault_under_the_api_is_the_envelope(broken: TestApp) -> None:
    answer = broken.get("/api/v1/broken", status=500)
    assert answer.json == {"status": 500, "message": "Internal error", "data": None}


def test_the_id_of_a_front_server_is_kept_where_it_is_sound(broken: TestApp) -> None:
    assert broken.get("/broken", headers={"X-Request-Id": "abc-1"}, status=500).headers["X-Request-Id"] == "abc-1"
    odd = broken.get("/broken", headers={"X-Request-Id": "<script>"}, status=500)
    assert odd.headers["X-Request-Id"] != "<script>"


def test_busy_says_when_to_come_back(broken: TestApp) -> None:
    answer = broken.get("/busy", status=503)
    assert answer.headers["Retry-After"] == "7"
    assert "Come back later." in answer.text


def test_what_needs_a_login_says_so_and_what_needs_more_too(broken: TestApp) -> None:
    assert broken.get("/api/v1/secured", status=401).json["message"] == "Not authenticated"
    broken.authorization = ("Bearer", token_of(broken))
    broken.get("/api/v1/secured", status=500)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH"])
def test_other_methods_are_405_with_those_that_are_allowed(broken: TestApp, method: str) -> None:
    answer = broken.request("/written", method=method, status=405)
    assert answer.headers["Allow"] == "OPTIONS, POST, PUT"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/health", "GET, HEAD, OPTIONS"),
        ("/written", "OPTIONS, POST, PUT"),
        ("/api/v1/token/", "OPTIONS, POST"),
        ("/image", "GET, HEAD, OPTIONS"),
        ("/original", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tells_the_methods(broken: TestApp, path: str, allowed: str) -> None:
    answer = broken.options(path, status=200)
    assert answer.headers["Allow"] == allowed
    assert answer.body == b""


@pytest.mark.parametrize("path", ["/image", "/original", "/erez1/erez"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_images_are_only_read(testapp: TestApp, path: str, method: str) -> None:
    answer = testapp.request(path, method=method, status=405)
    assert answer.content_type == "text/plain"


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing/", "/api/", "/api"])
def test_an_unknown_endpoint_is_the_envelope(testapp: TestApp, path: str) -> None:
    answer = testapp.get(path, status=404)
    assert answer.json == {"status": 404, "message": "The requested item was not found", "data": None}


def test_an_unknown_page_is_a_page(testapp: TestApp) -> None:
    answer = testapp.get("/<script>alert(1)</script>", status=404)
    assert answer.content_type == "text/html"
    assert "<script>alert" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_an_image_that_is_not_there_is_a_sentence(testapp: TestApp) -> None:
    answer = testapp.get("/image?src=photos/none.jpg", status=404)
    assert answer.content_type == "text/plain"
    assert answer.text == "there is no such image\n"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/%ff%fe", "/api/%ff", "/image%ff", "/%00", "/static/%ff", "/a%0d%0ab", "/.."])
def test_odd_paths_are_not_found(testapp: TestApp, path: str) -> None:
    assert testapp.get(path, status="*").status_int == 404


def test_a_broken_extension_is_left_out_and_the_server_starts(install_plugin, new_site: MakeSite, caplog) -> None:
    install_plugin("late", LATE)
    testapp = new_site().testapp
    assert "the web extension late of plugin late cannot be included" in caplog.text
    testapp.get("/health", status=200)
    testapp.get("/late", status=404)


def test_where_plugins_must_work_a_broken_extension_stops_the_start(install_plugin, new_site: MakeSite) -> None:
    install_plugin("late", LATE)
    with pytest.raises(ConfigurationError, match="web extension late"):
        new_site({"qis.plugins.strict": "yes"})
