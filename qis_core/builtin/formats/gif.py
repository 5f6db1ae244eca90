"""GIF: frames put together as browsers do, palettes made for the rendering.

The file is walked here rather than by Pillow, which counts frames slowly, lets a later frame
enlarge the picture, and paints what no frame covers in the background colour. Each frame's
pixels are still unpacked by Pillow, from a file made of that frame alone. Layout: GIF89a
specification, sections 17–24; the NETSCAPE2.0 extension for the number of rounds; the one of XMP.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from qis_core.api import (
    AnimationFrame,
    BrokenImage,
    Decoded,
    DecodeHint,
    Decoder,
    Encoder,
    Metadata,
    Options,
    PageHint,
    Size,
    Source,
    SourceInfo,
    TooLarge,
)
from qis_core.builtin.formats.animation import divided, divisor, region
from qis_core.builtin.formats.reading import demand_format, demand_page, reading
from qis_core.builtin.formats.writing import demand_side, save

LONGEST_SIDE = 65535
MOST_BLOCKS = 2_000_000
"""Blocks that a file may have. Full blocks make this 500 MB; more of them only cost time."""

SAMPLE_PIXELS = 40_000
"""Pixels from which the palette of a picture with many colours is chosen."""

_CLEAR, _RESTORE = 2, 3
_XMP = b"XMP DataXMP"
_XMP_TRAILER = bytes([1, *range(255, -1, -1), 0])
"""XMP specification part 3, 1.1.2: the application extension of GIF."""

_LONGEST_XMP = 2 * 1024**2
_TRAILER = b";"
_GREY_PALETTE = bytes(value for grey in range(256) for value in (grey, grey, grey))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """One image of the file: its box on the canvas, where its data are, and how it is shown."""

    box: tuple[int, int, int, int]
    data: slice
    palette: bytes
    interlaced: bool
    transparent: int | None
    disposal: int
    duration: int

    @property
    def size(self) -> tuple[int, int]:
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gif:
    """The structure of a file; ``size`` holds the screen and every frame."""

    data: bytes
    size: tuple[int, int]
    frames: Sequence[_Frame]
    rounds: int
    xmp: bytes | None

    @property
    def has_alpha(self) -> bool:
        first = self.frames[0]
        return first.transparent is not None or first.box != (0, 0, *self.size)


class GifDecoder(Decoder):
    """GIF87a and GIF89a; every frame is a page too, as it looks when it is shown."""

    name = "gif"
    features = frozenset({"pages", "animation", "alpha", "metadata"})
    extensions = ("gif",)
    media_types = ("image/gif",)
    output = "gif"

    def sniff(self, head: bytes) -> bool:
        return head.startswith((b"GIF87a", b"GIF89a"))

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        gif = self._walk(source)
        demand_page(hint.page, len(gif.frames))
        return SourceInfo(
            format=self.name,
            size=Size(width=gif.size[0], height=gif.size[1]),
            pages=len(gif.frames),
            frames=len(gif.frames),
            mode="P",
            has_alpha=gif.has_alpha,
        )

    def metadata(self, source: Source, hint: PageHint) -> Metadata:
        gif = self._walk(source)
        demand_page(hint.page, len(gif.frames))
        return Metadata(xmp=gif.xmp)

    def decode(self, source: Source, hint: DecodeHint) -> Decoded:
        gif = self._walk(source)
        index, metadata = demand_page(hint.page, len(gif.frames)), Metadata(xmp=gif.xmp)
        with reading("GIF"):
            if hint.animation and len(gif.frames) > 1:
                by = divisor(Size(width=gif.size[0], height=gif.size[1]), hint.minimum)
                shown = [replace(frame, image=divided(frame.image, by)) for frame in _composited(gif)]
                frames = _without_idle_alpha(shown)
                first = frames[index].image
                return Decoded(image=first, metadata=metadata, region=region(first, by), frames=frames, loop=gif.rounds)
            *_, last = _composited(gif, last=index)
            return Decoded(image=_without_idle_alpha([last])[0].image, metadata=metadata)

    def _walk(self, source: Source) -> _Gif:
        demand_format(self, source)
        with reading("GIF"), source.open() as stream:
            return _walk(stream.read())


def _walk(data: bytes) -> _Gif:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position, palette = 13, _GREY_PALETTE
    if flags & 0x80:
        position, palette = _palette(data, 13, flags)
    frames: list[_Frame] = []
    rounds, control, steps, xmp = 1, b"", 0, None
    try:
        while (marker := data[position]) != 0x3B:
            if marker == 0x21:
                end, steps = _end_of_blocks(data, position + 2, steps)
                body = data[position + 3 : position + 3 + data[position + 2]]
                if data[position + 1] == 0xF9 and len(body) >= 4:
                    control = body
                elif data[position + 1] == 0xFF and body == b"NETSCAPE2.0":
                    rounds = _rounds(data[position + 14 : end])
                elif data[position + 1] == 0xFF and body == _XMP:
                    xmp = _packet(data[position + 3 + len(_XMP) : end])
                position = end
            elif marker == 0x2C:
                frame, steps = _frame(data, position, palette, control, steps)
                frames.append(frame)
                position, control = frame.data.stop, b""
            else:
                # Bytes between blocks mean nothing; many files have some.
                position += 1
                steps = _step(steps)
    except (IndexError, struct.error):
        # The file ends early: the frames before its end can still be shown.
        pass
    if not frames:
        raise BrokenImage("this GIF file holds no picture")
    size = (max(width, *(f.box[2] for f in frames), 0), max(height, *(f.box[3] for f in frames), 0))
    if not min(size):
        raise BrokenImage("this GIF file holds an empty picture")
    return _Gif(data=data, size=size, frames=frames, rounds=rounds, xmp=xmp)


def _palette(data: bytes, position: int, flags: int) -> tuple[int, bytes]:
    """The place after a palette, and its bytes."""
    end = position + (6 << (flags & 7))
    if end > len(data):
        raise IndexError
    return end, data[position:end]


def _frame(data: bytes, position: int, palette: bytes, control: bytes, steps: int) -> tuple[_Frame, int]:
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, position + 1)
    start = position + 10
    if flags & 0x80:
        start, palette = _palette(data, start, flags)
    end, steps = _end_of_blocks(data, start + 1, steps)
    packed, delay, transparent = struct.unpack_from("<BHB", control) if control else (0, 0, 0)
    frame = _Frame(
        box=(left, top, left + width, top + height),
        data=slice(start, end),
        palette=palette,
        interlaced=bool(flags & 0x40),
        transparent=transparent if packed & 1 else None,
        disposal=packed >> 2 & 7,
        duration=delay * 10,
    )
    return frame, steps


def _end_of_blocks(data: bytes, position: int, steps: int) -> tuple[int, int]:
    """The place after a chain of data blocks, and the number of steps so far. Raises IndexError at the file's end."""
    while length := data[position]:
        position += length + 1
        steps = _step(steps)
    return position + 1, steps


