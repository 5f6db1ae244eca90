"""Package metadata of qis-pdf: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_pdf/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-pdf",
    version=VERSION,
    description="PDF pages as pictures for QIS, drawn by MuPDF at the resolution that is needed",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_pdf", "qis_pdf.*"]),
    package_data={"qis_pdf": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        # PyMuPDF 2 brings 69 MB more and takes ten times as long to import.
        "PyMuPDF>=1.28,<2",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["pdf = qis_pdf.plugin"]},
)
