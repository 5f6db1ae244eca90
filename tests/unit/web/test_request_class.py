"""What is added to requests is found on them, without a class for each."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from webtest import TestApp

from qis_core.web import request_class


def test_requests_have_what_was_added_before_and_after() -> None:
    made: list[Request] = []

    def view(request: Request) -> Response:
        return Response(f"{request.fixed} {request.once} {request.once} {request.said('a')} {request.late}")

    def once(request: Request) -> int:
        made.append(request)
        return len(made)

    with Configurator() as config:
        config.add_request_method(lambda request: "fixed", "fixed", property=True)
        config.add_request_method(once, "once", reify=True)
        config.add_request_method(lambda request, word: f"{word} of {request.method}", "said")
        config.add_route("home", "/")
        config.add_view(view, route_name="home")
        request_class.settle(config)
        config.add_request_method(lambda request: "late", "late", property=True)
        app = TestApp(config.make_wsgi_app())
    assert app.get("/").text == "fixed 1 1 a of GET late"
    assert app.post("/").text == "fixed 2 2 a of POST late"


def test_a_class_is_made_once() -> None:
    classes = set()

    def view(request: Request) -> Response:
        classes.add(type(request))
        return Response(request.fixed)

    with Configurator() as config:
        config.add_request_method(lambda request: "fixed", "fixed", property=True)
        config.add_route("home", "/")
        config.add_view(view, route_name="home")
        request_class.settle(config)
        app = TestApp(config.make_wsgi_app())
    assert [app.get("/").text, app.get("/").text] == ["fixed", "fixed"]
    assert len(classes) == 1
