"""The pages for people: the start page with the library's pictures, and the editor of image URLs."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Registers the pages, and the theme that they are shown in."""
    config.include("qis_core.web.themes")
    config.include(".scheme")
    config.include(".front")
    config.include(".library")
    config.include(".search")
    config.include(".details")
    config.include(".selection")
    config.include(".trash")
    config.include(".upload")
    config.include(".publish")
    config.include(".rendering_facts")
    config.include(".playground")
    config.include(".login")
    config.include(".account")
    config.include(".admin")
    config.include(".api_docs")
    config.include(".help")
