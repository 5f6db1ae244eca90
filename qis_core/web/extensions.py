"""Routes and views of plugins: included one by one, so that a broken one is left out and named."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pyramid.config import Configurator
from pyramid.config.actions import ActionState
from pyramid.request import Request

from qis_core.settings import ConfigurationError, PluginsSettings

log = logging.getLogger("qis.plugins")


def includeme(config: Configurator) -> None:
    """Includes the web extensions of all plugins. Raises ConfigurationError where plugins must all work."""
    site = config.registry["qis"]
    web = site.kernel.registries.web
    config.add_request_method(_picture_facts, "picture_facts")
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


def _picture_facts(request: Request, src: str) -> Mapping[str, object]:
    """What a picture is, for whoever asks. Raises NotFound, Refused, UnsupportedFeature."""
    facts: Mapping[str, object] = request.qis.catalogue.facts(src, request.identity)
    return facts
