"""Who may do what, before folders have rules of their own."""

import pytest

from qis_core.api import PUBLIC, AccessQuestion, Identity, Level, Refusal, Refused
from qis_core.services.access import ADMINISTRATORS, AccessService

ADMIN = Identity(id=1, username="admin", groups=frozenset({ADMINISTRATORS}))


def no_opinion(question: AccessQuestion) -> Refusal | None:
    return None


@pytest.mark.parametrize("public", [Level.NONE, Level.VIEW, Level.DOWNLOAD])
@pytest.mark.parametrize("level", list(Level))
def test_the_public_has_its_level_and_nothing_above(public: Level, level: Level) -> None:
    access = AccessService(public_level=public, decide=no_opinion)
    assert access.allows(PUBLIC, level, "a.jpg") is (level <= public)
    assert access.allows(ADMIN, level, "a.jpg")


def test_a_plugin_can_refuse_even_an_administrator() -> None:
    access = AccessService(
        public_level=Level.VIEW,
        decide=lambda question: Refusal(reason="closed on Sundays") if question.path == "a.jpg" else None,
    )
    with pytest.raises(Refused, match="closed on Sundays"):
        access.require(ADMIN, Level.VIEW, "a.jpg")
    access.require(PUBLIC, Level.VIEW, "b.jpg")


def test_a_refusal_says_who_may_not_do_what() -> None:
    access = AccessService(public_level=Level.VIEW, decide=no_opinion)
    with pytest.raises(Refused, match=r"the public may not download the original of 'shoes/red.jpg'"):
        access.require(PUBLIC, Level.DOWNLOAD, "shoes/red.jpg")
