"""Package metadata of qis-theme-default."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_theme_default/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-theme-default",
    version=VERSION,
    description="The look that QIS comes with: quiet greys, one blue-violet accent, light and dark",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_theme_default"]),
    package_data={"qis_theme_default": ["py.typed", "theme.toml", "static/*"]},
    install_requires=["qis-core>=0.1,<1"],
    entry_points={"qis.plugins": ["theme-default = qis_theme_default.plugin"]},
)