def _step(steps: int) -> int:
    if steps >= MOST_BLOCKS:
        raise TooLarge("the number of blocks in this GIF file", f"more than {MOST_BLOCKS}", MOST_BLOCKS)
    return steps + 1


def _rounds(blocks: bytes) -> int:
    """How often the animation is shown: the extension counts the repetitions, 0 is for ever."""
    if len(blocks) < 4 or blocks[1] != 1:
        return 1
    repetitions: int = struct.unpack_from("<H", blocks, 2)[0]
    return repetitions + 1 if repetitions else 0


def _packet(blocks: bytes) -> bytes | None:
    """XMP is no chain of data blocks: the packet stands as it is, and a trailer leads those who take it for one out."""
    packet = blocks.removesuffix(_XMP_TRAILER)
    return packet if packet and packet != blocks and len(packet) <= _LONGEST_XMP else None


def _composited(gif: _Gif, last: int | None = None) -> Iterator[AnimationFrame]:
    """Every frame, up to number ``last``, on a transparent canvas over what earlier ones left, as RGBA.

    Without ``last`` each frame is a picture of its own; with it they share one, for only the last counts.
    """
    canvas = Image.new("RGBA", gif.size)
    for frame in gif.frames[: None if last is None else last + 1]:
        before = canvas.copy() if frame.disposal == _RESTORE else None
        if min(frame.size) > 0:
            patch = _patch(gif.data, frame)
            canvas.paste(patch, frame.box, patch)
        yield AnimationFrame(image=canvas.copy() if last is None else canvas, duration=frame.duration)
        if before is not None:
            canvas = before
        elif frame.disposal == _CLEAR and frame is not gif.frames[-1 if last is None else last]:
            canvas.paste((0, 0, 0, 0), frame.box)


