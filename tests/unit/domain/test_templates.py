"""Templates are checked when they are saved, with errors that help."""

from __future__ import annotations

import json

import pytest

from qis_core.api import BadOption
from qis_core.domain.templates import STOCK, validate, validate_locked
from qis_core.domain.vocabulary import Vocabulary


def test_values_are_normalised_and_plain(vocabulary: Vocabulary) -> None:
    given = {"width": {"value": 200}, "height": {"value": None}, "fill": "Red", "strip": "yes", "size_fit": False,
             "rotation": -90, "tile": None, "quality": 80, "format": "JPEG", "dpi_y": 72,
             "expiry_secs": -1}  # fmt: skip
    values = validate(given, vocabulary)
    assert values == {"width": 200, "fill": "#ff0000", "strip": True, "size_fit": False, "rotation": 270.0,
                      "quality": 80,
                      "format": "jpg", "dpi_y": 72, "expiry_secs": -1}  # fmt: skip
    assert validate(json.loads(json.dumps(values)), vocabulary) == values


@pytest.mark.parametrize("template", STOCK, ids=lambda template: template.name)
def test_the_stock_templates_are_valid(vocabulary: Vocabulary, template: object) -> None:
    assert validate(template.values, vocabulary) == template.values  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [("widht", 5, "such as width"), ("src", "a.jpg", "page"), ("width", "big", "0 to 15000"), ("width", [1],
                                                                                               "0 to 15000"),
     ("align_h", "X", "L, C, R"), ("quality", 500, "1 to 100"), ("autosizefit", True, "a known name"),
     ("fill", "reddish", "a colour"), ("cache", True, "one of")],
)  # fmt: skip
def test_bad_keys_and_values_are_named(vocabulary: Vocabulary, key: str, value: object, allowed: str) -> None:
    with pytest.raises(BadOption) as caught:
        validate({key: value}, vocabulary)
    assert caught.value.option == key
    assert allowed in str(caught.value)


def test_only_known_keys_are_locked(vocabulary: Vocabulary) -> None:
    assert validate_locked(["width", "quality", "dpi_y"], vocabulary) == {"width", "quality", "dpi_y"}
    with pytest.raises(BadOption, match="such as overlay_src"):
        validate_locked(["overlay"], vocabulary)
