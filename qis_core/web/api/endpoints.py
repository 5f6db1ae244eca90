"""Endpoints: each is declared once, next to its view, and served and documented from that declaration.

A view takes a `Call` and answers what goes into the envelope's ``data``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from qis_core.api import AlreadyExists, Identity, Scope, Unavailable
from qis_core.db.users import User
from qis_core.domain.query import parse_query
from qis_core.domain.scopes import endpoint_scope
from qis_core.services.actors import Actor
from qis_core.services.refusals import ExplainedRefusal
from qis_core.services.tasks import TaskView
from qis_core.web.api import objects
from qis_core.web.api.envelope import envelope, sent_body
from qis_core.web.api.fields import Field, read_fields
from qis_core.web.security import LOGGED_IN

if TYPE_CHECKING:
    from qis_core.web.wiring import Site

log = logging.getLogger("qis.web")

ALL = "qis_endpoints"
"""Where the registry has the list of all endpoints."""


@dataclass(frozen=True)
class Call:
    """One request to an endpoint: who asks, for what, and the values that were sent, as they are declared."""

    request: Request
    query: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def site(self) -> Site:
        """The parts of this process."""
        site: Site = self.request.qis
        return site

    @property
    def session(self) -> Session:
        """A session in the request's transaction, which any error undoes."""
        session: Session = self.request.dbsession
        return session

    @property
    def identity(self) -> Identity:
        """Who asks."""
        identity: Identity = self.request.identity
        return identity

    @cached_property
    def actor(self) -> Actor:
        """Who makes a change, and from where."""
        return Actor(identity=self.identity, address=str(self.site.proxies.client(self.request) or ""))

    def number(self, name: str = "id") -> int:
        """A number in the path."""
        return int(self.request.matchdict[name])

    @cached_property
    def further(self) -> Mapping[str, str]:
        """The query's parameters that are not declared."""
        return {
            name: text for name, text in parse_query(self.request.environ["QUERY_STRING"]) if name not in self.query
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A view's answer that its work goes on in the background: 202 with the task."""

    task: TaskView


View = Callable[[Call], object]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method of one path.

    ``path`` is relative to ``/api/v1/``, ``{id}`` in it stands for a number, ``{name}`` for a word.
    ``login`` says that somebody has to be logged in, ``shared`` that pages of other hosts may read
    what the public gets. ``scope`` is what a named token needs (without it, what follows from the
    path), and with ``own_login`` no named token will do. ``gives`` is the JSON schema of ``data``;
    one that ``redirects`` answers 302 in its place. ``statuses`` are those besides what follows
    from the declaration. An ``upload`` takes a form with files, which the view itself reads as it
    comes. Where ``gives`` is None the answer is always a task (`Accepted`); with
    ``background`` it may be one.
    """

    method: str
    path: str
    summary: str
    tag: str
    view: View
    query: Sequence[Field] = ()
    body: Sequence[Field] = ()
    login: bool = True
    shared: bool = False
    scope: Scope | None = None
    own_login: bool = False
    redirects: bool = False
    gives: Mapping[str, Any] | None = field(default_factory=dict)
    background: bool = False
    statuses: Sequence[int] = ()
    image_options: bool = False
    upload: bool = False

    @property
    def route(self) -> str:
        """The route's name, one for all methods of a path."""
        return "api." + (re.sub(r"[^a-z0-9]+", ".", self.path).strip(".") or "root")

    @property
    def needed_scope(self) -> Scope:
        """The scope that a named token needs."""
        return self.scope or endpoint_scope(self.method, self.path)

    def __call__(self, context: object, request: Request) -> Response:
        """Answers a request. Raises QisError."""
        self._check_scope(request.identity)
        if self.shared and request.identity.is_public:
            # Errors are given by other views, and should be readable as well.
            request.add_response_callback(_share)
        query = read_fields(self.query, dict(parse_query(request.environ["QUERY_STRING"]))) if self.query else {}
        body = read_fields(self.body, sent_body(request)) if self.body and not self.upload else {}
        call = Call(request, query, body)
        try:
            data = self.view(call)
            if self.method != "GET":
                call.session.flush()
        except IntegrityError as error:
            # Two have asked for the same at the same time, and the other one was first.
            raise AlreadyExists("somebody has just made or used the same") from error
        except OperationalError as error:
            log.warning("the records cannot be used: %s", error)
            raise Unavailable("the database is busy or away") from error
        if isinstance(data, Accepted):
            return envelope(task_data(call, data.task), status=202, message="OK task accepted")
        return data if isinstance(data, Response) else envelope(data)

    def _check_scope(self, identity: Identity) -> None:
        if identity.scopes is None:
            return
        if self.own_login:
            raise ScopeRefused("this needs a login by password; a named token will not do")
        if self.needed_scope not in identity.scopes:
            raise ScopeRefused(f"this needs a token with the scope {self.needed_scope}")


class ScopeRefused(ExplainedRefusal):
    """The named token was not made for this."""


class Endpoints:
    """The endpoints of one module, collected by decorators: ``@endpoints.get("details", "…", …)``."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Endpoint] = []

    def get(self, path: str, summary: str, **declared: Any) -> Callable[[View], View]:
        """Declares a view for GET."""
        return self._declare("GET", path, summary, declared)

    def post(self, path: str, summary: str, **declared: Any) -> Callable[[View], View]:
        """Declares a view for POST."""
        return self._declare("POST", path, summary, declared)

    def put(self, path: str, summary: str, **declared: Any) -> Callable[[View], View]:
        """Declares a view for PUT."""
        return self._declare("PUT", path, summary, declared)

    def delete(self, path: str, summary: str, **declared: Any) -> Callable[[View], View]:
        """Declares a view for DELETE."""
        return self._declare("DELETE", path, summary, declared)

    def add_to(self, config: Configurator) -> None:
        """Adds routes and views."""
        added: list[Endpoint] = config.registry.setdefault(ALL, [])
        for endpoint in self.all:
            if all(endpoint.path != other.path for other in added):
                config.add_route(endpoint.route, pattern(endpoint.path))
            config.add_view(
                endpoint,
                route_name=endpoint.route,
                request_method=endpoint.method,
                permission=LOGGED_IN if endpoint.login else None,
            )
            added.append(endpoint)

    def _declare(self, method: str, path: str, summary: str, declared: Mapping[str, Any]) -> Callable[[View], View]:
        def collect(view: View) -> View:
            made = Endpoint(method=method, path=path, summary=summary, tag=self.tag, view=view, **declared)
            self.all.append(made)
            return view

        return collect


def pattern(path: str) -> str:
    """The route's pattern of a path: with and without ``/v1``, with and without the last ``/``."""
    # Nine digits are a number to every database.
    numbered = re.sub(r"\{([a-z_]*id)\}", r"{\1:[0-9]{1,9}}", path)
    return "/api{_version:(/v1)?}/" + numbered + "{_slash:/?}"


def task_data(call: Call, view: TaskView) -> Mapping[str, Any]:
    """The contract's task, with its user."""
    with call.site.reading() as session:
        return objects.task(view, session.get(User, view.user_id) if view.user_id is not None else None)


def _share(_request: Request, response: Response) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
