"""Purged renderings are made anew: by path, folder, template and all, whoever asks and however."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from qis_core.cli import main
from qis_core.domain.purging import Purge
from qis_core.testing.app_fixtures import MakeSite, TestSite
from qis_core.testing.waiting import until

WIDE = "/image?src=photos/wide.jpg&width=100"
OVERLAID = "/image?src=photos/wide.jpg&width=100&overlay=art/poster.tif"
CARD = "/image?src=photos/tall.png&tmp=smalljpeg"
POSTER = "/image?src=art/poster.tif&width=100"
ALL = (WIDE, OVERLAID, CARD, POSTER)


def made_anew(site: TestSite) -> list[str]:
    """Which of the addresses are not answered from a cache; afterwards all are."""
    return [url for url in ALL if site.testapp.get(url).headers["X-From-Cache"] == "False"]


@pytest.fixture
def site(new_site: MakeSite) -> TestSite:
    site = new_site()
    assert made_anew(site) == list(ALL)
    assert made_anew(site) == []
    return site


@pytest.mark.parametrize(
    ("purge", "anew"),
    [
        (Purge.of(images=["art/poster.tif"]), [OVERLAID, POSTER]),
        (Purge.of(folders=["photos"]), [WIDE, OVERLAID, CARD]),
        (Purge.of(folders=["photo"]), []),
        (Purge.of(templates=["SmallJpeg"]), [CARD]),
        (Purge.of(templates=["default"]), [WIDE, OVERLAID, POSTER]),
        (Purge.of(everything=True), list(ALL)),
    ],
)
def test_what_is_purged_is_made_anew_at_once(site: TestSite, purge: Purge, anew: list[str]) -> None:
    site.site.purging.purge(purge)
    assert made_anew(site) == anew
    assert made_anew(site) == []


def test_a_client_that_has_the_old_one_is_given_the_new(site: TestSite) -> None:
    tag = site.testapp.get(WIDE).headers["ETag"]
    site.testapp.get(WIDE, headers={"If-None-Match": tag}, status=304)
    site.site.purging.purge(Purge.of(images=["photos/wide.jpg"]))
    answer = site.testapp.get(WIDE, headers={"If-None-Match": tag}, status=200)
    assert answer.headers["ETag"] != tag


def run(site: TestSite, *arguments: str) -> str:
    places = [f"--data={site.data}", f"--library={site.library}"]
    done = CliRunner().invoke(main, [*arguments, *places], catch_exceptions=False, env={"QIS_CONFIG": None})
    return f"{done.exit_code} {done.output}"


def test_the_command_purges_under_a_running_server(site: TestSite) -> None:
    assert run(site, "cache", "purge", "--folder", "/art/", "--template", "SMALLJPEG") == "0 Purged.\n"
    until(lambda: site.testapp.get(POSTER).headers["X-From-Cache"] == "False")
    assert made_anew(site) == [OVERLAID, CARD]


def test_the_command_empties_the_cache_and_tells_what_is_in_it(site: TestSite) -> None:
    assert run(site, "cache", "status").startswith("0 entries  4\n")
    assert run(site, "cache", "purge", "--all") == "0 Purged.\n"
    assert run(site, "cache", "status").startswith("0 entries  0\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "name what is to be purged"), (("--image", "../x"), "there is no such image")],
)
def test_the_command_says_what_is_wrong(site: TestSite, arguments: tuple[str, ...], told: str) -> None:
    answer = run(site, "cache", "purge", *arguments)
    assert not answer.startswith("0")
    assert told in answer
