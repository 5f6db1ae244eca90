"""The web: routes, views, security, errors, pages."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Puts the web together around ``config.registry["qis"]``."""
    config.include(".wiring")
    config.include(".tweens")
    config.include(".slow_clients")
    config.include(".transactions")
    config.include(".security")
    config.include(".forgery")
    config.include(".methods")
    config.include(".errors")
    # Routes are tried in the order of their making, and most requests are for images.
    config.include(".images")
    config.include(".operations")
    config.include(".api")
    config.include(".originals")
    config.include(".viewers")
    config.include(".pages")
    config.include(".extensions")
