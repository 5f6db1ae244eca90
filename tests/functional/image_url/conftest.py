"""The pictures that the contract's tests look at, in the library of the shared site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image

from qis_core.testing import pictures
from qis_core.testing.app_fixtures import MakeSite, TestSite, site_in
from qis_core.testing.galleries import Gallery, MakeGallery


def _map(size: tuple[int, int]) -> Image.Image:
    """Each pixel tells where it is: red grows to the right, green downwards. Blue tells that it is picture."""
    right, down = Image.linear_gradient("L").rotate(90).resize(size), Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (right, down, Image.new("L", size, 128)))


def _fill(gallery: Gallery) -> None:
    gallery.put("wide.png", pictures.corners((800, 600)))
    gallery.put("small.png", pictures.corners((400, 300)))
    gallery.put("tall.png", pictures.corners((600, 800)))
    gallery.put("odd.png", pictures.corners((401, 301)))
    gallery.put("map.png", _map((800, 600)))
    gallery.put("photo.png", pictures.photo((320, 240)))
    gallery.put("photo.jpg", pictures.encoded(pictures.photo((320, 240)), "JPEG", quality=92))
    for name, make in pictures.FILES.items():
        gallery.put(f"kinds/{name}", make())
    gallery.add_templates({"Plain": {}})


@pytest.fixture(scope="session")
def gallery(site: TestSite) -> Gallery:
    """The shared site with the drawn pictures. The template ``Plain`` sets nothing."""
    made = Gallery(site=site)
    _fill(made)
    return made


@pytest.fixture(autouse=True)
def _anonymous(testapp: object) -> None:
    """Each test begins as somebody who has not logged in."""


def _with_pictures(site: TestSite) -> Gallery:
    made = Gallery(site=site)
    made.put("wide.png", pictures.corners((800, 600)))
    made.put("mark.png", pictures.corners((40, 30)))
    return made


@pytest.fixture
def new_gallery(new_site: MakeSite) -> MakeGallery:
    """Makes galleries with settings of their own: ``new_gallery({"qis.public.level": "none"})``."""
    return lambda settings=None: _with_pictures(new_site(settings or {}))


@pytest.fixture(scope="session")
def open_gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A site whose originals everybody may download. The template ``Plain`` sets nothing."""
    with site_in(tmp_path_factory.mktemp("site"), {"qis.public.level": "download"}) as site:
        made = _with_pictures(site)
        made.put("photo.png", pictures.photo((300, 300)))
        made.add_templates({"Plain": {}})
        yield made
