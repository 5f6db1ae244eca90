"""Requests of a class that is made once.

Pyramid gives each request its own new class where properties were added to requests. A request for an
image does little else that takes as long, and what was a class is left for the garbage collector.
"""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.interfaces import IRequestExtensions, IRequestFactory
from pyramid.request import Request


def settle(config: Configurator) -> None:
    """Makes one class of all properties and methods that were added to requests so far; later ones count as ever."""
    config.commit()
    extensions = config.registry.queryUtility(IRequestExtensions)
    if extensions is None:
        return
    base = config.registry.queryUtility(IRequestFactory, default=Request)
    added = {**extensions.methods, **extensions.descriptors}
    made = type(base.__name__, (base,), {**added, "__module__": base.__module__})
    config.registry.registerUtility(made, IRequestFactory)
    extensions.methods.clear()
    extensions.descriptors.clear()
