"""Package metadata of qis-raw: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_raw/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-raw",
    version=VERSION,
    description="RAW files of cameras as pictures for QIS, developed by LibRaw",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_raw", "qis_raw.*"]),
    package_data={"qis_raw": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "rawpy>=0.27,<0.29",
        "numpy>=1.26,<3",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["raw = qis_raw.plugin"]},
)
