"""Themes: how pages look. Templates and static files are looked for in the site's theme, then in its parents."""

from pyramid.config import Configurator

from qis_core.settings import LookSettings
from qis_core.web.themes import look, static, templates
from qis_core.web.themes.chain import theme_chain


def includeme(config: Configurator) -> None:
    """Puts the site's theme behind the renderer of pages. Raises ConfigurationError for one that is not there."""
    site = config.registry["qis"]
    chain = theme_chain(site.kernel.registries.themes, site.settings(LookSettings).theme)
    config.registry["qis.themes"] = chain
    static.add_to(config, chain)
    look.add_to(config)
    templates.add_to(config, chain)
