"""The default theme, as a site shows it."""


def test_a_site_that_names_no_theme_has_it(testapp):
    page = testapp.get("/").html
    sheets = [link["href"].partition("?")[0] for link in page.select("link[rel=stylesheet]")]
    assert sheets == ["/static/dist/site.css", "/themes/default/theme.css"]
    assert page.select_one(".brand img")["src"].startswith("/themes/default/mark.svg?v=")
    for link in page.select("link[rel=stylesheet]")[1:]:
        answer = testapp.get(link["href"])
        assert "--accent" in answer.text
        assert "max-age=31536000" in answer.headers["Cache-Control"]
