"""Package metadata of qis-theme-darkroom."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_theme_darkroom/__init__.py").read_text(encoding="utf-8"))[
    1
]

setup(
    name="qis-theme-darkroom",
    version=VERSION,
    description="A dark look for QIS: a rail at the side, black ground, safelight red",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_theme_darkroom"]),
    package_data={"qis_theme_darkroom": ["py.typed", "theme.toml", "templates/*", "static/*"]},
    install_requires=["qis-core>=0.1,<1", "qis-theme-default>=0.1,<1"],
    entry_points={"qis.plugins": ["theme-darkroom = qis_theme_darkroom.plugin"]},
)
