"""The REST API, version 1."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Adds all endpoints."""
    config.include("qis_core.web.api.token")
