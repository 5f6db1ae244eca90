"""Package metadata of qis-heic: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_heic/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-heic",
    version=VERSION,
    description="HEIC and HEIF pictures for QIS, in and out",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_heic", "qis_heic.*"]),
    package_data={"qis_heic": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "pillow-heif>=1.8,<2",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["heic = qis_heic.plugin"]},
)
