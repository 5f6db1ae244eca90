"""Names of sent files: harmless, and still the names that people gave."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.domain.file_names import clean_file_name, numbered_name
from qis_core.domain.paths import clean_path


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("red.jpg", "red.jpg"),
        ("../../evil.png", "evil.png"),
        ("C:\\Users\\me\\red shoe.jpg", "red shoe.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", ""),
        ("", ""),
        ("a/", ""),
        (".htaccess", "htaccess"),
        ("...hidden.jpg", "hidden.jpg"),
        (" a  b\t c .jpg ", "a b c.jpg"),
        ("evil.png\0.jpg", "evil.png.jpg"),
        ("a\r\nSet-Cookie: b.jpg", "a Set-Cookie_ b.jpg"),
        ('<b>"x"|y?*.jpg', "_b__x__y__.jpg"),
        ("日本語.jpg", "日本語.jpg"),
        ("Ærø Świętokrzyskie.jpg", "Ærø Świętokrzyskie.jpg"),
        ("صورة.png", "صورة.png"),
        ("می\u200cخواهم.jpg", "می\u200cخواهم.jpg"),
        ("e\u0301te\u0301.jpg", "été.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("half\ud800.jpg", "half.jpg"),
        ("ü" * 200 + ".jpeg", "ü" * 117 + ".jpeg"),
        ("x" * 300, "x" * 240),
    ],
)
def test_names_are_cleaned(sent: str, name: str) -> None:
    assert clean_file_name(sent) == name


def test_numbers_go_before_the_ending() -> None:
    assert numbered_name("red.shoe.jpg", 1) == "red.shoe-001.jpg"
    assert numbered_name("red", 12) == "red-012"


@given(st.text() | st.lists(st.sampled_from(["..", "/", "\\", ".", " ", "\0", "a", "é", "\ud800", "."])).map("".join))
def test_what_is_left_is_a_name_of_the_library(sent: str) -> None:
    name = clean_file_name(sent)
    assert clean_file_name(name) == name
    if name:
        assert clean_path(name) == name
        assert clean_path(numbered_name(name, 999)) == numbered_name(name, 999)
        assert unicodedata.is_normalized("NFC", name)
