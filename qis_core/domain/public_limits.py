"""How large a picture the public may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qis_core.api import BadOption, Step
from qis_core.domain.links import LinkRules

_RESIZE = "resize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the server allows to one who asks: sizes in pixels for anonymous requests, 0 is no limit.

    ``engines`` tells whether the URL may name an engine; ``links`` which URLs the public may make up
    itself (None: any).
    """

    max_width: int = 0
    max_height: int = 0
    anonymous: bool = True
    engines: bool = True
    links: LinkRules | None = None

    @property
    def limits(self) -> bool:
        """Whether the one who asks is limited at all."""
        return self.anonymous and bool(self.max_width or self.max_height)


def public_bounds(steps: Sequence[Step], template_steps: Sequence[Step], policy: Policy) -> tuple[int, int]:
    """The size inside which the result has to be fitted; 0 is no limit.

    ``steps`` are the recipe's, ``template_steps`` those that its template alone would give. A
    template with a larger size than the limit lifts it for itself; of the URL a larger size is
    refused (BadOption), and a size that nobody gave is bounded by the limit.
    """
    if not policy.limits:
        return 0, 0
    wanted, of_template = _sizes(steps), _sizes(template_steps)
    limits = policy.max_width, policy.max_height
    lifted = False
    for name, size, own, limit in zip(("width", "height"), wanted, of_template, limits, strict=True):
        if limit and size > limit:
            if size > own:
                raise BadOption(name, size, f"at most {max(limit, own)}, the limit of this site for the public")
            lifted = True
    if lifted:
        return 0, 0
    return (0 if wanted[0] else limits[0]), (0 if wanted[1] else limits[1])


def _sizes(steps: Sequence[Step]) -> tuple[int, int]:
    for step in steps:
        if step.operation == _RESIZE:
            width, height = step.options.get("width"), step.options.get("height")
            return (width if isinstance(width, int) else 0), (height if isinstance(height, int) else 0)
    return 0, 0
