"""The vocabulary knows every option of everybody installed, and no two of one name."""

from __future__ import annotations

import json

import pytest

from qis_core.api import FinishingOperation, Option, Phase, Text
from qis_core.domain.vocabulary import Vocabulary, VocabularyClash

URL_NAMES = {
    "src", "page", "format", "width", "height", "autosizefit", "halign", "valign", "angle", "flip", "left",
    "top", "right",
    "bottom", "autocropfit", "fill", "dpi", "tile", "tmp", "attach", "xref", "stats", "cache", "fit", "gravity", "dpr",
    "enlarge",
}  # fmt: skip
TEMPLATE_KEYS = {
    "page", "format", "width", "height", "size_fit", "align_h", "align_v", "rotation", "flip", "left", "top", "right",
    "bottom", "crop_fit", "fill", "dpi_x", "dpi_y", "tile", "attachment", "record_stats", "expiry_secs", "fit",
    "gravity",
    "dpr", "enlarge", "quality",
}  # fmt: skip


def test_the_contracts_names_and_keys_are_there(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.by_name) >= URL_NAMES
    assert vocabulary.template_keys() >= TEMPLATE_KEYS
    assert not vocabulary.template_keys() & {"src", "tmp", "xref", "cache", "angle", "autosizefit"}


def test_the_document_tells_everything_as_json(vocabulary: Vocabulary) -> None:
    document = json.loads(json.dumps(vocabulary.document()))
    angle = next(entry for entry in document if entry["name"] == "angle")
    assert (angle["key"], angle["owner"], angle["phase"], angle["kind"]) == ("rotation", "rotate", "rotate", "angle")
    assert angle["schema"]["maximum"] == 360
    assert [e["owner"] for e in document if e["name"] == "quality"] == [
        "format jpg", "format pjpg", "format png", "format webp", "format avif",
    ]  # fmt: skip
    assert all(entry["key"] == "" for entry in document if entry["name"] in ("src", "tmp", "xref", "cache"))


class Other(FinishingOperation):
    """Another plugin's operation."""

    phase = Phase.STRIP

    def __init__(self, name: str, *options: Option) -> None:
        self.name, self.options = name, options

    def finish(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize(
    ("option", "owner"),
    [(Text("width"), "resize"), (Text("wide", key="width"), "resize"), (Text("src"), "core"), (Text("format"), "core"),
     (Text("quality"), "format jpg"), (Text("angle2", key="rotation"), "rotate")],
)  # fmt: skip
def test_a_name_that_is_taken_is_refused_with_both_owners(vocabulary: Vocabulary, option: Option, owner: str) -> None:
    operations = {operation.name: operation for operation in vocabulary.operations}
    with pytest.raises(VocabularyClash) as caught:
        Vocabulary({**operations, "other": Other("other", option)}, vocabulary.encoders, {})
    assert "other" in str(caught.value)
    assert owner in str(caught.value)
