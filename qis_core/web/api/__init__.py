"""The REST API, version 1."""

from pyramid.config import Configurator

from qis_core.web.api import (
    account,
    accounts,
    audit,
    filesystem,
    library,
    openapi,
    permissions,
    search,
    tasks,
    templates,
    token,
    uploads,
)

PARTS = (token, account, library, search, uploads, filesystem, accounts, permissions, templates, tasks, audit)
"""The modules with ``endpoints``, in the order of the documentation."""


def includeme(config: Configurator) -> None:
    """Adds all endpoints."""
    for part in PARTS:
        part.endpoints.add_to(config)
    tasks.task_endpoints(config.registry["qis"].tasks.known).add_to(config)
    openapi.includeme(config)
