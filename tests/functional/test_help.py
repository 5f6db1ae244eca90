"""The help: every viewer with its demo, and nothing of folders that somebody may not see."""

import re
from html import unescape

import pytest

from qis_core.testing.app_fixtures import site_in
from qis_core.web.pages.viewer_guides import GUIDES


@pytest.fixture(scope="module")
def testapp(tmp_path_factory):
    """A site whose pictures nobody else changes: the demos show those that are there."""
    with site_in(tmp_path_factory.mktemp("help"), {}) as made:
        yield made.testapp


def test_the_help_leads_to_every_viewer(testapp):
    for start in ("/help/", "/help/viewers/"):
        page = testapp.get(start)
        assert page.click(href="^/api/docs/$").status_int == 200
        for name in GUIDES:
            assert page.click(href=f"^/help/viewers/{name}/$").status_int == 200


@pytest.mark.parametrize("name", GUIDES)
def test_the_snippet_is_the_demo_for_a_page_elsewhere(testapp, name):
    page = testapp.get(f"/help/viewers/{name}/")
    snippet = unescape(re.search(r"<pre[^>]*><code>(.*?)</code></pre>", page.text, re.DOTALL)[1])
    assert snippet.startswith('<script src="http://localhost/static/js/qis-viewers.js" async></script>\n')
    element = snippet.split("\n", 1)[1]
    # But that here nothing counts as the picture's use.
    shown = re.sub(r' options="stats=0"|&amp;stats=0', "", page.text)
    assert element.replace("http://localhost", "") in shown
    for url in re.findall(r'src="(/image[^"]*)"', element.replace("http://localhost", "")):
        testapp.get(unescape(url))


def test_there_is_no_such_viewer(testapp):
    testapp.get("/help/viewers/nothing/", status=404)


def test_who_may_see_nothing_is_shown_no_names(new_site):
    site = new_site({"qis.public.level": "none"})
    for name in GUIDES:
        page = site.testapp.get(f"/help/viewers/{name}/").text
        assert "wide.jpg" not in page
        assert "photos/" not in page
        assert "no picture that you may see" in page
