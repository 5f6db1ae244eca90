"""Where endpoints are: with and without ``/v1``, with and without the last ``/``."""

from pyramid.config import Configurator


def add_endpoint(config: Configurator, name: str, path: str) -> None:
    """Adds the route ``api.<name>`` for ``path`` (``token``, ``admin/users/{id}``) in all its spellings."""
    config.add_route(f"api.{name}", "/api{_version:(/v1)?}/" + path.strip("/") + "{_slash:/?}")
