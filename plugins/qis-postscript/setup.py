"""Package metadata of qis-postscript: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_postscript/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-postscript",
    version=VERSION,
    description="EPS and PostScript as pictures for QIS, drawn by Ghostscript at the resolution that is needed",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_postscript", "qis_postscript.*"]),
    package_data={"qis_postscript": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["postscript = qis_postscript.plugin"]},
)
