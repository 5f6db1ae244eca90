"""Package metadata of qis-vips: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_vips/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-vips",
    version=VERSION,
    description="The fast engine of QIS: pictures reduced by libvips",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_vips", "qis_vips.*"]),
    package_data={"qis_vips": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "pyvips[binary]>=3.1,<4",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["vips = qis_vips.plugin"]},
)
