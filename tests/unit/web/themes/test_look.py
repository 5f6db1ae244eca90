"""The operator's accent colour and logo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.settings import ConfigurationError, LookSettings
from qis_core.web.themes.look import CONTRAST, DARK_GROUND, LIGHT_GROUND, contrast, legible, read_look

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOURS)
def test_every_accent_can_be_read_on_both_grounds(colour):
    for ground in (LIGHT_GROUND, DARK_GROUND):
        assert contrast(legible(colour, ground), ground) >= CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert legible((0x54, 0x48, 0xC8), LIGHT_GROUND) == (0x54, 0x48, 0xC8)


def test_contrast_is_that_of_the_standard():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


def test_without_settings_there_is_nothing_to_load():
    look = read_look(LookSettings())
    assert (look.style_url, look.logo_url) == ("", "")


def test_a_wrong_colour_or_logo_names_the_setting(tmp_path):
    with pytest.raises(ConfigurationError, match=r"qis.look.accent: 'reddish'"):
        read_look(LookSettings(accent="reddish"))
    (tmp_path / "logo.txt").write_text("no picture")
    with pytest.raises(ConfigurationError, match=r"qis.look.logo"):
        read_look(LookSettings(logo=str(tmp_path / "logo.txt")))


def test_a_site_shows_both(tmp_path, new_site):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    testapp = new_site({"qis.look.accent": "#c00", "qis.look.logo": str(tmp_path / "logo.svg")}).testapp
    page = testapp.get("/").html
    sheet = testapp.get(page.select("link[rel=stylesheet]")[-1]["href"])
    assert "--accent: light-dark(#cc0000, #" in sheet.text
    logo = testapp.get(page.select_one(".brand img")["src"])
    assert logo.content_type == "image/svg+xml"
    assert "sandbox" in logo.headers["Content-Security-Policy"]
