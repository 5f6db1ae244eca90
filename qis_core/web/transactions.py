"""Which requests run in a database transaction.

Images do not: no transaction, and no connection, is held while pixels are made or sent. Neither
does what answers without the records.
"""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.request import Request

from qis_core.web.errors import IMAGE_PATH

WITHOUT = ("/static/", "/health", "/metrics", "/robots.txt")


def includeme(config: Configurator) -> None:
    """Puts ``pyramid_tm`` around the requests that want it."""
    config.add_settings(
        {"tm.manager_hook": "pyramid_tm.explicit_manager", "tm.activate_hook": "qis_core.web.transactions.wanted"}
    )
    config.include("pyramid_tm")


def wanted(request: Request) -> bool:
    """Whether this request runs in a transaction."""
    path = request.environ.get("PATH_INFO", "")
    return not (IMAGE_PATH.fullmatch(path) or path.startswith(WITHOUT))
