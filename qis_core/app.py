"""The web application: settings → plugins → records → Pyramid, in that order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from qis_core.configuration import from_paste
from qis_core.plugins import load
from qis_core.services.startup import ADMINISTRATOR, Preparation, prepare
from qis_core.web.wiring import Site, make_site

log = logging.getLogger("qis")


def main(global_config: Mapping[str, str], **settings: str) -> Router:
    """The application of an ini file, as ``pserve``, gunicorn and ``qis serve`` call for it.

    Raises ConfigurationError for wrong settings, WrongSchema and Unavailable for a database that
    cannot be used.
    """
    configuration = from_paste(global_config, settings)
    kernel = load(configuration.raw, here=configuration.here)
    _tell(prepare(kernel))
    return make_app(make_site(kernel), settings)


def make_app(site: Site, settings: Mapping[str, Any] | None = None) -> Router:
    """The application around a site."""
    config = Configurator(settings=dict(settings or {}))
    config.registry["qis"] = site
    config.include("qis_core.web")
    app: Router = config.make_wsgi_app()
    return app


def _tell(made: Preparation) -> None:
    if made.password:
        log.warning("the first administrator is %s with the password %s", ADMINISTRATOR, made.password)
