"""URLs of stores and caches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import Location, Unavailable, parse_size


def test_a_url_has_scheme_host_path_and_parameters() -> None:
    found = Location.parse("disk:///var/ca%20che?size=10G&x=", allowed=("size", "x"))
    assert (found.scheme, found.host, found.path) == ("disk", "", "/var/ca che")
    assert found.parameters == {"size": "10G", "x": ""}
    assert Location.parse("file:relative/path").path == "relative/path"
    assert Location.parse("s3://bucket/key").host == "bucket"


def test_a_wrong_url_says_what_is_wrong() -> None:
    with pytest.raises(Unavailable, match="no parameter 'sise'; known: size"):
        Location.parse("disk:x?sise=1", allowed=("size",))
    for url in ("", "nothing", "/srv", "Upper:x", "a b:c", ":x"):
        with pytest.raises(Unavailable, match="is not a URL"):
            Location.parse(url)
    with pytest.raises(Unavailable, match="NUL"):
        Location.parse("file:a%00")


@given(st.text())
def test_any_text_is_a_location_or_a_text_for_the_operator(url: str) -> None:
    try:
        assert url.startswith(Location.parse(url).scheme + ":")
    except Unavailable as error:
        error.message.encode()


@pytest.mark.parametrize(
    ("text", "size"),
    [("10G", 10 * 1024**3), ("512M", 512 * 1024**2), ("1.5k", 1536), ("64 KiB", 65536), ("1000", 1000), ("2tb", 2**41)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "1e9", "10 GG", "٣", "1,5G", "nan"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(Unavailable, match="is not a size"):
        parse_size(text)
