"""Composed requests are remembered, apart for the public and users, until a template changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from qis_core.api import PUBLIC, BadOption, Identity
from qis_core.domain.templates import Template, TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins import load
from qis_core.services.composing import Composer
from qis_core.services.templates import TemplateTable

USER = Identity(id=1, username="ann")


def table(version: str, values: Mapping[str, object]) -> TemplateTable:
    templates = [Template(name="Default", values=values)]
    return TemplateTable(version=version, lookup=TemplateSet(templates), templates=templates)


class Site:
    """A composer, and the templates that it is told of."""

    def __init__(self, folder: Path) -> None:
        made = load({"qis.server.data": str(folder)}, environ={}, here=folder).registries
        self.table = table("1", {"width": 100})
        self.composer = Composer(
            vocabulary=Vocabulary(made.operations, made.encoders, made.decoders),
            templates=lambda: self.table,
            max_width=200,
            remembered=2,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_equal_questions_have_the_same_answer(site: Site) -> None:
    first = site.composer.compose("src=a.jpg", identity=PUBLIC)
    assert site.composer.compose("src=a.jpg", identity=PUBLIC) is first
    assert site.composer.compose("src=a.jpg&format=auto", identity=PUBLIC, accept="image/webp").recipe != first.recipe


def test_a_changed_template_counts_from_then_on(site: Site) -> None:
    before = site.composer.compose("src=a.jpg", identity=PUBLIC)
    site.table = table("2", {"width": 50})
    assert site.composer.compose("src=a.jpg", identity=PUBLIC).recipe.steps[0].options["width"] == 50
    assert before.recipe.steps[0].options["width"] == 100


def test_limits_are_for_the_public(site: Site) -> None:
    assert site.composer.compose("src=a.jpg&width=300", identity=USER).recipe.bounds == (0, 0)
    for _ in range(2):
        with pytest.raises(BadOption, match="limit of this site"):
            site.composer.compose("src=a.jpg&width=300", identity=PUBLIC)
    assert site.composer.compose("src=a.jpg&width=", identity=PUBLIC).recipe.bounds == (200, 0)
