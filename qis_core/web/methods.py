"""HTTP methods: a view answers those that it names, and one that names none GET and HEAD.

What a view does not answer is 405 with ``Allow``, and OPTIONS tells the same with 200; Pyramid by
itself would answer 404, and let a view that names none do anything.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMethodNotAllowed
from pyramid.request import Request

READING = frozenset({"GET", "HEAD"})


def includeme(config: Configurator) -> None:
    """Makes the rule hold for every view, those of plugins included."""
    config.add_view_deriver(_declared_methods_only, name="declared_methods_only")


def allowed_methods(request: Request) -> frozenset[str]:
    """The methods that the views of the request's route answer, OPTIONS included; empty without a route."""
    route = request.matched_route
    if route is None:
        return frozenset()
    views = request.registry.introspector.get_category("views", default=())
    found = {
        method
        for view in views
        if view["introspectable"].get("route_name") == route.name
        for method in _named(view["introspectable"].get("request_methods"))
    }
    return frozenset(found | {"OPTIONS"}) if found else frozenset()


def _named(methods: Any) -> frozenset[str]:
    if not methods:
        return READING
    names = frozenset({methods} if isinstance(methods, str) else methods)
    return names | READING if "GET" in names else names


def _declared_methods_only(view: Any, info: Any) -> Any:
    if info.exception_only or info.options.get("request_method"):
        return view

    def read_only(context: Any, request: Request) -> Any:
        if request.method not in READING:
            raise HTTPMethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed_methods(request) or READING))})
        return view(context, request)

    return read_only
