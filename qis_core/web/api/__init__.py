"""The REST API, version 1."""

from pyramid.config import Configurator

from qis_core.web.api import account, accounts, audit, library, openapi, permissions, templates, token

PARTS = (token, account, library, accounts, permissions, templates, audit)
"""The modules with ``endpoints``, in the order of the documentation."""


def includeme(config: Configurator) -> None:
    """Adds all endpoints."""
    for part in PARTS:
        part.endpoints.add_to(config)
    openapi.includeme(config)
