"""Everything has its place: tests mirror the package, plugins look alike, files name nothing private."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from qis_core.api.web import read_theme
from qis_core.plugins.builtin import BUILTIN

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(entry.parent for entry in ROOT.glob("plugins/*/setup.py"))
THEMES = sorted(entry.parent for entry in ROOT.glob("themes/*/setup.py"))

UNWANTED = {
    "a place on somebody's machine": r"(?<![\w.])/(home|root|work|Users)/\w",
    "a folder outside the repository": r"\.\./sh[a]red\b",
    "a package registry": r"https?://[^/\s]*(registry|artifactory|nexus|mirror)[^/\s]*/",
    "the number of an issue": r"\b(issue|issues|pull request|ticket) #?\d+\b",
    "somebody's part in the work": r"\b(sub-?agent|helper H\d|chat session)\b",
}
NOT_OURS = re.compile(r"(^LICENSE$|package-lock\.json$|/dist/|\.(png|jpg|jpeg|webp|avif|tif|gif|ico|icc|woff2?|pdf)$)")


def kept_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout")
    return [
        name for name in listed.stdout.split("\0") if name and not NOT_OURS.search(name) and (ROOT / name).is_file()
    ]


@pytest.mark.parametrize("what", UNWANTED)
def test_no_file_names(what):
    pattern = re.compile(UNWANTED[what], re.IGNORECASE)
    found = []
    for name in kept_files():
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {match[0]}" for match in pattern.finditer(text) if name != "tests/contract/test_layout.py"]
    assert not found, what


def test_unit_tests_mirror_the_package():
    unit = ROOT / "tests/unit"
    for file in unit.rglob("test_*.py"):
        folder = file.parent.relative_to(unit)
        assert (ROOT / "qis_core" / folder).is_dir(), f"{file.relative_to(ROOT)} mirrors no folder of qis_core"


def test_tests_are_no_packages():
    # Pytest imports them one by one (importlib mode); what they share is in qis_core.testing.
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_plugin_in_the_box_is_listed_and_looks_alike():
    folders = {entry.name for entry in (ROOT / "qis_core/builtin").iterdir() if (entry / "__init__.py").is_file()}
    assert {module.split(".")[-2] for module in BUILTIN} == folders
    for module in BUILTIN:
        plugin = importlib.import_module(module)
        assert plugin.QIS_API
        own = {name for name, value in vars(plugin).items() if getattr(value, "__module__", "") == module}
        assert all(name.startswith(("qis_", "_")) for name in own), f"{module} holds more than hooks: {own}"


@pytest.mark.parametrize("folder", PLUGINS + THEMES, ids=lambda folder: folder.name)
def test_every_plugin_distribution_looks_alike(folder):
    package = folder.name.replace("-", "_")
    for name in ("README.md", f"{package}/__init__.py", f"{package}/plugin.py", f"{package}/py.typed"):
        assert (folder / name).is_file(), name
    assert list(folder.glob("tests/test_*.py"))
    assert not list(folder.glob("tests/**/__init__.py"))


@pytest.mark.parametrize("folder", THEMES, ids=lambda folder: folder.name)
def test_every_theme_tells_of_itself(folder):
    package = folder / folder.name.replace("-", "_")
    theme = read_theme(package)
    assert folder.name == f"qis-theme-{theme.name}"
    assert (package / "templates").is_dir() or (package / "static/theme.css").is_file()
