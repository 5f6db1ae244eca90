"""What a render worker is asked to do. Orders are pickled on their way; only trusted code makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qis_core.api import Limits, PageHint, Quality, Recipe

DECODED_BASES = 2
"""The version of bases that are made with a picture's own decoder: those of others are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOrder:
    """One rendering. Files travel beside the order: file 0 is the source.

    ``levels`` are reduced copies of the source's page: the index of each one's file by the number
    that its sides are divided by: of a pyramid where the whole picture is among them, else bases,
    which stand in wherever they have twice the pixels that are wanted. ``pictures`` gives for each
    picture resource the index of its file, ``profiles`` the bytes of each profile resource, both by
    resource name and already permitted. ``facts`` is what analysers have found in the source.
    """

    recipe: Recipe
    source_name: str
    levels: Mapping[float, int] = field(default_factory=dict)
    pictures: Mapping[str, int] = field(default_factory=dict)
    profiles: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """What one page of file 0 is, without decoding it."""

    source_name: str
    hint: PageHint = field(default_factory=PageHint)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeOrder:
    """What file 0 is, as a probe of its first page tells, and the metadata in it unless ``metadata`` is false.

    ``look``, where it is given, is the recipe of the small rendering that the analysers look at; ``levels`` as
    `RenderOrder` has them.
    """

    source_name: str
    metadata: bool = True
    look: Recipe | None = None
    levels: Mapping[float, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOrder:
    """A copy of one page of file 0, its sides divided by ``shrink``, written to file 1; in a pool that may write.

    ``quick`` as `PyramidMaker.make` has it.
    """

    source_name: str
    shrink: float
    quick: bool = False
    hint: PageHint = field(default_factory=PageHint)
    limits: Limits = field(default_factory=Limits)


Order = RenderOrder | ProbeOrder | DescribeOrder | LevelOrder
