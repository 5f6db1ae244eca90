"""How analysers get to look at pictures: a small rendering, and a name for who looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from qis_core.api import Analyser, Recipe
from qis_core.domain.compose import Policy, compose
from qis_core.domain.templates import TemplateSet
from qis_core.domain.vocabulary import Vocabulary
from qis_core.imaging.orders import DescribeOrder

_SMALLEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``recipe`` makes the rendering, large enough for every analyser; ``analysis`` tells which ones there are, and
    their versions: what others have found is out of date."""

    recipe: Recipe
    analysis: str

    def order(self, order: DescribeOrder) -> DescribeOrder:
        """The order for what analysers find in the file that ``order`` describes."""
        return replace(order, metadata=False, look=self.recipe)


def look_of(vocabulary: Vocabulary, analysers: Mapping[str, Analyser]) -> Look:
    """The look of all installed analysers."""
    width = max((analyser.size.width for analyser in analysers.values()), default=_SMALLEST)
    height = max((analyser.size.height for analyser in analysers.values()), default=_SMALLEST)
    # No template has a say: an overlay, say, would need another picture.
    made = compose(
        f"src=look&width={width}&height={height}&autosizefit=1&fill=none&format=png",
        vocabulary=vocabulary,
        templates=TemplateSet(()),
        policy=Policy(),
    )
    text = " ".join(sorted(f"{name}:{analyser.version}" for name, analyser in analysers.items()))
    return Look(recipe=made.recipe, analysis=sha256(text.encode()).hexdigest()[:32] if text else "")
