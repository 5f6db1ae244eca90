"""The templates of pages, found through the chain of themes.

``home.jinja2`` is the first that the site's theme or one of its parents has; ``default/home.jinja2``
is that of the theme ``default``, so that a theme can build on a page of its parent that has the same
name; ``qis_shop:templates/basket.jinja2`` is a file of a plugin's package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.path import AssetResolver

from qis_core.domain.query import readable
from qis_core.web.themes.chain import Chain
from qis_core.web.themes.static import static_url

OURS = "qis_core.web:templates/"
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.DOTALL)


def add_to(config: Configurator, chain: Chain) -> None:
    """Renders every ``….jinja2`` with the templates of ``chain``."""
    environment = make_environment(chain)
    config.add_renderer(".jinja2", lambda info: Renderer(environment, info.name))


def make_environment(chain: Chain) -> Environment:
    """The environment of a chain: what is put into a page is escaped, and what is missing is an error."""
    environment = Environment(
        loader=_loader(chain), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["static"] = lambda name: static_url(chain, name)
    environment.filters["attributes"] = attributes
    environment.filters["labelled"] = labelled
    # Every page has the components at hand, and needs no import.
    environment.globals["c"] = environment.get_template("components.jinja2").module
    return environment


def attributes(values: Mapping[str, object]) -> Markup:
    """HTML attributes of a macro's further keywords: ``data_copy="url"`` is `` data-copy="url"``; False is left out."""
    kept = {name.replace("_", "-"): value for name, value in values.items() if value is not False and value is not None}
    return Markup("").join(
        Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value)
        for name, value in kept.items()
    )


def labelled(rows: str, head: Sequence[str]) -> Markup:
    """Rows of a table whose cells carry their column's name as ``data-label``, for windows without room for columns.

    A cell with nothing in it has ``data-empty`` instead.
    """

    def row(found: re.Match[str]) -> str:
        names = iter(head)

        def cell(found: re.Match[str]) -> str:
            tag, given, content = found.groups()
            name = next(names, "")
            label = Markup(' data-label="{}"').format(name) if name else ""
            return f"<{tag}{given}{label if content.strip() else ' data-empty'}>{content}</{tag}>"

        return _CELL.sub(cell, found[0])

    return Markup(_ROW.sub(row, rows))  # What was escaped stays so: only attributes are added.


class Renderer:
    """Pyramid's protocol of a renderer: the value's items are the template's names."""

    def __init__(self, environment: Environment, name: str) -> None:
        self._environment = environment
        self._name = name.removeprefix(OURS)

    def __call__(self, value: Mapping[str, Any], system: Mapping[str, Any]) -> str:
        """The page."""
        text = self._environment.get_template(self._name).render({"request": system.get("request"), **value})
        # The name of a file may have bytes that are no UTF-8; a page shows a sign for each of them.
        return readable(text)


def _loader(chain: Chain) -> BaseLoader:
    folders = {theme.name: FileSystemLoader(theme.path / "templates") for theme in chain}
    return ChoiceLoader([*folders.values(), PrefixLoader(folders), FunctionLoader(_of_package)])


def _of_package(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    if ":" not in name:
        return None
    try:
        file = AssetResolver(None).resolve(name)
        with file.stream() as stream:
            return stream.read().decode("utf-8"), name, lambda: True
    except (ImportError, OSError, ValueError):
        return None
