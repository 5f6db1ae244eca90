"""Package metadata of qis-dicom: the only place where its dependencies are pinned."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_dicom/__init__.py").read_text(encoding="utf-8"))[1]

setup(
    name="qis-dicom",
    version=VERSION,
    description="DICOM pictures for QIS",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_dicom", "qis_dicom.*"]),
    package_data={"qis_dicom": ["py.typed"]},
    install_requires=[
        "qis-core>=0.1,<1",
        "pydicom>=3,<4",
        "numpy>=2,<3",
        # The version is pinned by qis-core.
        "Pillow",
    ],
    entry_points={"qis.plugins": ["dicom = qis_dicom.plugin"]},
)
