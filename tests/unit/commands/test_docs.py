"""`qis docs`: the reference of what is here."""

from __future__ import annotations

from click.testing import CliRunner

from qis_core.cli import main

TONE = """
from qis_core.api import Phase, PixelOperation, Real, hookimpl

QIS_API = (1, 0)

class Tone(PixelOperation):
    name = "tone"
    phase = Phase.COLOUR
    options = [Real("tone", default=0, help="Strength of the brown | tone")]

    def apply(self, image, options, context):
        return image

@hookimpl
def qis_register_operations():
    return [Tone()]
"""


def test_options_of_installed_plugins_are_in_it(install_plugin, tmp_path):
    install_plugin("tone", TONE)
    answer = CliRunner().invoke(main, ["docs", "--into", str(tmp_path / "reference")])
    assert answer.exit_code == 0, answer.output
    page = (tmp_path / "reference/options.md").read_text(encoding="utf-8")
    assert "| `tone` | `tone` | a number from 0 to 1 | `0` | Strength of the brown \\| tone |" in page


def test_builtin_leaves_them_out(install_plugin, tmp_path):
    install_plugin("tone", TONE)
    CliRunner().invoke(main, ["docs", "--builtin", "--into", str(tmp_path)])
    assert "`tone`" not in (tmp_path / "options.md").read_text(encoding="utf-8")
