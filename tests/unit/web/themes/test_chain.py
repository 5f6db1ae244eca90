"""Themes and their parents: which file counts, and what is said of one that is missing."""

import pytest

from qis_core.api import Theme
from qis_core.api.web import read_theme
from qis_core.settings import ConfigurationError
from qis_core.web.themes.chain import CORE, theme_chain
from qis_core.web.themes.static import static_url, styles
from qis_core.web.themes.templates import make_environment


@pytest.fixture
def make_theme(tmp_path):
    """Makes a theme of files by name."""

    def make(name: str, files: dict[str, str], parent: str | None = None) -> Theme:
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text, encoding="utf-8")
        (tmp_path / name).mkdir(exist_ok=True)
        return Theme(name=name, path=tmp_path / name, parent=parent)

    return make


def test_the_first_theme_that_has_a_template_gives_it(make_theme):
    shop = make_theme("shop", {"templates/a.jinja2": "shop's a"}, "house")
    house = make_theme("house", {"templates/a.jinja2": "house's a", "templates/b.jinja2": "house's b"})
    chain = theme_chain({"shop": shop, "house": house}, "shop")
    assert [theme.name for theme in chain] == ["shop", "house", "core"]
    environment = make_environment(chain)
    assert environment.get_template("a.jinja2").render() == "shop's a"
    assert environment.get_template("b.jinja2").render() == "house's b"
    assert environment.get_template("problem.jinja2").filename.startswith(str(CORE.path))


def test_a_theme_builds_on_its_parents_template_of_the_same_name(make_theme):
    house = make_theme("house", {"templates/a.jinja2": "house {% block more %}{% endblock %}"})
    text = '{% extends "house/a.jinja2" %}{% block more %}and shop{% endblock %}'
    shop = make_theme("shop", {"templates/a.jinja2": text}, "house")
    environment = make_environment(theme_chain({"shop": shop, "house": house}, "shop"))
    assert environment.get_template("a.jinja2").render() == "house and shop"


def test_what_is_put_into_a_page_is_escaped_and_what_is_missing_is_an_error(make_theme):
    shop = make_theme("shop", {"templates/a.jinja2": "{{ name }}"})
    template = make_environment(theme_chain({"shop": shop}, "shop")).get_template("a.jinja2")
    assert template.render(name="<b>") == "&lt;b&gt;"
    with pytest.raises(Exception, match="'name' is undefined"):
        template.render()


def test_no_template_leads_out_of_its_folder(make_theme, tmp_path):
    (tmp_path / "secret.jinja2").write_text("secret")
    shop = make_theme("shop", {"templates/a.jinja2": ""})
    environment = make_environment(theme_chain({"shop": shop}, "shop"))
    with pytest.raises(Exception, match="secret"):
        environment.get_template("../../secret.jinja2")


def test_static_files_have_urls_that_change_with_their_bytes(make_theme):
    shop = make_theme("shop", {"static/theme.css": "a {}", "static/mark.svg": "<svg/>"})
    chain = theme_chain({"shop": shop}, "shop")
    first = static_url(chain, "mark.svg")
    assert first.startswith("/themes/shop/mark.svg?v=")
    (shop.path / "static/mark.svg").write_text("<svg></svg>")
    assert static_url(chain, "mark.svg") != first
    assert styles(chain)[-1].startswith("/themes/shop/theme.css?v=")
    assert static_url(chain, "icons.svg").startswith("/static/icons.svg?v=")


def test_a_site_without_the_default_theme_has_the_plain_look():
    assert theme_chain({}, "default") == (CORE,)
    assert theme_chain({}, "core") == (CORE,)


def test_a_missing_theme_is_named_with_those_that_are_there(make_theme):
    with pytest.raises(ConfigurationError, match="there is no theme shop; the installed themes are house, core"):
        theme_chain({"house": make_theme("house", {})}, "shop")
    with pytest.raises(ConfigurationError, match="the theme house has the parent hut"):
        theme_chain({"house": make_theme("house", {}, "hut")}, "house")


def test_parents_in_a_circle_are_refused(make_theme):
    themes = {"a": make_theme("a", {}, "b"), "b": make_theme("b", {}, "a")}
    with pytest.raises(ConfigurationError, match="a → b → a"):
        theme_chain(themes, "a")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "a"\ncolour = "red"', "there is no colour"),
        ("name = 3", "name is 3"),
        ('name = "a"\nschemes = ["dim"]', "schemes is"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_wrong_theme_file_says_what_is_wrong(tmp_path, text, told):
    (tmp_path / "theme.toml").write_text(text)
    with pytest.raises(ValueError, match=told):
        read_theme(tmp_path)
