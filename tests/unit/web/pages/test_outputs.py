"""The snippets of the publisher, read by a parser of HTML as a browser would."""

from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from qis_core.api import PublisherOutput
from qis_core.web.pages.outputs import Published, outputs, srcset

OPTIONS = {"src": "a/b.jpg", "width": "800", "height": "400", "fit": "cover"}


def published(**more):
    given = {"options": OPTIONS, "image": "/image?src=a/b.jpg&width=800&height=400&fit=cover", **more}
    return Published(host="http://here", title='A "b" & c', folder="a", formats=["avif", "jpg"], **given)


def texts(*arguments, **more):
    return {output.name: output.text for output in outputs(published(**more), *arguments)}


def tag(text, name):
    return BeautifulSoup(text, "html.parser").find(name)


def test_an_image_says_its_url_its_size_and_what_it_shows():
    image = tag(texts(width=800, height=400)["img"], "img")
    assert image["src"] == "http://here/image?src=a/b.jpg&width=800&height=400&fit=cover"
    assert (image["width"], image["height"], image["alt"]) == ("800", "400", 'A "b" & c')
    assert tag(texts()["lazy"], "img")["loading"] == "lazy"


def test_a_srcset_keeps_the_shape_and_is_never_wider_than_the_original():
    found = [part.split(" ") for part in srcset(published(widest=1000)).split(", ")]
    assert [width for _, width in found] == ["320w", "480w", "640w", "800w", "960w", "1000w"]
    for url, width in found:
        query = parse_qs(urlsplit(url).query)
        assert query["width"] == [width[:-1]]
        assert int(query["height"][0]) == round(int(width[:-1]) / 2)


@pytest.mark.parametrize("more", [{"width_locked": True}, {"widest": 300, "options": {"src": "a"}}])
def test_where_there_is_one_width_only_no_srcset_is_made(more):
    assert srcset(published(**more)) == ""
    assert "srcset" not in texts(**more)["srcset"]


def test_a_picture_offers_the_newer_formats_that_are_installed():
    soup = BeautifulSoup(texts(widest=2000, sizes="50vw")["picture"], "html.parser")
    assert [source["type"] for source in soup.find_all("source")] == ["image/avif"]
    assert soup.source["sizes"] == "50vw"
    assert "format=avif" in soup.source["srcset"]
    assert soup.img["src"] == published().url


def test_a_path_with_a_comma_does_not_break_the_srcset():
    commas = {"src": "a,b.jpg", "width": "800"}
    found = srcset(published(options=commas))
    assert len(found.split(", ")) == found.count("w,") + 1
    assert "a%2Cb.jpg" in found


def test_viewers_get_all_options_but_the_sizes():
    found = texts()
    assert tag(found["zoom"], "qis-zoom")["src"] == "/image?src=a/b.jpg&fit=cover"
    assert tag(found["gallery"], "qis-gallery")["folder"] == "a"
    assert tag(found["slideshow"], "qis-slideshow")["options"] == "fit=cover"
    assert tag(found["zoom"], "script")["src"] == "http://here/static/js/qis-viewers.js"


def test_css_cannot_be_left_by_a_quote():
    css = texts(image='/image?src=a"b\\.jpg')["css"]
    assert '"http://here/image?src=a%22b%5C.jpg"' in css


def test_a_plugin_adds_a_tab():
    wiki = PublisherOutput(label="Wiki", template='<x title="{title}" src="{url}" w="{width}">')
    text = texts([wiki], width=800, height=400)["added-0"]
    assert tag(text, "x").attrs == {"title": 'A "b" & c', "src": published().url, "w": "800"}
