"""Package metadata of qis-jxl: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_jxl/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-jxl",
    version=VERSION,
    description="JPEG XL pictures for QIS, in and out",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_jxl", "qis_jxl.*"]),
    package_data={"qis_jxl": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "pillow-jxl-plugin>=1.3.8,<1.4",
        # Metadata boxes are packed with it; output_buffer_limit came with 1.2.
        "brotli>=1.2,<2",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["jxl = qis_jxl.plugin"]},
)
