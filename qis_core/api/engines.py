"""Engines render whole jobs; the one with the highest priority that supports a job does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qis_core.api.formats import Decoder, Encoder
from qis_core.api.frame import Frame
from qis_core.api.operations import FinishingOperation, PixelOperation
from qis_core.api.options import Options
from qis_core.api.pyramids import ReducedCopy
from qis_core.api.recipe import Recipe
from qis_core.api.values import Limits, Rendition, Source, SourceInfo


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How a site trades speed for quality: ``fast`` decodes as small as possible, ``gamma_correct``
    resamples in linear light; ``default_cmyk`` is the ICC profile of CMYK files without one; ``engine``
    names the engine that is asked first where the recipe names none."""

    fast: bool = False
    gamma_correct: bool = False
    default_cmyk: bytes | None = None
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """Everything one rendering needs, fetched, permitted, planned and within limits.

    ``frame`` is the plan of the recipe's framing steps; ``pixel_steps`` (phase order) and
    ``finishing_steps`` are the others with their options. ``pictures`` are the sources of
    picture resources with decoder and info, ``profiles`` the ICC profiles, both by resource name.
    ``next_engines`` are those that would do the job if the asked engine did not, the best first:
    it may change the job (give it a faster decoder, say) and have it done by them.
    ``copies`` are reduced copies of the page that may stand in for it, each as stored, in no other
    orientation or colour space; ``decoder`` reads them already. They are bases (one, which has
    enough for all that the job shows) unless there is one with ``shrink`` 1.
    """

    recipe: Recipe
    frame: Frame
    info: SourceInfo
    source: Source
    decoder: Decoder
    encoder: Encoder
    limits: Limits
    pixel_steps: Sequence[tuple[PixelOperation, Options]] = ()
    finishing_steps: Sequence[tuple[FinishingOperation, Options]] = ()
    pictures: Mapping[str, PictureResource] = field(default_factory=dict)
    profiles: Mapping[str, bytes] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)
    next_engines: Sequence[Engine] = ()
    copies: Sequence[ReducedCopy] = ()

    def by_next_engine(self) -> Rendition:
        """The rendering of this job by the first of ``next_engines``. Raises IndexError where there is none."""
        return self.next_engines[0].render(replace(self, next_engines=self.next_engines[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureResource:
    """A second picture that a job uses, sniffed and probed."""

    source: Source
    decoder: Decoder
    info: SourceInfo


class Engine(ABC):
    """Renders whole jobs. Runs in a worker process only, one job at a time."""

    name: str
    priority: int = 0
    version: int = 1
    wants_originals: bool = False
    """Whether it never gets a base instead of the original: engines for print say True."""

    @abstractmethod
    def supports(self, job: RenderJob) -> bool:
        """Whether this engine can do the whole job exactly as the contract says."""

    def streams(self, job: RenderJob) -> bool:
        """Whether it does this job without ever holding more of the source than the rendering needs.

        Asked of engines that support the job. Sources of more than ``Limits.source_pixels`` are
        rendered by such engines only. The default: False.
        """
        return False

    @abstractmethod
    def render(self, job: RenderJob) -> Rendition:
        """The complete rendering. Raises BrokenImage, TooLarge, UnsupportedFeature."""
