"""A rendering's name changes with everything that could change the rendering, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

from qis_core.api import Output, Recipe
from qis_core.domain.fingerprint import fingerprint

RECIPE = Recipe(source="a.jpg", output=Output(format="jpg"))


def test_it_is_a_cache_key() -> None:
    assert len(fingerprint(RECIPE, "v1")) == 40
    assert fingerprint(RECIPE, "v1").isalnum()


def test_everything_that_matters_changes_it() -> None:
    names = {
        fingerprint(RECIPE, "v1"),
        fingerprint(RECIPE, "v2"),
        fingerprint(replace(RECIPE, page=2), "v1"),
        fingerprint(replace(RECIPE, fill="none"), "v1"),
        fingerprint(replace(RECIPE, bounds=(10, 0)), "v1"),
        fingerprint(replace(RECIPE, raster_dpi=72), "v1"),
        fingerprint(replace(RECIPE, engine="vips"), "v1"),
        fingerprint(replace(RECIPE, output=Output(format="png")), "v1"),
        fingerprint(replace(RECIPE, output=Output(format="jpg", dpi=(1, 2))), "v1"),
        fingerprint(RECIPE, "v1", {"logo.png": "v1"}),
        fingerprint(RECIPE, "v1", {"logo.png": "v2"}),
        fingerprint(RECIPE, "v1", {}, {"logo.png": "v1"}),
        fingerprint(replace(RECIPE, source="a.jpg'|page=2"), "v1"),
        fingerprint(replace(RECIPE, source="\ud800"), "v1"),
    }
    assert len(names) == 14


def test_the_order_of_versions_does_not() -> None:
    assert fingerprint(RECIPE, "", {"a": "1", "b": "2"}) == fingerprint(RECIPE, "", {"b": "2", "a": "1"})
