"""Shoes for a shop, logos to lay over pictures, and icons."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from qis_core.samples import paint

SHOE = (1600, 1200)

# The outlines of a sneaker's parts, drawn from the back to the front.
TONGUE = "560,470 540,400 600,340 700,330 790,340 800,420 780,500 700,520 620,520 560,470"
LINING = "290,470 380,560 560,560 690,500 640,600 400,620 290,470"
UPPER = """
    250,880 225,760 215,600 262,452 300,440 330,470 352,500 430,560 560,560 640,480 690,420 760,430
    800,480 900,600 1060,690 1210,720 1330,745 1400,800 1395,885 1100,900 600,900 250,880
"""
HEEL = "243,880 225,770 225,690 240,620 330,640 400,740 400,890 340,890 290,886 243,880"
TOE = "1090,895 1080,800 1120,735 1190,712 1330,740 1400,800 1396,890 1300,900 1200,900 1090,895"
STRIPE = """
    420,880 560,830 720,720 800,585 850,630 880,660 905,672 800,800 660,880 560,893 510,893 460,890 420,880
"""
MIDSOLE = """
    225,880 600,905 1100,905 1405,872 1440,900 1440,950 1400,985 1100,1000 500,1000 270,990 220,970 212,920 225,880
"""
OUTSOLE = """
    235,968 500,985 1100,990 1425,958 1425,985 1400,1008 1370,1012 1100,1022 500,1022 290,1012 260,1008 240,990 235,968
