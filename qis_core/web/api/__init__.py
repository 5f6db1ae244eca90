"""The REST API, version 1."""

from pyramid.config import Configurator

from qis_core.web.api import accounts, library, openapi, permissions, templates, token

PARTS = (token, library, accounts, permissions, templates)
"""The modules with ``endpoints``, in the order of the documentation."""


def includeme(config: Configurator) -> None:
    """Adds all endpoints."""
    for part in PARTS:
        part.endpoints.add_to(config)
    openapi.includeme(config)
