"""The pages for people: the start page with the library's pictures, and the editor of image URLs."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Registers the pages, their templates and the static files."""
    config.include("pyramid_jinja2")
    config.include(".static")
    config.include(".home")
    config.include(".publish")
