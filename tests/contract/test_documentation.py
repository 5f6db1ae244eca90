"""What the pages say works: every image URL, link, command, option of a command, and setting in them."""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from qis_core.cli import main
from qis_core.plugins import load
from qis_core.samples.catalogue import SAMPLES
from qis_core.settings import fields_of
from qis_core.testing.app_fixtures import TestSite, site_in

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))

URL = re.compile(r"/(?:image|original|publish/)\?src=[^\s\"'<>`)…]+")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset|href)=\"([^\"#/][^\"]*)\"")
COMMAND = re.compile(r"(?:`|^\s*(?:\$ )?)(?:\.venv/bin/)?((?:qis|make) [a-z][^`\n]*)", re.MULTILINE)
SETTING = re.compile(r"\bqis\.[a-z]+\.[a-z_]+\b")

BROUGHT_BY_READERS = {"garden/rose.jpg": "shoes/red.jpg"}
"""Pictures that the pages tell the reader to copy into the library, and what stands in for them."""


def found_in_pages(pattern: re.Pattern[str]) -> list[str]:
    """Everything in the pages that matches: the first group that did, or all of it."""
    matches = (match for page in PAGES for match in pattern.finditer(page.read_text(encoding="utf-8")))
    return sorted({next((group for group in match.groups() if group), match[0]) for match in matches})


def urls() -> list[str]:
    return sorted({html.unescape(url) for url in found_in_pages(URL)})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """A site with those of the sample pictures that the pages speak of."""
    with site_in(tmp_path_factory.mktemp("site"), {}) as made:
        for sample in SAMPLES:
            copies = [copy for copy, original in BROUGHT_BY_READERS.items() if original == sample.path]
            if any(sample.path in _readable(url) for url in urls()):
                for path in (made.library / name for name in (sample.path, *copies)):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    sample.write(path)
        yield made


def _readable(url: str) -> str:
    return url.replace("%20", " ")


def test_there_is_something_to_check() -> None:
    assert len(urls()) > 10
    assert len(found_in_pages(COMMAND)) > 10
    assert len(found_in_pages(SETTING)) > 10


@pytest.mark.parametrize("url", urls())
def test_an_image_url_gives_what_it_says(site: TestSite, url: str) -> None:
    answer = site.testapp.get(url)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html" if url.startswith("/publish/") else "image/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [one or other for one, other in LINK.findall(text)]
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in inside if not (page.parent / target).exists()] == []


def test_every_page_of_the_documentation_can_be_reached_from_its_index() -> None:
    reached, waiting = set(), [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = (one or other for one, other in LINK.findall(page.read_text(encoding="utf-8")))
            waiting += [(page.parent / target).resolve() for target in targets if target.endswith(".md")]
    assert set((ROOT / "docs").rglob("*.md")) - reached == set()


@pytest.mark.parametrize("command", [found for found in found_in_pages(COMMAND) if found.startswith("make ")])
def test_a_target_of_make_is_there(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target, *settings = shlex.split(command, comments=True)[1:]
    assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target
    for name in (setting.partition("=")[0] for setting in settings if "=" in setting):
        assert f"$({name})" in makefile


@pytest.mark.parametrize("command", [found for found in found_in_pages(COMMAND) if found.startswith("qis ")])
def test_a_command_and_its_options_are_there(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    found: click.Command = main
    while isinstance(found, click.Group) and words:
        name = words.pop(0)
        below = found.get_command(click.Context(found), name)
        assert below is not None, f"{found.name} {name}"
        found = below
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    options = {word.strip(",.;:[]").partition("=")[0] for word in words if word.lstrip("[").startswith("--")}
    assert options <= {*known, "--help"}


def test_settings_are_there(tmp_path: Path) -> None:
    # With the plugins of this repository, which the pages tell of, too.
    kernel = load({}, environ={}, here=tmp_path)
    known = {field.key for group in kernel.settings.groups for field in fields_of(group)}
    assert [name for name in found_in_pages(SETTING) if name not in known] == []
