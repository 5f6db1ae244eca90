"""The skeleton of a plugin: a distribution with one working operation, its metadata and its test."""

from __future__ import annotations

import re
from pathlib import Path

from qis_core.api import API_VERSION

_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[project]
name = "qis-@name@"
version = "0.1.0"
description = "@Class@ for QIS: `&@name@=0.5`"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["qis-core"]

[project.optional-dependencies]
test = ["qis-core[testing]"]

[project.entry-points."qis.plugins"]
@name@ = "@package@.plugin"

[tool.setuptools]
packages = ["@package@"]

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--import-mode=importlib"]
""",
    "README.md": """\
# qis-@name@

A QIS plugin. `&@name@=0.5` takes half of the colour out of a picture.

    pip install -e '.[test]'
    pytest
    qis plugins
""",
    "@package@/__init__.py": '''"""The QIS plugin @name@."""\n''',
    "@package@/plugin.py": '''\
"""What QIS asks of this plugin; each thing that it brings has a module of its own."""

from __future__ import annotations

from collections.abc import Sequence

from qis_core.api import Operation, hookimpl

from @package@.operation import @Class@

QIS_API = @api@


@hookimpl
def qis_register_operations() -> Sequence[Operation]:
    """Adds `&@name@=` to image URLs."""
    return [@Class@()]
''',
    "@package@/operation.py": '''\
"""`&@name@=0.5`: takes colour out of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import ImageEnhance
from qis_core.api import OperationContext, Options, Phase, PixelOperation, Real

if TYPE_CHECKING:
    from PIL.Image import Image


class @Class@(PixelOperation):
    """0 leaves the picture as it is, 1 leaves no colour."""

    name = "@name@"
    phase = Phase.COLOUR
    options = [Real("@name@", key="@key@", default=0, help="How much of the colour is taken out")]

    def apply(self, image: Image, options: Options, context: OperationContext) -> Image:
        """The picture with less colour, its transparency untouched."""
        return ImageEnhance.Color(image).enhance(1 - options.@key@)

    def reach(self, options: Options) -> int:
        """Each pixel by itself."""
        return 0
''',
    "tests/test_@key@.py": '''\
"""What users of `&@name@=` get."""

from __future__ import annotations

from PIL import Image
from qis_core.api import Options
from qis_core.testing.suites.operations import OperationSuite

from @package@.operation import @Class@


class Test@Class@(OperationSuite):
    """All that QIS asks of an operation."""

    operation = @Class@()


def test_the_plugin_is_installed_and_loaded(kernel):
    assert kernel.registries.operations.owner("@name@") == "@name@"


def test_all_of_it_leaves_no_colour():
    made = @Class@().apply(Image.new("RGB", (4, 4), "red"), Options({"@key@": 1.0}), None)
    red, green, blue = made.getpixel((0, 0))
    assert red == green == blue
''',
}


def write(name: str, into: Path) -> Path:
    """Writes the folder ``qis-<name>`` into ``into`` and answers it.

    Raises ValueError for a name that is not legal, FileExistsError where the folder is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name):
        raise ValueError(f"{name!r} is no name for a plugin; it must be small letters and digits, such as sepia")
    folder = into / f"qis-{name}"
    folder.mkdir(parents=True)
    key = name.replace("-", "_")
    words = {
        "@name@": name,
        "@key@": key,
        "@package@": f"qis_{key}",
        "@Class@": "".join(part.capitalize() for part in key.split("_")),
        "@api@": str(API_VERSION),
    }
    for path, text in _FILES.items():
        file = folder / _filled(path, words)
        file.parent.mkdir(exist_ok=True)
        file.write_text(_filled(text, words), encoding="utf-8")
    return folder


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub("|".join(words), lambda match: words[match[0]], text)
