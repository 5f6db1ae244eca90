"""The darkroom, as a site shows it."""


def test_it_lies_over_the_default_theme_and_has_a_rail_instead_of_the_bar(new_site):
    testapp = new_site({"qis.look.theme": "darkroom"}).testapp
    page = testapp.get("/").html
    sheets = [link["href"].partition("?")[0] for link in page.select("link[rel=stylesheet]")]
    assert sheets == ["/static/dist/site.css", "/themes/default/theme.css", "/themes/darkroom/theme.css"]
    assert page.select_one("header.rail")
    assert page.select_one("header.bar") is None
    assert page.html["data-scheme"] == "dark"
    assert not page.select("form.schemes")
