"""The viewers' scripts and styles at the addresses that pages of other origins include."""

import gzip

import pytest

from qis_core.web.viewers import FOLDER, script_url

pytestmark = pytest.mark.skipif(
    not (FOLDER / "qis-viewers.js").exists(), reason="the browser code is not built: npm run build in frontend/"
)

OLD = ["simple_view", "canvas_view", "gallery_view", "slideshow_view", "image-defer"]
ADDRESSES = [
    "/static/js/qis-viewers.js",
    "/static/js/qis-viewers.mjs",
    *(f"/static/js/{name}{ending}" for name in OLD for ending in (".js", ".min.js")),
    *(f"/static/styles/{name}{ending}" for name in OLD[:3] for ending in (".css", ".min.css")),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_pages_of_any_origin(testapp, address):
    answer = testapp.get(address)
    assert answer.content_type == ("text/css" if address.endswith(".css") else "text/javascript")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = testapp.get(address, headers={"If-None-Match": answer.headers["ETag"]}, status=304)
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_versioned_address_is_kept_for_a_year_and_only_that(testapp):
    assert "immutable" in testapp.get(script_url()).headers["Cache-Control"]
    assert "immutable" not in testapp.get("/static/js/qis-viewers.js?v=0123456789abcdef").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/nothing.js",
        "/static/js/qis-viewers.css",
        "/static/styles/canvas_view.js",
        "/static/js/..%2fsite.css",
    ],
)
def test_nothing_else_is_there(testapp, path):
    testapp.get(path, status=404)


def test_a_gallery_needs_less_than_60_kb():
    assert len(gzip.compress((FOLDER / "qis-viewers.js").read_bytes())) < 60_000


@pytest.mark.parametrize("name", OLD)
def test_no_old_script_is_larger_than_all_viewers_together(name):
    assert (FOLDER / f"{name}.js").stat().st_size <= (FOLDER / "qis-viewers.js").stat().st_size


def test_a_public_picture_may_be_embedded_anywhere(testapp):
    for path in ("/image?src=photos/wide.jpg&width=33", "/image?src=photos/wide.jpg&strip=0&colorspace="):
        headers = testapp.get(path).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        again = testapp.get(path, headers={"If-None-Match": headers["ETag"]}, status=304).headers
        assert again["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_picture_that_not_everybody_may_see_may_not_be_read_by_others(new_site):
    site = new_site({"qis.public.level": "none"})
    site.testapp.get("/image?src=photos/wide.jpg", status=403)
    answer = site.testapp.get(
        "/image?src=photos/wide.jpg&width=20", headers={"Authorization": f"Bearer {_token(site.testapp)}"}
    )
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Cross-Origin-Resource-Policy" not in answer.headers


def _token(testapp) -> str:
    from qis_core.testing.app_fixtures import ADMIN_PASSWORD

    given = {"username": "admin", "password": ADMIN_PASSWORD}
    return testapp.post("/api/v1/token/", given).json["data"]["token"]
