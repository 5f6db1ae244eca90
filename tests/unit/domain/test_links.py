"""Signatures, ladders, and who needs which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.api import BadOption, Refused
from qis_core.domain.links import LinkRules, Mode, admit, sign

KNOWN = {"src", "width", "height", "format", "overlay", "sig", "expires", "tmp"}
PICTURE = (("src", "shoes/red.jpg"), ("width", "400"))


def rules(mode: Mode = Mode.SIGNED, **others: object) -> LinkRules:
    values: dict[str, object] = {
        "mode": mode,
        "folders": {},
        "ladder": (100, 200, 400),
        "keys": {"new": b"a secret of the present", "old": b"a secret of last year"},
    }
    return LinkRules(**{**values, **others})  # type: ignore[arg-type]


def width(pairs: tuple[tuple[str, str], ...], of: LinkRules) -> str:
    return dict(admit(pairs, "image", "shoes/red.jpg", of, KNOWN).pairs)["width"]


def test_the_nearest_folder_decides() -> None:
    found = rules(Mode.FREE, folders={"shop": Mode.SIGNED, "shop/open": Mode.LADDER})
    asked = {"a.jpg": "free", "shop/a.jpg": "signed", "shop/x/a.jpg": "signed", "shop/open/y/a.jpg": "ladder"}
    assert {path: found.mode_of(path) for path in asked} == asked
    assert found.mode_of("shopping/a.jpg") is Mode.FREE


def test_what_is_not_signed_is_refused() -> None:
    with pytest.raises(Refused, match="have to be signed"):
        admit(PICTURE, "image", "shoes/red.jpg", rules(), KNOWN)


@pytest.mark.parametrize("key", ["new", "old"])
def test_every_key_verifies_in_any_order(key: str) -> None:
    signed = sign(PICTURE, "image", rules(), key=key)
    for pairs in (signed, tuple(reversed(signed))):
        found = admit(pairs, "image", "shoes/red.jpg", rules(), KNOWN)
        assert (found.pairs, found.until) == (pairs, None)


def test_the_first_key_signs() -> None:
    assert dict(sign(PICTURE, "image", rules()))["sig"].startswith("new.")


def test_an_expiry_is_signed_along() -> None:
    signed = sign(PICTURE, "image", rules(), expires=1_900_000_000)
    assert admit(signed, "image", "shoes/red.jpg", rules(), KNOWN).until == 1_900_000_000
    later = [(name, "1900000001" if name == "expires" else text) for name, text in signed]
    with pytest.raises(Refused, match="is not right"):
        admit(later, "image", "shoes/red.jpg", rules(), KNOWN)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(
    pairs=st.dictionaries(st.sampled_from(["src", "width", "tmp", "title"]), TEXTS, min_size=1),
    name=st.sampled_from(["src", "width", "tmp", "title", "expires", "sig"]),
    text=TEXTS,
)
def test_whatever_is_changed_breaks_the_signature(pairs: dict[str, str], name: str, text: str) -> None:
    signed = dict(sign(tuple(pairs.items()), "image", rules()))
    if signed.get(name) == text:
        return
    with pytest.raises(Refused):
        admit(tuple({**signed, name: text}.items()), "image", "x", rules(), KNOWN)


def test_a_signature_is_for_one_purpose() -> None:
    signed = sign(PICTURE, "image", rules())
    with pytest.raises(Refused, match="is not right"):
        admit(signed, "original", "shoes/red.jpg", rules(), KNOWN)


@pytest.mark.parametrize("sig", ["", ".", "new.", "nobody.abc", "new.é", "new." + "A" * 5000])
def test_invented_signatures_are_refused(sig: str) -> None:
    with pytest.raises(Refused, match="is not right"):
        admit((*PICTURE, ("sig", sig)), "image", "shoes/red.jpg", rules(), KNOWN)


@pytest.mark.parametrize(
    ("asked", "given"), [("1", "100"), ("100", "100"), ("101", "200"), ("400", "400"), ("9999", "400"), ("0", "0")]
)
def test_sizes_go_up_to_the_next_step(asked: str, given: str) -> None:
    assert width((("src", "a"), ("width", asked)), rules(Mode.LADDER)) == given


def test_sizes_off_the_ladder_are_refused_where_the_site_says_so() -> None:
    of = rules(Mode.LADDER, snap=False)
    assert width((("src", "a"), ("width", "200")), of) == "200"
    with pytest.raises(BadOption, match="100, 200, 400"):
        width((("src", "a"), ("width", "201")), of)


def test_other_options_come_from_templates_on_a_ladder() -> None:
    with pytest.raises(BadOption, match="given by a template"):
        width((*PICTURE, ("overlay", "b.png")), rules(Mode.LADDER))
    assert width((*PICTURE, ("tmp", "card"), ("utm_source", "mail")), rules(Mode.LADDER)) == "400"


def test_a_signature_frees_from_the_ladder() -> None:
    signed = sign((*PICTURE[:1], ("width", "123"), ("overlay", "b.png")), "image", rules())
    assert width(tuple(signed), rules(Mode.LADDER)) == "123"