"""
SEAMS = ("262,620 350,640 420,740 418,880", "1072,890 1062,795 1105,725 1180,700")
# One lace, relative to its eyelet on the far side.
LACE = "-8,6 -40,20 -70,40 -92,72 -78,82 -76,82 -72,80 -50,56 -20,36 6,24"


def sneaker(colour: str, dark: str, pale: str) -> Image.Image:
    """A sneaker from the side, on a transparent ground."""
    layer = Image.new("RGBA", SHOE)

    def put(outline: str, stops: paint.Stops, shadow: float = 0.0) -> Image.Image:
        points = paint.path(outline)
        mask = paint.shape(SHOE, points, 2)
        if shadow:
            edge = ImageChops.multiply(paint.blur(mask, shadow), layer.getchannel("A"))
            layer.paste((20, 12, 12, 255), (0, 0), edge.point([round(n * 0.5) for n in range(256)]))
        top, bottom = min(y for _, y in points), max(y for _, y in points)
        fill = paint.gradient((SHOE[0], round(bottom - top) + 1), stops)
        layer.paste(fill, (0, round(top)), mask.crop((0, round(top), SHOE[0], round(top) + fill.height)))
        return mask

    put(TONGUE, [(0, pale), (1, colour)])
    put(LINING, [(0, "#2b2226"), (1, "#463a3c")])
    upper = put(UPPER, [(0, pale), (0.35, colour), (1, dark)])
    sheen = Image.new("L", SHOE)
    ImageDraw.Draw(sheen).ellipse((980, 700, 1300, 790), fill=120)
    ImageDraw.Draw(sheen).ellipse((300, 560, 460, 800), fill=70)
    layer.paste((255, 255, 255, 255), (0, 0), ImageChops.multiply(paint.blur(sheen, 34), upper))
    put(HEEL, [(0, colour), (1, dark)], 7)
    put(TOE, [(0, pale), (0.5, colour), (1, dark)], 7)
    put(STRIPE, [(0, "#ffffff"), (1, "#dcd6cf")], 6)
    put(MIDSOLE, [(0, "#ffffff"), (0.6, "#efe9e1"), (1, "#c9c0b6")], 8)
    put(OUTSOLE, [(0, "#6b4a35"), (1, "#3f2a1f")])
    draw = ImageDraw.Draw(layer)
    for rib in range(260, 1400, 26):
        draw.line((rib, 940, rib + 9, 958), fill=(190, 180, 170, 255), width=4)
    # Laces and eyelets.
    for step in range(6):
        part = step / 5
        x, y = 700 + 215 * part, 462 + 178 * part
        lace = paint.shape(SHOE, [(x + dx, y + dy) for dx, dy in paint.path(LACE)], 2)
        shade = ImageChops.offset(paint.blur(lace, 5), 3, 8).point([round(n * 0.45) for n in range(256)])
        layer.paste((20, 10, 10, 255), (0, 0), ImageChops.multiply(shade, layer.getchannel("A")))
        layer.paste((252, 249, 244, 255), (0, 0), lace)
        draw.ellipse((x - 96, y + 70, x - 76, y + 90), fill=(60, 45, 45, 255))
        draw.ellipse((x - 91, y + 75, x - 81, y + 85), fill=(230, 225, 220, 255))
    # Stitches along the upper.
    for seam in SEAMS:
        points = paint.path(seam)
        for a, b in zip(points[::2], points[1::2], strict=False):
            draw.line((*a, *b), fill=(255, 240, 230, 190), width=3)
    return layer


SNEAKERS = {
    "red": ("#d2342f", "#8f1a20", "#f0695c"),
    "blue": ("#2f62b5", "#1b3a78", "#6a97dd"),
    "moss": ("#6f8a4a", "#445a2c", "#a3b87c"),
}


def shoe_on_paper(colour: str, ground: tuple[str, str]) -> Image.Image:
    """A sneaker on a studio's paper roll, with its shadow."""
    picture = paint.gradient(SHOE, [(0, ground[0]), (0.62, ground[0]), (0.82, ground[1]), (1, ground[0])])
    picture = paint.glow(picture, (SHOE[0] * 0.45, SHOE[1] * 0.3), 800, "#3a3530", 1.6)
    shoe = sneaker(*SNEAKERS[colour])
    mirror = shoe.crop((0, 700, 1600, 1018)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    fade = paint.levels(
        Image.linear_gradient("L").resize(mirror.size).transpose(Image.Transpose.FLIP_TOP_BOTTOM), 0.55, 1, 1.3, 70
    )
    picture.paste(mirror, (0, 1014), ImageChops.multiply(paint.blur(mirror.getchannel("A"), 2), fade))
    shadow = Image.new("L", (SHOE[0] // 2, SHOE[1] // 2))
    ImageDraw.Draw(shadow).ellipse((95, 492, 745, 528), fill=190)
    paint.tint(picture, "#2a1f1c", paint.blur(shadow, 11).resize(SHOE, Image.Resampling.BICUBIC))
    picture.paste(shoe, (0, 0), shoe)
    return picture


def red_shoe(rng: Random) -> Image.Image:
    """Red on warm grey."""
    return paint.grain(shoe_on_paper("red", ("#e9e4df", "#d3cbc4")), rng, 0.015)


def blue_shoe(rng: Random) -> Image.Image:
    """Blue on pale yellow."""
    return paint.grain(shoe_on_paper("blue", ("#f3dfa8", "#e5c97f")), rng, 0.015)


def moss_shoe(rng: Random) -> Image.Image:
    """Green on rose."""
    return paint.grain(shoe_on_paper("moss", ("#ecc9bd", "#d9a898")), rng, 0.015)


def cut_out_shoe(rng: Random) -> Image.Image:
    """The red one without a ground, for `fill`."""
    return sneaker(*SNEAKERS["red"])


def logo(rng: Random) -> Image.Image:
    """Four overlapping frames in a circle, and a word."""
    scale = 3
    picture = Image.new("RGBA", (1000 * scale, 360 * scale))
    draw = ImageDraw.Draw(picture)
    for number, colour in enumerate(("#5b5bd6", "#7c7cf0", "#f2a33a", "#e5484d")):
        size = 250 - number * 54
        x, y = 60 + number * 27, 55 + number * 27
        draw.rounded_rectangle(
            [v * scale for v in (x, y, x + size, y + size)], 40 * scale - number * 18, fill=paint.rgb(colour)
        )
    draw.text(
        (370 * scale, 180 * scale), "Atelier", font=paint.font(170 * scale), fill=paint.rgb("#2c2c54"), anchor="lm"
    )
    return picture.reduce(scale)


def watermark(rng: Random) -> Image.Image:
    """White letters with a soft dark edge, half transparent."""
    size = (900, 300)
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    draw.text((450, 150), "SAMPLE", font=paint.font(190), fill=255, anchor="mm")
    draw.rounded_rectangle((12, 12, 888, 288), 40, outline=255, width=8)
    edge = paint.blur(mask, 7)
    picture = Image.new("RGBA", size)
    picture.putalpha(edge.point([round(n * 0.45) for n in range(256)]))
    picture.paste((255, 255, 255, 205), (0, 0), mask)
    return picture


def badge(rng: Random) -> Image.Image:
    """A round seal with a toothed edge."""
    scale, side = 3, 600
    picture = Image.new("RGBA", (side * scale, side * scale))
    draw = ImageDraw.Draw(picture)
    middle = side * scale / 2
    teeth = []
    for n in range(64):
        reach = (290 if n % 2 else 266) * scale
        teeth.append((middle + reach * math.cos(n * math.pi / 32), middle + reach * math.sin(n * math.pi / 32)))
    draw.polygon(teeth, fill=paint.rgb("#e5484d"))
    for reach, colour in ((240, "#ffffff"), (228, "#e5484d")):
        draw.ellipse(
            [middle - reach * scale, middle - reach * scale, middle + reach * scale, middle + reach * scale],
            fill=paint.rgb(colour),
        )
    draw.text((middle, middle - 50 * scale), "NEW", font=paint.font(150 * scale), fill="white", anchor="mm")
    draw.text((middle, middle + 80 * scale), "this week", font=paint.font(64 * scale), fill="white", anchor="mm")
    return picture.reduce(scale)


def icons(rng: Random) -> Image.Image:
    """Nine line icons on nothing."""
    scale, cell = 4, 160
    picture = Image.new("RGBA", (cell * 3 * scale, cell * 3 * scale))
    draw = ImageDraw.Draw(picture)
    ink, wide = paint.rgb("#5b5bd6"), 9 * scale

    def at(column: int, row: int, *values: float) -> list[float]:
        offset = (column * cell * scale, row * cell * scale)
        return [value * scale + offset[n % 2] for n, value in enumerate(values)]

    draw.rounded_rectangle(at(0, 0, 35, 40, 125, 120), 10 * scale, outline=ink, width=wide)
    draw.line(at(0, 0, 40, 110, 70, 78, 88, 96, 102, 82, 122, 104), fill=ink, width=wide, joint="curve")
    draw.ellipse(at(1, 0, 38, 38, 104, 104), outline=ink, width=wide)
    draw.line(at(1, 0, 96, 96, 124, 124), fill=ink, width=wide)
    draw.line(at(2, 0, 80, 35, 80, 95), fill=ink, width=wide)
    draw.line(at(2, 0, 54, 74, 80, 100, 106, 74), fill=ink, width=wide, joint="curve")
    draw.line(at(2, 0, 38, 100, 38, 124, 122, 124, 122, 100), fill=ink, width=wide, joint="curve")
    draw.line(at(0, 1, 55, 30, 55, 105, 130, 105), fill=ink, width=wide, joint="curve")
    draw.line(at(0, 1, 30, 55, 105, 55, 105, 130), fill=ink, width=wide, joint="curve")
    draw.arc(at(1, 1, 38, 38, 122, 122), 300, 230, fill=ink, width=wide)
    draw.polygon(at(1, 1, 92, 26, 124, 44, 94, 66), fill=ink)
    draw.polygon(at(2, 1, 80, 32, 120, 86, 80, 128, 40, 86), outline=ink, width=wide)
    draw.line(
        at(0, 2, 80, 32, 94, 66, 130, 68, 102, 90, 112, 126, 80, 105, 48, 126, 58, 90, 30, 68, 66, 66, 80, 32),
        fill=ink,
        width=wide,
        joint="curve",
    )
    draw.rounded_rectangle(at(1, 2, 36, 74, 124, 126), 10 * scale, outline=ink, width=wide)
    draw.arc(at(1, 2, 54, 34, 106, 100), 180, 360, fill=ink, width=wide)
    draw.rounded_rectangle(at(2, 2, 30, 50, 130, 120), 12 * scale, outline=ink, width=wide)
    draw.ellipse(at(2, 2, 60, 64, 100, 104), outline=ink, width=wide)
    draw.line(at(2, 2, 58, 50, 66, 36, 94, 36, 102, 50), fill=ink, width=wide, joint="curve")
    return picture.reduce(scale)
