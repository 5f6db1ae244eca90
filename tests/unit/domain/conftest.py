"""A vocabulary of the geometry in the box and some declared formats, for tests of the domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from qis_core.api import (
    Bool,
    Choice,
    Decoder,
    Encoder,
    FinishingOperation,
    Frame,
    Int,
    Limits,
    Operation,
    Options,
    Path,
    Phase,
    PixelOperation,
    Real,
    Recipe,
    Resource,
    Size,
    SourceInfo,
)
from qis_core.builtin.geometry.crop import Crop
from qis_core.builtin.geometry.flip import Flip
from qis_core.builtin.geometry.resize import Resize
from qis_core.builtin.geometry.rotate import Rotate
from qis_core.builtin.geometry.tile import CutTile
from qis_core.domain import geometry
from qis_core.domain.compose import ImageRequest, Policy, compose
from qis_core.domain.templates import STOCK, Template, TemplateSet
from qis_core.domain.vocabulary import Vocabulary


class Written(Encoder):
    """A format as it is declared; it is never asked to write."""

    def __init__(
        self, name: str, media_type: str, *, alpha: bool = False, costly: bool = False, aliases: Sequence[str] = ()
    ) -> None:
        self.name, self.media_type, self.alpha, self.costly, self.aliases = name, media_type, alpha, costly, aliases
        self.extensions = (name,)

    def encode(self, *args: object) -> None:
        raise NotImplementedError


class WithQuality(Written):
    """A format with a quality."""

    def __init__(self, name: str, media_type: str, low: int, high: int, default: int, **more: object) -> None:
        super().__init__(name, media_type, **more)  # type: ignore[arg-type]
        self.options = (Int("quality", minimum=low, maximum=high, default=default),)


class Read(Decoder):
    """A format as it is declared; it is never asked to read."""

    def __init__(self, *extensions: str, output: str = "jpg", alpha: bool = True) -> None:
        self.name, self.extensions, self.output, self.alpha = extensions[0], extensions, output, alpha
        self.media_types = ()

    def sniff(self, head: bytes) -> bool:
        raise NotImplementedError

    def probe(self, *args: object) -> SourceInfo:
        raise NotImplementedError

    def decode(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


class Blur(PixelOperation):
    """An operation on pixels."""

    name = "sharpen"
    phase = Phase.SHARPEN
    options = (Int("sharpen", minimum=-500, maximum=500, default=0),)

    def apply(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


class Stamp(PixelOperation):
    """An operation with a second picture."""

    name = "overlay"
    phase = Phase.OVERLAY
    options = (Path("overlay", key="overlay_src"), Real("ovopacity", key="overlay_opacity", default=1.0))

    def is_noop(self, options: Options) -> bool:
        return "overlay_src" not in options or options.overlay_opacity == 0

    def resources(self, options: Options) -> Sequence[Resource]:
        return [Resource(kind="picture", name=options.overlay_src)]

    def apply(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


class Strip(FinishingOperation):
    """An operation on what stands beside the pixels."""

    name = "strip"
    phase = Phase.STRIP
    options = (Bool("strip"),)

    def finish(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


class Colours(FinishingOperation):
    """An operation on the colour model."""

    name = "colorspace"
    phase = Phase.COLOURSPACE
    options = (Choice("colorspace", choices=("rgb", "cmyk", "gray"), aliases={"srgb": "rgb", "grey": "gray"}),)

    def needs_fill(self, options: Options) -> bool:
        return bool(options.colorspace == "cmyk")

    def finish(self, *args: object) -> None:  # type: ignore[override]
        raise NotImplementedError


ENCODERS: Sequence[Encoder] = (
    WithQuality("jpg", "image/jpeg", 1, 100, 80, aliases=("jpeg",)),
    WithQuality("pjpg", "image/jpeg", 1, 100, 80, aliases=("pjpeg",)),
    WithQuality("png", "image/png", 10, 99, 79, alpha=True),
    WithQuality("webp", "image/webp", 1, 100, 80, alpha=True),
    WithQuality("avif", "image/avif", 1, 100, 60, alpha=True, costly=True),
    Written("gif", "image/gif", alpha=True),
    Written("tif", "image/tiff", alpha=True, aliases=("tiff",)),
    Written("pdf", "application/pdf"),
)
DECODERS: Sequence[Decoder] = (
    Read("jpg", "jpeg", "jfif", alpha=False),
    Read("png", output="png"),
    Read("tif", "tiff", output="tif"),
    Read("bmp", output="png"),
    Read("pdf"),
    Read("raw", alpha=False),
)
OPERATIONS: Sequence[Operation] = (
    Strip(), Colours(), Stamp(), Blur(), CutTile(), Resize(), Crop(), Rotate(), Flip()
)  # fmt: skip


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(
        {operation.name: operation for operation in OPERATIONS},
        {name: encoder for encoder in ENCODERS for name in (encoder.name, *encoder.aliases)},
        {decoder.name: decoder for decoder in DECODERS},
    )


PLAIN = Template(name="Plain")
"""A template that sets nothing."""


@pytest.fixture(scope="session")
def ask(vocabulary: Vocabulary) -> Callable[..., ImageRequest]:
    """``ask(query, *templates, default="Plain", folders={}, policy=…, accept="", quick=False)``: the request."""

    def asked(
        query: str,
        *templates: Template,
        default: str = "Plain",
        folders: dict[str, str] | None = None,
        policy: Policy | None = None,
        accept: str = "",
        quick: bool = False,
    ) -> ImageRequest:
        lookup = TemplateSet([*STOCK, PLAIN, *templates], default=default, folders=folders)
        return compose(
            query, vocabulary=vocabulary, templates=lookup, policy=policy or Policy(), accept=accept, quick=quick
        )

    return asked


@pytest.fixture(scope="session")
def planned() -> Callable[..., Frame]:
    """``planned(recipe, width, height, orientation=1, limits=…)``: the frame of a source of that size."""

    def plan(recipe: Recipe, width: int, height: int, orientation: int = 1, limits: Limits | None = None) -> Frame:
        info = SourceInfo(format="jpg", size=Size(width=width, height=height), orientation=orientation)
        return geometry.plan(recipe, info, {o.name: o for o in OPERATIONS}, limits or Limits())

    return plan
