"""Stored files that nginx sends in our place: we decide, and say which file; we open none."""

from __future__ import annotations

import pytest

from qis_core.testing.app_fixtures import MakeSite, TestSite


@pytest.fixture
def site(new_site: MakeSite) -> TestSite:
    return new_site({"qis.web.accel_redirect": "/originals", "qis.public.level": "download"})


def test_the_file_is_named_and_not_sent(site: TestSite) -> None:
    answer = site.testapp.get("/original?src=photos/wide.jpg", headers={"Range": "bytes=1-2"})
    assert answer.headers["X-Accel-Redirect"] == "/originals/photos/wide.jpg"
    # The range is nginx's to cut.
    assert (answer.status_int, answer.body) == (200, b"")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["ETag"]
    assert "Content-Range" not in answer.headers


def test_a_name_is_spelt_so_that_nginx_reads_the_same(site: TestSite) -> None:
    (site.library / "photos/wide.jpg").rename(site.library / "50% ü?#.jpg")
    answer = site.testapp.get("/original?src=50%25%20%C3%BC%3F%23.jpg")
    assert answer.headers["X-Accel-Redirect"] == "/originals/50%25%20%C3%BC%3F%23.jpg"


def test_a_client_that_has_it_is_told_so_by_us(site: TestSite) -> None:
    tag = site.testapp.get("/original?src=photos/wide.jpg").headers["ETag"]
    answer = site.testapp.get("/original?src=photos/wide.jpg", headers={"If-None-Match": tag}, status=304)
    assert "X-Accel-Redirect" not in answer.headers


def test_who_may_not_download_is_refused_by_us(new_site: MakeSite) -> None:
    site = new_site({"qis.web.accel_redirect": "/originals", "qis.public.level": "view"})
    answer = site.testapp.get("/original?src=photos/wide.jpg", status=403)
    assert "X-Accel-Redirect" not in answer.headers


def test_what_cannot_run_in_a_browser_elsewhere_cannot_here(site: TestSite) -> None:
    (site.library / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    answer = site.testapp.get("/original?src=drawing.svg", expect_errors=True)
    if answer.status_int == 415:
        pytest.skip("no plugin for SVG is installed")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
