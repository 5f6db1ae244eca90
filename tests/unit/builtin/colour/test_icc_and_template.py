"""A profile in the URL beside what templates say of colours."""

import pytest

from qis_core.domain.compose import ImageRequest, Policy, compose
from qis_core.domain.templates import Template, TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins import Kernel

TEMPLATES = TemplateSet(
    [
        Template(name="Default", values={"strip": True, "colorspace": "rgb"}),
        Template(name="Locked", values={"colorspace": "rgb"}, locked=frozenset({"colorspace"})),
    ]
)


@pytest.fixture
def steps(kernel: Kernel):  # type: ignore[no-untyped-def]
    registries = kernel.registries
    vocabulary = Vocabulary(registries.operations, registries.encoders, registries.decoders)

    def of(query: str) -> dict[str, dict[str, object]]:
        request: ImageRequest = compose(
            "src=a.jpg&" + query, vocabulary=vocabulary, templates=TEMPLATES, policy=Policy(anonymous=True)
        )
        return {step.operation: dict(step.options) for step in request.recipe.steps}

    return of


def test_a_templates_colour_space_does_not_undo_the_urls_profile(steps) -> None:  # type: ignore[no-untyped-def]
    assert "colorspace" not in steps("icc=grey")
    assert "colorspace" in steps("width=10")


def test_the_urls_own_colour_space_comes_after_its_profile(steps) -> None:  # type: ignore[no-untyped-def]
    assert steps("icc=grey&colorspace=rgb")["colorspace"] == {"colorspace": "rgb"}


def test_a_locked_colour_space_stays(steps) -> None:  # type: ignore[no-untyped-def]
    assert "colorspace" in steps("icc=grey&tmp=locked")


def test_the_profile_that_was_asked_for_is_not_stripped(steps) -> None:  # type: ignore[no-untyped-def]
    assert steps("icc=grey")["strip"] == {"strip": True, "strip_profile": False}
    assert steps("width=10")["strip"] == {"strip": True}
