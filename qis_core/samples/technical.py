"""Pictures that test something: orientation, transparency, resampling, depth, colour."""

from __future__ import annotations

import math
import struct
import zlib
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageMath

from qis_core.samples import paint


def arrow(number: int) -> Image.Image:
    """An upright picture that says where up is; ``number`` is the EXIF orientation it will be stored in."""
    width, height = 900, 600
    picture = paint.gradient((width, height), [(0, "#8fb8e8"), (0.55, "#dfeaf5"), (0.56, "#7fa05a"), (1, "#4c6b38")])
    draw = ImageDraw.Draw(picture)
    draw.polygon(
        [(450, 70), (590, 230), (505, 230), (505, 430), (395, 430), (395, 230), (310, 230)], fill=paint.rgb("#e5484d")
    )
    draw.text((450, 300), "UP", font=paint.font(74), fill="white", anchor="mm")
    draw.text((450, 500), f"EXIF orientation {number}", font=paint.font(54), fill="white", anchor="mm")
    draw.text((40, 60), "left", font=paint.font(44), fill=paint.rgb("#27405f"), anchor="lm")
    draw.text((860, 60), "right", font=paint.font(44), fill=paint.rgb("#27405f"), anchor="rm")
    draw.rectangle((0, 0, width - 1, height - 1), outline=paint.rgb("#27405f"), width=8)
    return picture


STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is turned before it is stored with each EXIF orientation."""


def oriented(number: int) -> Image.Image:
    """The arrow as a camera would store it."""
    picture = arrow(number)
    return picture.transpose(STORED[number]) if number in STORED else picture


def zone_plate(rng: Random) -> Image.Image:
    """Rings that grow finer outwards: a careless resampling shows rings that are not there."""
    side = 1024
    middle = (side - 1) / 2
    squares = [(n - middle) ** 2 * math.pi / side for n in range(side)]
    waves = [round(127.5 + 127.5 * math.cos(n / 16)) for n in range(round(2 * squares[0] * 16) + 2)]
    half = side // 2
    quarter = bytearray()
    for y in range(half):
        quarter += bytes(waves[int((squares[x] + squares[y]) * 16)] for x in range(half))
    corner = Image.frombytes("L", (half, half), bytes(quarter))
    picture = Image.new("L", (side, side))
    picture.paste(corner, (0, 0))
    picture.paste(corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (half, 0))
    picture.paste(picture.crop((0, 0, side, half)).transpose(Image.Transpose.FLIP_TOP_BOTTOM), (0, half))
    return picture


def glass(rng: Random) -> Image.Image:
    """Three panes of coloured glass with soft edges, for transparency."""
    size = (1000, 1000)
    picture = Image.new("RGBA", size)
    for turn, colour in ((-90, "#e5484d"), (30, "#3f8f5a"), (150, "#4f5bd5")):
        x, y = 500 + 170 * math.cos(math.radians(turn)), 500 + 170 * math.sin(math.radians(turn))
        pane = Image.new("RGBA", size, (*paint.rgb(colour), 0))
        mask = paint.disc(size, (x - 270, y - 270, x + 270, y + 270), 2)
        rim = ImageChops.subtract(mask, paint.blur(mask, 26))
        pane.putalpha(ImageChops.add(paint.levels(mask, 0, 1, top=150), paint.levels(rim, 0, 1, top=105)))
        picture = Image.alpha_composite(picture, pane)
    return picture


def line_art(rng: Random) -> Image.Image:
    """A plan drawing in pure black and white."""
    picture = Image.new("L", (1400, 1000), 255)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((100, 100, 1300, 800), outline=0, width=14)
    draw.line((640, 100, 640, 470), fill=0, width=10)
    draw.line((640, 600, 640, 800), fill=0, width=10)
    draw.line((640, 470, 900, 470), fill=0, width=10)
    draw.line((1040, 470, 1300, 470), fill=0, width=10)
    draw.arc((510, 470, 770, 730), 180, 270, fill=0, width=3)
    draw.line((510, 600, 640, 600), fill=0, width=3)
    draw.arc((900, 330, 1180, 610), 180, 270, fill=0, width=3)
    for post in range(180, 560, 24):
        draw.line((post, 100, post, 60), fill=0, width=2)
    for n in range(9):
        draw.rectangle((1060 + n * 26, 640, 1086 + n * 26, 800), outline=0, width=2)
    draw.rectangle((170, 180, 380, 330), outline=0, width=4)
    draw.ellipse((220, 560, 420, 760), outline=0, width=4)
    for turn in range(0, 360, 60):
        x, y = 320 + 135 * math.cos(math.radians(turn)), 660 + 135 * math.sin(math.radians(turn))
        draw.ellipse((x - 28, y - 28, x + 28, y + 28), outline=0, width=4)
    for x, y, word in ((275, 255, "Bench"), (960, 290, "Studio"), (900, 640, "Shop"), (470, 420, "Gallery")):
        draw.text((x, y), word, font=paint.font(34), fill=0, anchor="mm")
    draw.line((100, 890, 1300, 890), fill=0, width=2)
    for tick in (100, 640, 1300):
        draw.line((tick - 14, 904, tick + 14, 876), fill=0, width=4)
    draw.text((370, 925), "5.40 m", font=paint.font(30), fill=0, anchor="mm")
    draw.text((970, 925), "6.60 m", font=paint.font(30), fill=0, anchor="mm")
    return picture


WORDS = """
A picture is kept once, at its best. Whatever a page needs of it, a small one for a list, a wide one for a poster,
a square cut for a phone, is asked for by its address, made when it is first wanted and remembered until the original
changes. Nothing has to be prepared, and nothing goes stale.
"""


def text_page(rng: Random, title: str = "On keeping one original", number: int = 1) -> Image.Image:
    """A printed page, A4 at 150 dots per inch."""
    picture = Image.new("L", (1240, 1754), 252)
    draw = ImageDraw.Draw(picture)
    draw.text((150, 170), title, font=paint.font(60), fill=25)
    draw.line((150, 265, 420, 265), fill=25, width=5)
    words = WORDS.split()
    y, body = 330, paint.font(30)
    while y < 1560:
        line = ""
        start = rng.randrange(len(words)) if y > 330 else 0
        while draw.textlength(line, font=body) < 860:
            line += words[start % len(words)] + " "
            start += 1
        if rng.random() < 0.14 and y > 500:
            draw.text((150, y), line[: rng.randint(18, 40)].rsplit(" ", 1)[0] + ".", font=body, fill=40)
            y += 36
        else:
            draw.text((150, y), line.rstrip(), font=body, fill=40)
        y += 46
    draw.text((620, 1660), str(number), font=paint.font(28), fill=40, anchor="mm")
    return picture


def chart(rng: Random) -> Image.Image:
    """Colour patches, greys and text in sizes: for profiles and compression."""
    picture = Image.new("RGB", (1200, 800), paint.rgb("#3a3a3a"))
    draw = ImageDraw.Draw(picture)
    tones = (
        "#735244", "#c29682", "#627a9d", "#576c43", "#8580b1", "#67bdaa", "#d67e2c", "#505ba6", "#c15a63", "#5e3c6c",
        "#9dbc40", "#e0a32e", "#383d96", "#469449", "#af363c", "#e7c71f", "#bb5695", "#0885a1",
    )  # fmt: skip
    for n, tone in enumerate(tones):
        left, top = 50 + n % 6 * 185, 40 + n // 6 * 160
        draw.rectangle((left, top, left + 165, top + 140), fill=tone)
    for n in range(12):
        level = round(255 * n / 11)
        draw.rectangle((50 + n * 92, 530, 142 + n * 92, 640), fill=(level, level, level))
    x = 50.0
    for size in (12, 16, 22, 30, 42):
        draw.text((x, 720), "Sharpness", font=paint.font(size), fill="white", anchor="lm")
        x += size * 6.2
    return picture


def vivid(rng: Random) -> Image.Image:
    """A poppy in a wide gamut: without its profile it looks pale."""
    size = (1200, 1200)
    picture = paint.toned(paint.noise(size, (700, 700), rng, 2), [(0, "#0a4a2a"), (1, "#38b060")])
    picture = paint.blur(picture, 10)
    for turn in range(0, 360, 60):
        x, y = 600.0 + 230 * math.cos(math.radians(turn)), 600 + 230 * math.sin(math.radians(turn))
        mask = paint.disc(size, (x - 270, y - 270, x + 270, y + 270), 2)
        petal = paint.glow(Image.new("RGB", size, paint.rgb("#d0150a")), (x, y), 330, "#ff5a00", 1.2)
        shade = ImageChops.offset(paint.blur(mask, 16), 6, 10)
        paint.tint(picture, "#5a0606", paint.levels(shade, 0, 1, top=150))
        picture.paste(petal, (0, 0), mask)
    paint.tint(picture, "#1c0a14", paint.disc(size, (470, 470, 730, 730), 2))
    draw = ImageDraw.Draw(picture)
    for n in range(54):
        angle, reach = n * 2.4, 130 + n % 5 * 16
        x, y = 600.0 + reach * math.cos(angle), 600.0 + reach * math.sin(angle)
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=paint.rgb("#ffd400"))
    return picture


def deep_sky(size: tuple[int, int] = (1200, 800)) -> list[Image.Image]:
    """Three smooth 16-bit channels of a sky, dark enough to band in 8 bits."""
    channels = []
    slope = Image.linear_gradient("L").convert("F").resize(size, Image.Resampling.BICUBIC)
    centre = Image.radial_gradient("L").convert("F").resize(size, Image.Resampling.BICUBIC)
    for low, high, light in ((20, 150, 80), (28, 110, 60), (70, 120, 40)):

        def mixed(args: dict[str, Any], low: int = low, high: int = high, light: int = light) -> Any:
            grey = args["slope"] * ((high - low) / 255) + (255 - args["centre"]) * (light / 255) + low
            return args["convert"](grey * 257, "I")

        total = ImageMath.lambda_eval(mixed, slope=slope, centre=centre)
        channels.append(total.convert("I;16"))
    return channels


def deep_png(channels: list[Image.Image]) -> bytes:
    """A PNG of 16 bits a channel (grey of one, colour of three), which Pillow itself cannot write in colour."""
    width, height = channels[0].size
    count = len(channels)
    pixels = bytearray(width * height * count * 2)
    for n, channel in enumerate(channels):
        raw = channel.tobytes()
        # Pillow's samples are little-endian, those of PNG big-endian.
        pixels[2 * n :: 2 * count] = raw[1::2]
        pixels[2 * n + 1 :: 2 * count] = raw[0::2]
    stride = width * count * 2
    rows = b"".join(b"\0" + pixels[y * stride : (y + 1) * stride] for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 0 if count == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 3)) + chunk(b"IEND", b"")


def wide_gamut_profile() -> bytes:
    """A matrix profile with the primaries of Display P3 (D50) and gamma 2.2, ICC version 2.4."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (x, y, z)))

    name = b"QIS wide gamut\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256))
    tags = {
        b"desc": described,
        b"cprt": b"text\0\0\0\0Public domain\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, data = BytesIO(), BytesIO()
    start = 128 + 4 + 12 * len(tags)
    table.write(struct.pack(">I", len(tags)))
    for signature, body in tags.items():
        table.write(signature + struct.pack(">II", start + data.tell(), len(body)))
        data.write(body + bytes(-len(body) % 4))
    whole = table.getvalue() + data.getvalue()
    header = struct.pack(">I4sI4s4s4s", 128 + len(whole), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + whole


def pendulum() -> list[Image.Image]:
    """Newton's pendulum: frames of one swing, 40 ms each."""
    frames = []
    for number in range(24):
        turn = math.cos(number / 24 * math.tau) * 38
        big = paint.gradient((960, 720), [(0, "#f4efe6"), (1, "#d9cfc0")])
        draw = ImageDraw.Draw(big)
        draw.rounded_rectangle((200, 90, 760, 112), 8, fill=paint.rgb("#4b4453"))
        for ball in range(5):
            top = 360.0 + ball * 60
            swing = min(0.0, turn) if ball == 0 else max(0.0, turn) if ball == 4 else 0.0
            x, y = top + 400 * math.sin(math.radians(swing)), 112 + 400 * math.cos(math.radians(swing))
            draw.line((top, 112, x, y), fill=paint.rgb("#6f6678"), width=3)
            draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill=paint.rgb("#5b5bd6" if ball in (0, 4) else "#8a8f98"))
            draw.ellipse((x - 18, y - 20, x - 4, y - 8), fill=paint.rgb("#e9e9ff"))
        frames.append(big.reduce(2))
    return frames


def rings() -> list[Image.Image]:
    """Transparent rings that breathe, for animated WebP."""
    frames = []
    for number in range(20):
        frame = Image.new("RGBA", (480, 480))
        draw = ImageDraw.Draw(frame)
        for ring in range(5):
            part = (number / 20 + ring / 5) % 1
            reach = 20 + 200 * part
            colour = (
                *paint.rgb(("#5b5bd6", "#7c5cd6", "#a05bd0", "#c45bb8", "#e0609a")[ring]),
                round(255 * (1 - part)),
            )
            draw.ellipse((240 - reach, 240 - reach, 240 + reach, 240 + reach), outline=colour, width=14)
        frames.append(frame)
    return frames
