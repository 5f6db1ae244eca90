"""The rooms stay apart, and what must be light is light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}
ROOMS = {
    entry.stem
    for entry in (ROOT / "qis_core").iterdir()
    if (entry.suffix == ".py" and entry.stem != "__init__") or (entry / "__init__.py").is_file()
}
PLUGIN_PACKAGES = {
    entry.parent.name: entry.parent
    for place in ("plugins", "themes")
    for entry in ROOT.glob(f"{place}/qis-*/qis_*/__init__.py")
}


def test_the_import_contracts_hold():
    path = os.pathsep.join(map(str, [ROOT, *(folder.parent for folder in PLUGIN_PACKAGES.values())]))
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    answer = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]


def test_every_room_stands_in_the_layers():
    layers = " ".join(CONTRACTS["rooms"]["layers"])
    named = set(layers.replace("|", " ").replace(":", " ").replace("(", " ").replace(")", " ").split())
    assert named == ROOMS


@pytest.mark.parametrize(("contract", "own"), [("builtin-api", {"builtin"}), ("plugins-api", set())])
def test_plugins_may_use_no_room_but_the_api(contract, own):
    forbidden = {name.removeprefix("qis_core.") for name in CONTRACTS[contract]["forbidden_modules"]}
    assert forbidden == ROOMS - {"api"} - own


def test_every_plugin_of_this_repository_is_in_the_contracts():
    assert set(LINTER["root_packages"]) == {"qis_core", *PLUGIN_PACKAGES}
    assert set(CONTRACTS["plugins-api"]["source_modules"]) == set(PLUGIN_PACKAGES)


def imported(file: Path):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module


@pytest.mark.parametrize("folder", [ROOT / "qis_core/builtin", *PLUGIN_PACKAGES.values()], ids=lambda path: path.name)
def test_a_plugin_imports_only_the_api_even_for_annotations(folder):
    own = "qis_core.builtin" if folder.name == "builtin" else folder.name
    for file in folder.rglob("*.py"):
        for name in imported(file):
            if name.split(".")[0] == "qis_core" and not f"{name}.".startswith(f"{own}."):
                assert f"{name}.".startswith("qis_core.api."), f"{file.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import qis_core", ["qis_core.api", "pluggy"]),
        ("import qis_core.api", ["PIL", "pydantic", "click", "sqlalchemy", "pyramid", "numpy"]),
        ("import qis_core.cli", ["PIL", "pydantic", "rich", "sqlalchemy", "pyramid", "granian"]),
        ("import qis_core.testing.fixtures", ["qis_core.api", "qis_core.plugins", "PIL", "pyramid"]),
        ("from qis_core.plugins import load; load({}, environ={})", ["pydantic", "sqlalchemy", "pyramid", "click"]),
        ("import qis_core.worker", ["pydantic", "sqlalchemy", "pyramid", "click", "rich"]),
    ],
)
def test_what_must_be_light_leaves_out_heavy_libraries(statement, absent, tmp_path):
    code = f"import sys; {statement}; print([name for name in {absent!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
