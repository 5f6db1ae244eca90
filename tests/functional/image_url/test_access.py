"""Who may see what: permissions before caches, plugins that refuse, and the public's limits of size."""

from __future__ import annotations

import pytest

from qis_core.testing import pictures
from qis_core.testing.fixtures import InstallPlugin
from qis_core.testing.galleries import Gallery, MakeGallery

ASKS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "image": ("/image", "width=50", "GET", {}),
    "head": ("/image", "width=50", "HEAD", {}),
    "overlay": ("/image", "width=50&overlay=mark.png", "GET", {}),
    "erez": ("/erez3/erez", "width=50", "GET", {}),
    "unchanged": ("/image", "strip=0&colorspace=&quality=", "GET", {}),
    "original": ("/original", "", "GET", {}),
    "original-head": ("/original", "", "HEAD", {}),
    "original-range": ("/original", "", "GET", {"Range": "bytes=0-9"}),
}
VIEWS = {"image", "head", "overlay", "erez", "unchanged"}


@pytest.mark.parametrize("level", ["none", "view", "download"])
def test_levels_of_the_public(new_gallery: MakeGallery, level: str) -> None:
    gallery = new_gallery({"qis.public.level": level})
    allowed: set[str] = {"none": set(), "view": VIEWS, "download": {*ASKS}}[level]
    for what in ASKS:
        right = 206 if "range" in what else 200
        status, match = (right, 304) if what in allowed else (403, 403)
        _ask(gallery, what, status)
        # An administrator may, and what he was given is no way in for others: not by a cache, not by a tag.
        admin = _ask(gallery, what, right, **gallery.as_administrator())
        _ask(gallery, what, status)
        _ask(gallery, what, match, **{"If-None-Match": admin["ETag"]})
        _ask(gallery, what, match, **{"If-None-Match": "*"})
        _ask(gallery, what, 304, **gallery.as_administrator(), **{"If-None-Match": admin["ETag"]})
        # What not everybody may have is for the asker's own cache.
        assert admin["Cache-Control"].split(",")[0] == ("public" if what in allowed else "private"), what


def _ask(gallery: Gallery, what: str, status: int, **more: str) -> dict[str, str]:
    path, query, method, headers = ASKS[what]
    answer = gallery.get("wide.png", query, path=path, method=method, status=status, headers={**headers, **more})
    return dict(answer.headers)


def test_nobody_learns_by_403_what_there_is(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.public.level": "none"})
    for path in ("/image", "/original"):
        gallery.get("wide.png", path=path, status=403)
        gallery.get("nosuch.png", path=path, status=403)


GUARD = """
from qis_core.api import Refusal, hookimpl

QIS_API = (1, 0)

@hookimpl
def qis_decide_access(question):
    if question.path.startswith("secret/") and question.identity.is_public:
        return Refusal(reason="secret/ is for users")
"""


@pytest.fixture
def guarded(install_plugin: InstallPlugin, new_gallery: MakeGallery) -> Gallery:
    """A gallery with an installed plugin that keeps the public from ``secret/``."""
    install_plugin("guard", GUARD)
    gallery = new_gallery({"qis.public.level": "download"})
    gallery.put("secret/mark.png", pictures.corners((40, 30)))
    return gallery


REFUSED = [
    ("secret/mark.png", "", "/image"),
    ("secret/mark.png", "width=20", "/image"),
    ("secret/mark.png", "", "/original"),
    # An overlay needs permission on its own folder.
    ("wide.png", "overlay=secret/mark.png", "/image"),
    ("wide.png", "overlay=/secret//mark.png&ovopacity=0.1", "/image"),
]


def test_what_a_plugin_refuses(guarded: Gallery) -> None:
    for name, query, path in REFUSED:
        guarded.get(name, query, path=path, status=403)
        answer = guarded.get(name, query, path=path, headers=guarded.as_administrator())
        assert answer.headers["Cache-Control"].startswith("private")
        guarded.get(name, query, path=path, status=403)
    guarded.get("wide.png", "overlay=secret/nosuch.png", status=403)
    # An overlay of no opacity is none.
    guarded.get("wide.png", "overlay=secret/mark.png&ovopacity=0")


LIMITED = [
    # options, status, size where it is 200; for 800×600 in a limit of 400×400
    ("", 200, (400, 300)),
    ("width=400", 200, (400, 300)),
    ("width=401", 400, None),
    ("height=400", 200, (400, 300)),
    ("height=401", 400, None),
    ("width=400&height=400", 200, (400, 400)),
    ("width=100&height=401", 400, None),
    ("width=5000", 400, None),
    ("width=200&dpr=2", 200, (400, 300)),
    ("width=201&dpr=2", 400, None),
    # What nobody gave a size is fitted inside.
    ("angle=90", 200, (300, 400)),
    ("left=0.4&right=0.6", 200, (107, 400)),
    ("left=0.4&right=0.6&width=200", 200, (107, 400)),
    ("width=300&enlarge=1&left=0.4&right=0.6", 200, (107, 400)),
    ("tile=1:4", 200, (200, 150)),
    ("tmp=small", 200, (200, 150)),
    # A template with a larger size lifts the limit for itself, and for nobody else.
    ("tmp=large", 200, (600, 450)),
    ("tmp=large&width=600", 200, (600, 450)),
    ("tmp=large&width=601", 400, None),
    ("tmp=large&width=300", 200, (300, 225)),
    ("tmp=large&height=500", 400, None),
]


@pytest.fixture
def limited(new_gallery: MakeGallery) -> Gallery:
    """A gallery that gives the public at most 400×400 pixels."""
    made = new_gallery({"qis.public.max_width": "400", "qis.public.max_height": "400"})
    made.add_templates({"small": {"width": 200}, "large": {"width": 600}, "plain": {}})
    return made


def test_public_limits(limited: Gallery) -> None:
    for query, status, size in LIMITED:
        if status == 400:
            assert "limit of this site" in limited.refusal("wide.png", query), query
        else:
            assert limited.size("wide.png", query) == size, query


def test_users_have_no_limits_and_the_public_gets_nothing_of_theirs(limited: Gallery) -> None:
    user = limited.as_administrator()
    for query in ("width=700", "", "tmp=plain"):
        large = limited.get("wide.png", query, headers=user)
        assert large.headers["Cache-Control"].startswith("private"), query
        if query:
            limited.get("wide.png", query, status=400 if "width" in query else 200)
        assert limited.get("wide.png", query, status=400 if "width" in query else 200).body != large.body, query
    # Where the limit changes nothing, all have the same.
    assert limited.get("wide.png", "width=300&height=300", headers=user).headers["Cache-Control"].startswith("public")


def test_a_limit_of_one_side(new_gallery: MakeGallery) -> None:
    gallery = new_gallery({"qis.public.max_width": "400"})
    assert gallery.size("wide.png", "height=300") == (400, 300)
    assert gallery.size("wide.png", "height=600") == (400, 300)
    assert gallery.size("wide.png", "angle=90") == (400, 534)
