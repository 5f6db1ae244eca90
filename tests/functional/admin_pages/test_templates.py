"""Templates, by the pages of the administration."""

from __future__ import annotations

import io

import pytest
from PIL import Image

URL = "/admin/templates/"


def test_a_template_is_added_changed_shown_and_removed(person):
    admin = person("admin")
    page = admin.does(admin.sees(URL), "add", name="Teaser", values="width = 20\nformat = png", status=303).follow()
    address = page.request.path
    assert page.html.select_one("textarea").text.split() == ["format", "=", "png", "width", "=", "20"]
    page = admin.does(page, "save", values="width = 10\nformat = png", locked="width", description="Small").follow()
    assert "The template is saved" in page.text
    assert page.html.select_one("[name=locked]")["value"] == "width"
    preview = admin.app.get(page.html.select_one(".template-preview")["src"])
    assert Image.open(io.BytesIO(preview.body)).width == 10
    assert "Teaser" in admin.sees(URL).html.select_one("tbody").text
    page = admin.does(admin.sees(address), "default").follow()
    assert page.html.select_one("h1 + .badge").text == "default"
    default = next(row for row in admin.sees(URL).html.select("tbody tr") if row.a.text == "Default")
    admin.does(admin.sees(default.a["href"]), "default")
    assert "The template is removed" in admin.does(admin.sees(address), "remove").follow().text
    admin.sees(address, 404)


def test_mistakes_are_named_and_what_was_typed_stays(person):
    admin = person("admin")
    page = admin.does(admin.sees(URL), "add", 400, name="Odd", values="width = wide")
    assert "width must be a whole number" in page.html.select_one("[role=alert]").text
    assert page.html.select_one("textarea").text.strip() == "width = wide"
    page = admin.does(page, "add", 400, values="wide")
    assert "key = value" in page.html.select_one("#field-values-problem").text
    assert "already" in admin.does(page, "add", 409, name="smalljpeg", values="").html.select_one("[role=alert]").text
    assert "Odd" not in admin.sees(URL).html.select_one("tbody").text


@pytest.mark.parametrize("path", [URL, URL + "1/"])
def test_they_are_for_administrators(person, path):
    assert "/login/" in person("").sees(path, 303).location
    assert not person("percy").sees(path, 403).html.select("textarea")
    assert "CSRF" in person("admin").app.post(path, {"do": "save", "name": "x"}, status=403).text
