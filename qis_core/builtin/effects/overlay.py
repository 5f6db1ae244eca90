"""A second picture on top: `&overlay=logos/mark.png&ovsize=0.3&ovpos=se&ovopacity=0.5`."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from qis_core.api import (
    DeepContext,
    DeepImage,
    OperationContext,
    Options,
    Path,
    Phase,
    Picture,
    PixelOperation,
    Place,
    Real,
    Resource,
    Size,
)


class Overlay(PixelOperation):
    """Lays a second picture on top, with its transparency; it is never enlarged.

    ``ovsize`` is the overlay's width or height as a fraction of the picture's, whichever it
    meets first; unset or 0 means as large as it is, inside the picture.
    """

    name = "overlay"
    phase = Phase.OVERLAY
    deep = True
    modes = ("L", "LA", "RGB", "RGBA", "CMYK")
    options = (
        # An overlay is never enlarged: on a picture blown up it would be hard to see.
        Path("overlay", key="overlay_src", holds=("overlay_size", "overlay_pos", "overlay_opacity", "enlarge"),
             help="A second picture to lay on top: its path in the library"),
        Real(
            "ovsize", key="overlay_size", default=1.0,
            help="Its size as a fraction of the picture's width or height, whichever it meets first",
        ),
        Place("ovpos", key="overlay_pos", default="c", points=False, help="Where it lies"),
        Real("ovopacity", key="overlay_opacity", default=1.0, help="How opaque it is; 0 leaves it out"),
    )  # fmt: skip

    def is_noop(self, options: Options) -> bool:
        return not options.get("overlay_src") or options.overlay_opacity == 0

    def normalise(self, options: Options) -> Options:
        return super().normalise(options.without("overlay_size") if options.overlay_size == 0 else options)

    def resources(self, options: Options) -> Sequence[Resource]:
        return (Resource(kind="picture", name=str(options["overlay_src"])),)

    def reach(self, options: Options) -> int:
        """Each pixel by itself: the overlay's place is known from the canvas."""
        return 0

    def apply(self, image: Image.Image, options: Options, context: OperationContext) -> Image.Image:
        size = _fraction(context.canvas, options.overlay_size or 1.0)
        overlay = context.picture(str(options["overlay_src"]), size)
        mask = _mask(overlay.image, options.overlay_opacity)
        return _laid(image, overlay, mask, _place(overlay.image.size, options, context), context)

    def apply_deep(self, image: DeepImage, options: Options, context: DeepContext) -> DeepImage:
        overlay, metadata = context.deep_picture(
            str(options["overlay_src"]), _fraction(context.canvas, options.overlay_size or 1.0)
        )
        model, profile = image.mode.removesuffix("A"), context.metadata.icc_profile
        if model == "L" and overlay.mode not in ("L", "LA"):
            image, model, profile = image.as_model("RGB"), "RGB", None
        top, _ = context.deep_convert(overlay.opaque(), metadata, model, profile)
        mask = overlay if overlay.mode.endswith("A") else None
        return image.overlaid(top, mask, options.overlay_opacity, _place(overlay.size, options, context))


def _place(size: tuple[int, int], options: Options, context: OperationContext | DeepContext) -> tuple[int, int]:
    """Where the overlay's top left pixel lies in the picture at hand."""
    x, y = Place.point(options.overlay_pos)
    left = round((context.canvas.width - size[0]) * x) - context.origin[0]
    return left, round((context.canvas.height - size[1]) * y) - context.origin[1]


def _fraction(canvas: Size, part: float) -> Size:
    return Size(width=max(1, round(canvas.width * part)), height=max(1, round(canvas.height * part)))


def _mask(overlay: Image.Image, opacity: float) -> Image.Image:
    """How much of each of the overlay's pixels shows, 0–255."""
    if overlay.mode in ("LA", "RGBA"):
        alpha = overlay.getchannel("A")
        return alpha if opacity == 1 else alpha.point(lambda value: round(value * opacity))
    return Image.new("L", overlay.size, round(255 * opacity))


def _laid(
    image: Image.Image, overlay: Picture, mask: Image.Image, place: tuple[int, int], context: OperationContext
) -> Image.Image:
    """``image`` with the overlay on it, in the image's own colours; grey becomes RGB under a coloured overlay."""
    model = {"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)
    if model == "L" and overlay.image.mode not in ("L", "LA", "I;16"):
        image, model = image.convert("RGBA" if image.mode == "LA" else "RGB"), "RGB"
    opaque = overlay.with_image(overlay.image.convert(overlay.image.mode.removesuffix("A")))
    colours = context.convert(opaque, model, context.metadata.icc_profile).image
    if image.mode == model:
        image.paste(colours, place, mask)
        return image
    # Both have alpha: laid over each other as light passes (Porter and Duff's "over").
    top = Image.new(image.mode, image.size, (*[0] * len(model), 0))
    top.paste(Image.merge(image.mode, (*colours.split(), mask)), place)
    return _over(image, top)


def _over(below: Image.Image, top: Image.Image) -> Image.Image:
    if below.mode == "RGBA":
        return Image.alpha_composite(below, top)
    return Image.alpha_composite(below.convert("RGBA"), top.convert("RGBA")).convert("LA")
