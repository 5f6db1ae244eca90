"""The administration: people and groups, access, tasks, and what else looks after a site. All works by plain forms."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Registers the pages under ``/admin/``."""
    for part in (
        "overview",
        "users",
        "groups",
        "permissions",
        "templates",
        "tasks",
        "starting",
        "audit",
        "plugins",
        "cache",
        "system",
    ):
        config.include(f".{part}")
