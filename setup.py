"""Package metadata. Dependencies are pinned here and nowhere else; tool settings are in pyproject.toml."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "([^"]+)"', (HERE / "qis_core/__init__.py").read_text(encoding="utf-8"))[1]

REQUIRES = [
    # Pyramid imports pkg_resources, which setuptools 80 has dropped.
    "setuptools>=68,<80",
    "pyramid>=2.1,<3",
    "pyramid_tm>=2.6,<3",
    "Jinja2>=3.1.6,<4",
    "MarkupSafe>=3,<4",
    "zipstream-ng>=1.9,<2",
    "WebOb>=1.8,<2",
    "zope.sqlalchemy>=4.1,<5",
    "SQLAlchemy>=2.1,<2.2",
    "alembic>=1.20,<2",
    "pluggy>=1.7,<2",
    "python-multipart>=0.0.34,<0.1",
    "Pillow>=13,<14",
    "cykooz-resizer>=4.0.1,<5",
    "argon2-cffi>=25.1,<26",
    "itsdangerous>=2.2,<3",
    "click>=8.5,<9",
    "rich>=15,<16",
    "prometheus_client>=0.26,<1",
    "PasteDeploy>=3.1,<4",
    "plaster_pastedeploy>=1.0.1,<2",
    "granian>=2.8,<3",
    "waitress>=3,<4",
]

MEMCACHED = "pymemcache>=4,<5"

EXTRAS = {
    "gunicorn": ["gunicorn>=27,<28"],
    "memcached": [MEMCACHED],
    "postgres": ["psycopg[binary]>=3.2,<4"],
    "testing": [
        "pytest>=9.2,<10",
        "pytest-cov>=7.1,<8",
        # tests/conftest.py knows a thing of its inside.
        "pytest-rerunfailures==16.7",
        "pytest-timeout>=2.4,<3",
        "pytest-xdist>=3.8,<4",
        "webtest>=3.0.7,<4",
        "hypothesis>=6.170,<7",
        "numpy>=2.4,<3",
        "playwright>=1.65,<2",
        "psutil>=7.2,<8",
        "openapi-spec-validator>=0.9,<1",
        "schemathesis>=4.32,<5",
        MEMCACHED,
    ],
    "quality": [
        "ruff==0.17.6",
        "mypy==2.4.1",
        "import-linter>=2.16,<3",
        "deptry>=0.25,<1",
    ],
}


class BuildWithMigrations(build_py):
    """Puts alembic/ into the package: an installed server has to bring its database up to date as well."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "qis_core/db/migrations"
            shutil.copytree(HERE / "alembic", target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


setup(
    name="qis-core",
    version=VERSION,
    description="QIS, a dynamic image platform: keep one original, ask for any rendering of it by URL",
    long_description=(HERE / "README.md").read_text(encoding="utf-8") if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["qis_core", "qis_core.*"]),
    include_package_data=True,
    cmdclass={"build_py": BuildWithMigrations},
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["qis = qis_core.cli:main"],
        "paste.app_factory": ["main = qis_core.app:main"],
        "pytest11": ["qis = qis_core.testing.fixtures"],
    },
)
