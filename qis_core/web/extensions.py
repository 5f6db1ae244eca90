"""Routes and views of plugins: included one by one, so that a broken one is left out and named."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.config.actions import ActionState

from qis_core.settings import ConfigurationError, PluginsSettings

log = logging.getLogger("qis.plugins")


def includeme(config: Configurator) -> None:
    """Includes the web extensions of all plugins. Raises ConfigurationError where plugins must all work."""
    site = config.registry["qis"]
    web = site.kernel.registries.web
    # What is ours is settled first: a plugin that clashes with it is then the one that fails.
    config.commit()
    for name in web:
        try:
            config.include(web[name].include)
            config.commit()
        except Exception as error:
            config.action_state = ActionState()
            told = f"the web extension {name} of plugin {web.owner(name)} cannot be included: {error}"
            if site.settings(PluginsSettings).strict:
                raise ConfigurationError([told]) from error
            log.exception(told)
