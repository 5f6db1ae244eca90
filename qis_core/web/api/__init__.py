"""The REST API, version 1."""

from pyramid.config import Configurator

from qis_core.web.api import accounts, library, permissions, templates, token


def includeme(config: Configurator) -> None:
    """Adds all endpoints."""
    for part in (token, library, accounts, permissions, templates):
        part.endpoints.add_to(config)
