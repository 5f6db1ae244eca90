"""The public gets no more pixels than the site allows, unless a template says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qis_core.api import BadOption, Frame
from qis_core.domain.compose import ImageRequest, Policy
from qis_core.domain.templates import Template

Ask = Callable[..., ImageRequest]
PUBLIC = Policy(max_width=500, max_height=400)
BIG = Template(name="Big", values={"width": 2000})


@pytest.mark.parametrize("query", ["width=501", "width=300&dpr=2", "width=501&height=5", "width=501&tile=1:4"])
def test_a_larger_size_is_refused_with_the_limit(ask: Ask, query: str) -> None:
    with pytest.raises(BadOption, match=r"width: .* at most 500, the limit of this site"):
        ask(f"src=a.jpg&{query}", policy=PUBLIC)
    with pytest.raises(BadOption, match=r"height: .* at most 400"):
        ask("src=a.jpg&height=401", policy=PUBLIC)


def test_users_are_not_limited(ask: Ask) -> None:
    policy = Policy(max_width=500, max_height=400, anonymous=False)
    assert ask("src=a.jpg&width=501", policy=policy).recipe == ask("src=a.jpg&width=501").recipe


@pytest.mark.parametrize(
    ("query", "size"),
    [("", "500x375"), ("width=450", "450x338"), ("height=400", "500x375"), ("left=0.4&right=0.6", "107x400"),
     ("left=0.4&right=0.6&width=450", "107x400"), ("angle=90", "300x400"), ("tile=1:4", "250x187"),
     ("width=500&height=400", "500x400")],
)  # fmt: skip
def test_free_sizes_are_fitted_inside(ask: Ask, planned: Callable[..., Frame], query: str, size: str) -> None:
    assert str(planned(ask(f"src=a.jpg&{query}", policy=PUBLIC).recipe, 800, 600).size) == size


def test_a_small_picture_stays_as_it_is(ask: Ask, planned: Callable[..., Frame]) -> None:
    assert planned(ask("src=a.jpg", policy=PUBLIC).recipe, 80, 60).is_identity


def test_within_the_limits_everybody_shares_a_rendering(ask: Ask) -> None:
    query = "src=a.jpg&width=500&height=400&fit=cover"
    assert ask(query, policy=PUBLIC).recipe == ask(query).recipe


def test_one_limit_leaves_the_other_side_free(ask: Ask, planned: Callable[..., Frame]) -> None:
    request = ask("src=a.jpg&height=3000", policy=Policy(max_width=500))
    assert str(planned(request.recipe, 800, 4000).size) == "500x2500"


def test_a_template_lifts_the_limit_for_itself(ask: Ask, planned: Callable[..., Frame]) -> None:
    assert str(planned(ask("src=a.jpg&tmp=Big", BIG, policy=PUBLIC).recipe, 4000, 3000).size) == "2000x1500"
    with pytest.raises(BadOption, match="at most 2000"):
        ask("src=a.jpg&tmp=Big&width=2001", BIG, policy=PUBLIC)
    with pytest.raises(BadOption, match="height"):
        ask("src=a.jpg&tmp=Big&height=401", BIG, policy=PUBLIC)
    assert ask("src=a.jpg&tmp=Big&width=", BIG, policy=PUBLIC).recipe.bounds == (500, 400)
    assert ask("src=a.jpg&tmp=Big&width=300", BIG, policy=PUBLIC).recipe.bounds == (0, 400)
