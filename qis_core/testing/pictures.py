"""Drawn pictures, and files of every kind that decoders meet: good, odd, hostile and damaged.

Nothing here is random: the same call gives the same bytes. Pictures are Pillow images; files are
bytes. ``FILES`` makes one file of every kind by name, ``BOMBS`` those whose header claims far more
than they hold, and ``damaged`` cuts and flips any of them.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter, ImageFont

SIZE = (96, 72)
"""Width and height of the drawn pictures where the caller names none."""


def photo(size: tuple[int, int] = SIZE, seed: int = 1) -> Image.Image:
    """Like a photograph: soft shapes in many colours, with edges and some grain. RGB."""
    chance = random.Random(seed)
    coarse = Image.frombytes("RGB", (9, 7), chance.randbytes(9 * 7 * 3)).resize(size, Image.Resampling.BICUBIC)
    detail = Image.frombytes("RGB", (size[0] // 4 + 1, size[1] // 4 + 1), chance.randbytes(
        (size[0] // 4 + 1) * (size[1] // 4 + 1) * 3)).resize(size, Image.Resampling.BICUBIC)  # fmt: skip
    picture = Image.blend(coarse, detail, 0.25)
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        radius = chance.randrange(2, max(3, min(size) // 5))
        colour = chance.randrange(256), chance.randrange(256), chance.randrange(256)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    grain = Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3))
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(0.7)), grain, 0.04)


def line_art(size: tuple[int, int] = SIZE) -> Image.Image:
    """Like a technical drawing: thin lines and flat colours on white. RGB."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    width, height = size
    for step in range(0, width, max(width // 12, 2)):
        draw.line((step, 0, width - step, height), fill=("black", "red", "blue")[step % 3])
    draw.rectangle((width // 8, height // 8, width // 2, height // 2), outline="black", fill="#ffd700", width=2)
    draw.ellipse((width // 2, height // 3, width - 4, height - 4), outline="navy", width=2)
    return picture


def text(size: tuple[int, int] = SIZE) -> Image.Image:
    """Like a scanned page: black letters on white. RGB."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(12)
    for number, y in enumerate(range(2, size[1], 15)):
        draw.text((4, y), f"{number:02d} The quick brown fox jumps over the lazy dog. " * (size[0] // 200 + 1),
                  fill="black", font=font)  # fmt: skip
    return picture


def glass(size: tuple[int, int] = SIZE) -> Image.Image:
    """The photograph behind a gradient from transparent (left) to opaque (right). RGBA."""
    picture = photo(size).convert("RGBA")
    ramp = Image.linear_gradient("L").rotate(90).resize(size)
    picture.putalpha(ramp)
    return picture


def corners(size: tuple[int, int] = SIZE) -> Image.Image:
    """Four flat quarters (red, green; blue, yellow) that tell flips and turns apart. RGB."""
    picture = Image.new("RGB", size, "red")
    width, height = size
    picture.paste("lime", (width // 2, 0, width, height // 2))
    picture.paste("blue", (0, height // 2, width // 2, height))
    picture.paste("yellow", (width // 2, height // 2, width, height))
    return picture


def inks(size: tuple[int, int] = SIZE) -> Image.Image:
    """Four stripes of full cyan, magenta, yellow and black ink. CMYK, 255 is full ink."""
    picture = Image.new("CMYK", size)
    for number in range(4):
        ink = [0, 0, 0, 0]
        ink[number] = 255
        picture.paste(tuple(ink), (size[0] * number // 4, 0, size[0] * (number + 1) // 4, size[1]))
    return picture


def grey16(size: tuple[int, int] = SIZE) -> Image.Image:
    """A ramp through all 16-bit greys, dark on the left. I;16."""
    row = struct.pack(f"<{size[0]}H", *(x * 65535 // (size[0] - 1) for x in range(size[0])))
    return Image.frombytes("I;16", size, row * size[1])


def indexed(size: tuple[int, int] = SIZE, transparent: bool = False) -> Image.Image:
    """The four quarters with a palette; the red one is transparent if wanted. P."""
    picture = Image.new("P", size, 0)
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0])
    width, height = size
    picture.paste(1, (width // 2, 0, width, height // 2))
    picture.paste(2, (0, height // 2, width // 2, height))
    picture.paste(3, (width // 2, height // 2, width, height))
    if transparent:
        picture.info["transparency"] = 0
    return picture


def frames(count: int = 4, size: tuple[int, int] = (48, 36)) -> list[Image.Image]:
    """An animation: a ball that moves over a transparent ground. RGBA."""
    result = []
    for number in range(count):
        picture = Image.new("RGBA", size)
        left = number * (size[0] - 12) // max(count - 1, 1)
        ImageDraw.Draw(picture).ellipse((left, 8, left + 12, 20), fill=(255, 40 * number % 256, 0, 255))
        result.append(picture)
    return result


def encoded(image: Image.Image, format_name: str, **parameters: Any) -> bytes:
    """The picture as Pillow writes it."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **parameters)
    return buffer.getvalue()


def exif_block(orientation: int = 1) -> bytes:
    """An EXIF block with an orientation and a camera's name."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "QIS test camera"
    return block.tobytes()


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An sRGB profile made by littleCMS."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def oriented(orientation: int, format_name: str = "JPEG", size: tuple[int, int] = SIZE) -> bytes:
    """A file whose pixels have to be turned by ``orientation`` (1–8) to show ``corners`` upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    picture = corners(size)
    if orientation in undo:
        picture = picture.transpose(undo[orientation])
    return encoded(picture, format_name, exif=exif_block(orientation))


def cmyk_jpeg(adobe: bool = True) -> bytes:
    """``inks`` as JPEG: with Adobe's marker and therefore inverted, or without and as they are."""
    if adobe:
        return encoded(inks(), "JPEG", quality=95)
    data = encoded(ImageChops.invert(inks()), "JPEG", quality=95)
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + struct.unpack_from(">H", data, start + 2)[0] :]


def ycck_jpeg() -> bytes:
    """``inks`` as Photoshop stores them: YCCK, inverted, with Adobe's marker saying so."""
    cyan, magenta, yellow, black = inks().split()
    planes = [*Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split(), ImageChops.invert(black)]
    # Pillow inverts what it writes as CMYK; here the planes themselves are wanted in the file.
    data = bytearray(encoded(ImageChops.invert(Image.merge("CMYK", planes)), "JPEG", quality=95))
    data[data.index(b"\xff\xee") + 15] = 2
    return bytes(data)


def png_file(header: tuple[int, int, int, int], rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of (width, height, bit depth, colour type), filtered rows, and chunks before them."""
    body = struct.pack(">2L5B", *header, 0, 0, 0)
    parts = [(b"IHDR", body), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))
        for name, content in parts
    )


def rgb16_png() -> bytes:
    """A 16-bit RGB PNG: red grows to the right, blue downwards."""
    width, height = SIZE
    rows = b"".join(
        b"\0"
        + b"".join(struct.pack(">3H", x * 65535 // (width - 1), 0, y * 65535 // (height - 1)) for x in range(width))
        for y in range(height)
    )
    return png_file((width, height, 16, 2), rows)


def colour_key_png(bits: int = 8) -> bytes:
    """A PNG of four greys, the second of which is transparent by a tRNS chunk."""
    greys = [0, 1, 2, 3] if bits == 2 else [0, 85, 170, 255]
    row = bytes([greys[0] << 6 | greys[1] << 4 | greys[2] << 2 | greys[3]]) if bits == 2 else bytes(greys)
    return png_file((4, 2, bits, 0), (b"\0" + row) * 2, (b"tRNS", struct.pack(">H", greys[1])))


def tiff_file(tags: Mapping[int, tuple[str, Sequence[int]]], data: bytes = b"", order: str = "<") -> bytes:
    """A TIFF of one page. ``tags`` have a struct letter (B, H or L) and values; ``data`` begins at byte 8."""
    extra = 8 + len(data) + len(data) % 2
    body, entries = b"", b""
    for tag in sorted(tags):
        letter, values = tags[tag]
        packed = struct.pack(f"{order}{len(values)}{letter}", *values)
        head = struct.pack(order + "HHL", tag, {"B": 1, "H": 3, "L": 4}[letter], len(values))
        if len(packed) <= 4:
            entries += head + packed.ljust(4, b"\0")
        else:
            entries += head + struct.pack(order + "L", extra + len(body))
            body += packed + b"\0" * (len(packed) % 2)
    directory = extra + len(body)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return (
        start + struct.pack(order + "L", directory) + data + b"\0" * (len(data) % 2) + body
        + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "L", 0)
    )  # fmt: skip


def tiled_tiff(size: tuple[int, int] = SIZE, tile: int = 32) -> bytes:
    """``photo`` as an uncompressed TIFF in square tiles."""
    picture = photo(size)
    across, down = -(-size[0] // tile), -(-size[1] // tile)
    tiles = [picture.crop((x * tile, y * tile, (x + 1) * tile, (y + 1) * tile)).tobytes()
             for y in range(down) for x in range(across)]  # fmt: skip
    length = tile * tile * 3
    return tiff_file({
        256: ("L", [size[0]]), 257: ("L", [size[1]]), 258: ("H", [8, 8, 8]), 259: ("H", [1]), 262: ("H", [2]),
        277: ("H", [3]), 322: ("L", [tile]), 323: ("L", [tile]),
        324: ("L", [8 + number * length for number in range(len(tiles))]), 325: ("L", [length] * len(tiles)),
    }, b"".join(tiles))  # fmt: skip


def grey16_tiff(order: str = ">", white_is_zero: bool = False) -> bytes:
    """``grey16`` as TIFF in either byte order, or with 0 as white."""
    values = struct.unpack(f"<{SIZE[0] * SIZE[1]}H", grey16().tobytes())
    if white_is_zero:
        values = tuple(65535 - value for value in values)
    data = struct.pack(f"{order}{len(values)}H", *values)
    return tiff_file({
        256: ("L", [SIZE[0]]), 257: ("L", [SIZE[1]]), 258: ("H", [16]), 259: ("H", [1]),
        262: ("H", [0 if white_is_zero else 1]), 273: ("L", [8]), 277: ("H", [1]), 278: ("L", [SIZE[1]]),
        279: ("L", [len(data)]),
    }, data, order)  # fmt: skip


def gif_file(
    size: tuple[int, int],
    *images: tuple[tuple[int, int, int, int], int, int | None, int],
    loop: int | None = None,
) -> bytes:
    """A GIF of flat frames over a palette of black, red, lime and blue.

    Each image is (left, top, width, height), palette index, transparent index or None, disposal;
    each shows for 100 ms.
    """
    parts = [b"GIF89a", struct.pack("<HHBBB", *size, 0x81, 0, 0), bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])]
    if loop is not None:
        parts.append(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0")
    for box, index, transparent, disposal in images:
        flags = disposal << 2 | (transparent is not None)
        parts.append(b"!\xf9\x04" + struct.pack("<BHB", flags, 10, transparent or 0) + b"\0")
        # What is too large to be packed in a test is not there at all.
        data = _lzw((box[2], box[3]), index) if box[2] * box[3] <= 1_000_000 else b"\x02\x02\x4c\x01\0"
        parts.append(b"," + struct.pack("<HHHHB", *box, 0) + data)
    return b"".join([*parts, b";"])


XMP_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:rights><rdf:Alt>'
    b'<rdf:li xml:lang="x-default">Whose it is</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>'
)
XMP_SAYS = {"dc:rights": "Whose it is"}
IPTC_RECORD = b"\x1c\x02\x69\x00\x04Lake"
IPTC_SAYS = {"Headline": "Lake"}


def gif_with_xmp(packet: bytes) -> bytes:
    """A GIF with a packet of XMP, as Adobe writes it: bare, with a trailer that leads readers of blocks out of it."""
    bare = gif_file((40, 30), ((0, 0, 40, 30), 1, None, 0))
    trailer = b"\1" + bytes(reversed(range(256))) + b"\0"
    return bare[:-1] + b"!\xff\x0bXMP DataXMP" + packet + trailer + b";"


def _lzw(size: tuple[int, int], index: int) -> bytes:
    """A flat picture's data blocks, from the minimum code size to the terminator."""
    file = encoded(Image.new("L", size, index), "GIF", optimize=False, interlace=0)
    descriptor = 13 + (6 << (file[10] & 7) if file[10] & 0x80 else 0)
    assert file[descriptor : descriptor + 1] == b","
    return file[descriptor + 10 : -1]


def ico_file(*pictures: tuple[tuple[int, int], bytes]) -> bytes:
    """An icon of PNG files or bitmaps, each listed with a size of its own choice."""
    offset = 6 + 16 * len(pictures)
    entries, bodies = b"", b""
    for (width, height), data in pictures:
        entries += struct.pack("<BBBBHHLL", width % 256, height % 256, 0, 0, 1, 32, len(data), offset + len(bodies))
        bodies += data
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + bodies


def _animated(format_name: str, **parameters: Any) -> bytes:
    first, *others = frames()
    return encoded(first, format_name, save_all=True, append_images=others, duration=[100, 200, 300, 400], **parameters)


def _pages() -> bytes:
    return encoded(photo(), "TIFF", save_all=True, append_images=[corners((40, 30)), text((30, 50)).convert("L")])


def _lab() -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(photo(), srgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


def _grown_jpeg() -> bytes:
    data = bytearray(encoded(photo(), "JPEG"))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, 65_000, 65_000)
    return bytes(data)


def _tiff_bomb(size: tuple[int, int], tile: int) -> bytes:
    count = (-(-size[0] // tile)) * (-(-size[1] // tile))
    packed = zlib.compress(bytes(1000))
    return tiff_file({
        256: ("L", [size[0]]), 257: ("L", [size[1]]), 258: ("H", [8, 8, 8]), 259: ("H", [8]), 262: ("H", [2]),
        277: ("H", [3]), 322: ("L", [tile]), 323: ("L", [tile]),
        324: ("L", [8] * count), 325: ("L", [len(packed)] * count),
    }, packed)  # fmt: skip


def _riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<L", len(chunks) + 4) + b"WEBP" + chunks


FILES: Mapping[str, Callable[[], bytes]] = {
    "photo.jpg": lambda: encoded(photo(), "JPEG", quality=90, dpi=(300, 300)),
    "progressive.jpg": lambda: encoded(photo(), "JPEG", progressive=True),
    "grey.jpg": lambda: encoded(photo().convert("L"), "JPEG"),
    "cmyk-adobe.jpg": cmyk_jpeg,
    "cmyk-plain.jpg": lambda: cmyk_jpeg(adobe=False),
    "ycck.jpg": ycck_jpeg,
    "profiled.jpg": lambda: encoded(photo(), "JPEG", icc_profile=srgb_profile()),
    "turned.jpg": lambda: oriented(6),
    "photo.png": lambda: encoded(photo(), "PNG", dpi=(150, 150)),
    "glass.png": lambda: encoded(glass(), "PNG"),
    "grey-alpha.png": lambda: encoded(glass().convert("LA"), "PNG"),
    "bilevel.png": lambda: encoded(text().convert("1"), "PNG"),
    "palette.png": lambda: encoded(indexed(), "PNG"),
    "palette-transparent.png": lambda: encoded(indexed(transparent=True), "PNG"),
    "grey16.png": lambda: encoded(grey16(), "PNG"),
    "rgb16.png": rgb16_png,
    "colour-key.png": colour_key_png,
    "profiled.png": lambda: encoded(photo(), "PNG", icc_profile=srgb_profile()),
    "still.gif": lambda: encoded(line_art().quantize(16), "GIF"),
    "animated.gif": lambda: _animated("GIF", loop=0, disposal=2),
    "photo.tif": lambda: encoded(photo(), "TIFF", compression="tiff_lzw", dpi=(200, 200)),
    "pages.tif": _pages,
    "tiled.tif": tiled_tiff,
    "cmyk.tif": lambda: encoded(inks(), "TIFF", compression="tiff_adobe_deflate"),
    "bilevel.tif": lambda: encoded(text().convert("1"), "TIFF", compression="group4"),
    "grey16-big-endian.tif": grey16_tiff,
    "lab.tif": lambda: encoded(_lab(), "TIFF"),
    "float.tif": lambda: encoded(photo().convert("F"), "TIFF"),
    "photo.webp": lambda: encoded(photo(), "WEBP", quality=80),
    "glass.webp": lambda: encoded(glass(), "WEBP", quality=80),
    "lossless.webp": lambda: encoded(line_art(), "WEBP", lossless=True),
    "animated.webp": lambda: _animated("WEBP", loop=0),
    "photo.avif": lambda: encoded(photo(), "AVIF", quality=60, speed=9),
    "glass.avif": lambda: encoded(glass(), "AVIF", quality=60, speed=9),
    "animated.avif": lambda: _animated("AVIF", speed=9),
    "photo.bmp": lambda: encoded(photo(), "BMP", dpi=(96, 96)),
    "palette.bmp": lambda: encoded(indexed(), "BMP"),
    "photo.ppm": lambda: encoded(photo(), "PPM"),
    "grey.pgm": lambda: encoded(photo().convert("L"), "PPM"),
    "bilevel.pbm": lambda: encoded(text().convert("1"), "PPM"),
    "plain.ppm": lambda: b"P3 # plain\n2 1\n15\n15 0 0  0 15 0\n",
    "photo.tga": lambda: encoded(photo(), "TGA"),
    "packed.tga": lambda: encoded(corners().convert("RGBA"), "TGA", compression="tga_rle"),
    "icon.ico": lambda: ico_file(*((size, encoded(glass(size), "PNG")) for size in ((32, 32), (16, 16)))),
    "bitmap.ico": lambda: encoded(glass((32, 32)), "ICO", sizes=[(32, 32)], bitmap_format="bmp"),
}  # fmt: skip
"""One maker of a file by name, for every kind that the formats in the box read."""

_PNG_BOMB = png_file((60_000, 60_000, 8, 2), b"\0" * 1000)

BOMBS: Mapping[str, Callable[[], bytes]] = {
    "bomb.png": lambda: _PNG_BOMB,
    "bomb.jpg": _grown_jpeg,
    "bomb.gif": lambda: gif_file((10, 10), ((0, 0, 10, 10), 1, None, 0), ((0, 0, 65_535, 65_535), 1, None, 0)),
    "bomb.tif": lambda: _tiff_bomb((60_000, 60_000), 256),
    "tile-bomb.tif": lambda: _tiff_bomb((10, 10), 60_000),
    "bomb.webp": lambda: _riff(b"VP8X" + struct.pack("<LL3s3s", 10, 0, b"\xfe\x3f\0", b"\xfe\x3f\0")),
    "bomb.bmp": lambda: b"BM" + struct.pack("<LLLLllHHLLllLL", 70, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
    "bomb.ppm": lambda: b"P6 60000 60000 255\n" + bytes(100),
    "bomb.tga": lambda: struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 60_000, 60_000, 24, 0) + bytes(100),
    "bomb.ico": lambda: ico_file(((16, 16), _PNG_BOMB)),
}  # fmt: skip
"""Files of a few bytes that claim, in their header or deep inside, more pixels than anybody may decode."""


def damaged(data: bytes, cuts: int = 20, flips: int = 20, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """What befalls files: cut off at ``cuts`` places, and ``flips`` times with some bits turned over.

    Gives a text that says what was done, and the damaged bytes.
    """
    for number in range(cuts):
        length = len(data) * number // cuts
        yield f"cut to {length} of {len(data)} bytes", data[:length]
    chance = random.Random(seed)
    for number in range(flips):
        changed = bytearray(data)
        # Half of the damage goes where it hurts most: into the headers.
        reach = min(len(data), 512) if number % 2 else len(data)
        places = [chance.randrange(reach) for _ in range(chance.randint(1, 8))]
        for place in places:
            changed[place] ^= 1 << chance.randrange(8)
        yield f"bits flipped in bytes {places}", bytes(changed)
