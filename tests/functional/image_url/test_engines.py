"""Who may choose the engine that renders, and how: by URL, by template, by setting."""

from __future__ import annotations

import html

import pytest

from qis_core.api import Unavailable
from qis_core.testing.app_fixtures import MakeSite
from qis_core.testing.galleries import Gallery, MakeGallery


def test_users_may_name_an_engine(gallery: Gallery) -> None:
    headers, get = gallery.as_administrator(), gallery.site.testapp.get
    assert get("/image?src=wide.png&width=61&engine=Pillow", headers=headers).status_int == 200
    answer = get("/image?src=wide.png&width=61&engine=steam", headers=headers, status="4*")
    assert "'steam' cannot do this rendering or is none of" in html.unescape(answer.text)
    assert "pillow" in answer.text
    answer = get("/image?src=wide.png&engine=a%7Cb", headers=headers, status=400)
    assert "engine" in answer.text


def test_the_publics_choice_is_ignored(gallery: Gallery) -> None:
    answer = gallery.site.testapp.get("/image?src=wide.png&width=62&engine=steam")
    assert "engine" in answer.headers["X-Ignored-Options"]


def test_a_template_names_an_engine_for_everybody(gallery: Gallery) -> None:
    gallery.add_templates({"Steamed": {"engine": "steam"}, "Boxed": {"engine": "pillow"}})
    assert gallery.site.testapp.get("/image?src=wide.png&width=63&tmp=Boxed").status_int == 200
    assert "steam" in gallery.site.testapp.get("/image?src=wide.png&width=63&tmp=Steamed", status="4*").text


def test_a_site_lets_everybody_choose(new_gallery: MakeGallery) -> None:
    site = new_gallery({"qis.imaging.engine_choice": "everybody", "qis.imaging.engine": "pillow"}).site
    assert "steam" in site.testapp.get("/image?src=wide.png&engine=steam", status="4*").text
    assert site.testapp.get("/image?src=wide.png&width=64").status_int == 200


def test_an_engine_that_is_not_there_is_no_setting(new_site: MakeSite) -> None:
    with pytest.raises(Unavailable, match=r"qis\.imaging\.engine is 'steam'; the installed engines are .*pillow"):
        new_site({"qis.imaging.engine": "steam"})
