"""The web application: settings → plugins → records → Pyramid, in that order."""

from __future__ import annotations

import atexit
import logging
import sys
from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator

from qis_core.api import QisError
from qis_core.configuration import Configuration, from_paste
from qis_core.plugins import Kernel, load
from qis_core.services.startup import ADMINISTRATOR, prepare
from qis_core.settings import ConfigurationError
from qis_core.web import request_class
from qis_core.web.front import Front
from qis_core.web.wiring import Site, make_site

log = logging.getLogger("qis")

WILL_NOT_LOAD = 4
"""The exit code by which gunicorn knows that trying again is of no use; others have no opinion."""


def main(global_config: Mapping[str, str], **settings: str) -> Front:
    """The application of an ini file, as ``pserve`` and gunicorn call for it.

    Where `application` raises, this tells what is wrong in sentences and ends the process with `WILL_NOT_LOAD`.
    """
    try:
        return application(from_paste(global_config, settings))
    except (ConfigurationError, QisError) as error:
        for line in str(error).splitlines():
            print(f"qis: {line}", file=sys.stderr, flush=True)
        raise SystemExit(WILL_NOT_LOAD) from error


def application(configuration: Configuration) -> Front:
    """The application of a configuration, with everything that a first start has to make.

    Raises ConfigurationError for wrong settings, WrongSchema and Unavailable for a database that
    cannot be used.
    """
    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    made = prepare(kernel, environ=configuration.environ)
    if made.password:
        log.warning("the first administrator is %s with the password %s", ADMINISTRATOR, made.password)
    return prepared_application(configuration, kernel)


def prepared_application(configuration: Configuration, kernel: Kernel | None = None) -> Front:
    """The application where everything is made already. Raises as `application`."""
    site = make_site(kernel or load(configuration.raw, environ=configuration.environ, here=configuration.here))
    atexit.register(site.close)
    if site.workers.count:
        site.workers.start()
    return make_app(site, configuration.raw)


def make_app(site: Site, settings: Mapping[str, Any] | None = None) -> Front:
    """The application around a site."""
    config = Configurator(settings=dict(settings or {}))
    config.registry["qis"] = site
    config.include("qis_core.web")
    request_class.settle(config)
    return Front(config.make_wsgi_app(), site)
