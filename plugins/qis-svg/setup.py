"""Package metadata of qis-svg: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_svg/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-svg",
    version=VERSION,
    description="SVG drawings as pictures for QIS, drawn by resvg at the size that is needed",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_svg", "qis_svg.*"]),
    package_data={"qis_svg": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "resvg-py>=0.5,<0.6",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["svg = qis_svg.plugin"]},
)
