"""Package metadata of qis-magick: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_magick/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-magick",
    version=VERSION,
    description="PSD, XCF, JPEG 2000 and more as pictures for QIS, and its print engine, by ImageMagick",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_magick", "qis_magick.*"]),
    package_data={"qis_magick": ["py.typed", "policy/policy.xml"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "Wand>=0.7,<0.8",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["magick = qis_magick.plugin"]},
)
