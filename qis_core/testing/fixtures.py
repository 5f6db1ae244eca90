"""Pytest fixtures, there as soon as qis-core is installed: for its own tests and those of plugins.

Nothing of QIS is imported before a fixture is used: pytest imports this module in every project
of the environment, and coverage would miss what was imported before it began.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Only fixtures, whose modules import nothing of QIS by themselves either.
from qis_core.testing.app_fixtures import app, new_site, server, site, testapp  # noqa: F401
from qis_core.testing.memcached import new_memcached  # noqa: F401
from qis_core.testing.postgres import database_url, postgres  # noqa: F401

if TYPE_CHECKING:
    from qis_core.plugins import Kernel

InstallPlugin = Callable[..., str]


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """Default settings and all installed plugins. Fails where one of them is broken, telling why."""
    from qis_core.plugins import load

    here = tmp_path_factory.mktemp("kernel")
    return load({}, environ={}, data=here / "data", here=here, strict=True)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder of originals: ``photos/wide.jpg`` (1200×800), ``photos/tall.png`` (300×500, with
    transparent parts), ``art/poster.tif`` (640×640) and ``notes/readme.txt``, which is no picture.
    """
    from qis_core.testing.libraries import draw_library

    return draw_library(tmp_path / "library")


@pytest.fixture
def install_plugin(tmp_path: Path) -> Iterator[InstallPlugin]:
    """Puts throw-away distributions on the path: ``install_plugin("sepia", source)``.

    Makes a module ``qis_<name>`` of ``source`` with the metadata of the distribution ``qis-<name>``
    (or ``distribution=``) of ``version=`` and its entry point; answers the module's name. All is gone
    after the test.
    """
    with plugins_in(tmp_path / "site-packages") as install:
        yield install


@contextlib.contextmanager
def plugins_in(folder: Path) -> Iterator[InstallPlugin]:
    """What the fixture ``install_plugin`` gives, in a new ``folder``, until the end."""
    folder.mkdir()
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(folder))
    before = set(sys.modules)

    def install(name: str, source: str, *, distribution: str = "", version: str = "1.0", target: str = "") -> str:
        distribution = distribution or f"qis-{name}"
        module = distribution.replace("-", "_")
        (folder / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        metadata = folder / f"{module}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
        )
        (metadata / "entry_points.txt").write_text(f"[qis.plugins]\n{name} = {target or module}\n", encoding="utf-8")
        importlib.invalidate_caches()
        return module

    try:
        yield install
    finally:
        patch.undo()
        for module in set(sys.modules) - before:
            if str(getattr(sys.modules[module], "__file__", "")).startswith(str(folder)):
                del sys.modules[module]