def _patch(data: bytes, frame: _Frame) -> Image.Image:
    """The frame's own pixels as RGBA."""
    depth = (len(frame.palette) // 3).bit_length() - 2
    width, height = frame.size
    alone = b"".join([
        b"GIF89a", struct.pack("<HHBBB", width, height, 0x80 | depth, 0, 0), frame.palette,
        b",", struct.pack("<HHHHB", 0, 0, width, height, 0x40 if frame.interlaced else 0), data[frame.data], b";",
    ])  # fmt: skip
    image = GifImageFile(io.BytesIO(alone))
    image.load()
    colours = image.convert("RGB")
    if frame.transparent is None:
        colours.putalpha(255)
    else:
        indices = Image.frombytes("L", image.size, image.tobytes())
        colours.putalpha(indices.point([0 if index == frame.transparent else 255 for index in range(256)]))
    return colours


def _without_idle_alpha(frames: list[AnimationFrame]) -> list[AnimationFrame]:
    """The frames as RGB where no pixel of any of them is transparent."""
    if any(frame.image.getchannel("A").getextrema() != (255, 255) for frame in frames):
        return frames
    return [AnimationFrame(image=frame.image.convert("RGB"), duration=frame.duration) for frame in frames]


class GifEncoder(Encoder):
    """GIF with up to 256 colours chosen for the picture; half-transparent pixels become one or the other."""

    name = "gif"
    extensions = ("gif",)
    media_type = "image/gif"
    modes = ("RGB", "RGBA", "L", "LA")
    alpha = True
    animation = True
    metadata = frozenset({"xmp"})

    def encode(self, image: Image.Image, options: Options, metadata: Metadata, out: BinaryIO) -> None:
        demand_side(image, "GIF", LONGEST_SIDE)
        indexed, transparent = with_palette(image)
        buffer = io.BytesIO()
        save(indexed, buffer, "GIF", transparency=transparent, optimize=False, interlace=0)
        out.write(_with_xmp(buffer.getvalue(), metadata.xmp))

    def encode_animation(
        self, frames: Sequence[AnimationFrame], loop: int, options: Options, metadata: Metadata, out: BinaryIO
    ) -> None:
        demand_side(frames[0].image, "GIF", LONGEST_SIDE)
        pictures = [_frame_picture(frame.image) for frame in frames]
        clear = any("transparency" in picture.info for picture in pictures)
        repetitions = {"loop": max(loop - 1, 0)} if loop != 1 else {}
        buffer = io.BytesIO()
        pictures[0].save(
            buffer,
            "GIF",
            save_all=True,
            append_images=pictures[1:],
            duration=[min(frame.duration, 655_350) for frame in frames],
            disposal=_CLEAR if clear else 1,
            optimize=False,
            interlace=0,
            **repetitions,
        )
        out.write(_with_xmp(buffer.getvalue(), metadata.xmp))


def _with_xmp(data: bytes, packet: bytes | None) -> bytes:
    """The file with the packet at its end; as it is where the packet is none that a GIF can hold."""
    if not packet or not _is_text(packet):
        return data
    extension = b"\x21\xff" + bytes([len(_XMP)]) + _XMP + packet + _XMP_TRAILER
    # Extensions came with the second version.
    return b"GIF89a" + data[6:].removesuffix(_TRAILER) + extension + _TRAILER


def _is_text(packet: bytes) -> bool:
    try:
        return "\0" not in packet.decode()
    except UnicodeDecodeError:
        return False


def _frame_picture(image: Image.Image) -> Image.Image:
    indexed, transparent = with_palette(image)
    indexed.info = {} if transparent is None else {"transparency": transparent}
    return indexed


def with_palette(image: Image.Image) -> tuple[Image.Image, int | None]:
    """The picture with at most 256 colours (dithered where it has more), and the transparent index, if any."""
    if image.mode == "L":
        return image, None
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    colours = image.convert("RGB")
    if alpha is None or alpha.getextrema() == (255, 255):
        return _quantised(colours, 256), None
    indexed = _quantised(colours, 255)
    palette = (indexed.getpalette() or [])[: 255 * 3]
    indexed.putpalette(palette + [0] * (768 - len(palette)))
    indexed.paste(255, mask=alpha.point(lambda value: 255 if value < 128 else 0))
    return indexed, 255


def _quantised(image: Image.Image, colours: int) -> Image.Image:
    if image.getcolors(colours) is not None:
        return image.quantize(colours, method=Image.Quantize.MEDIANCUT)
    # Choosing colours takes longer than all the rest, and a sample of the pixels is enough for it.
    scale = min((SAMPLE_PIXELS / (image.width * image.height)) ** 0.5, 1)
    size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    sample = image.resize(size, Image.Resampling.NEAREST)
    palette = sample.quantize(colours, method=Image.Quantize.MEDIANCUT)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
