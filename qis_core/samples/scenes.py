"""Rooms, streets and things near the lens."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw

from qis_core.samples import paint


def night_city(rng: Random) -> Image.Image:
    """A skyline after dusk with its lights in the water."""
    width, height = 1800, 1200
    shore = round(height * 0.66)
    city = paint.gradient(
        (width, shore), [(0, "#0d1640"), (0.3, "#3a2f78"), (0.6, "#a84d7c"), (0.85, "#f58a5c"), (1, "#ffc27a")]
    )
    paint.tint(city, "#ff9a76", paint.levels(paint.noise((width, shore), (900, 90), rng), 0.6, 1, 1.4, 120))
    city = paint.glow(city, (width * 0.72, shore * 0.8), 900, "#ff8a5a", 2.2)
    for depth, (tone, lit, tall) in enumerate((("#7a4a7c", 0.3, 400), ("#3d2f63", 0.45, 480), ("#171434", 0.5, 360))):
        draw = ImageDraw.Draw(city)
        x = -20
        while x < width:
            wide = rng.randint(60, 130) + depth * 14
            rise = rng.randint(round(tall * 0.3), tall) * (0.75 + 0.35 * math.sin(x / width * math.pi))
            top = shore - rise
            draw.rectangle((x, top, x + wide, shore), fill=paint.rgb(tone))
            if rng.random() < 0.25:
                draw.polygon([(x, top), (x + wide, top), (x + wide / 2, top - wide * 0.6)], fill=paint.rgb(tone))
                draw.line(
                    (x + wide / 2, top - wide * 0.6, x + wide / 2, top - wide * 1.2), fill=paint.rgb(tone), width=4
                )
            step = 11 + depth * 3
            for column in range(x + 8, round(x + wide) - step // 2, step):
                for row in range(round(top) + 12, shore - 10, step + 6):
                    if rng.random() < lit:
                        warm = rng.choice(("#ffd88a", "#ffc56b", "#fff0c9", "#a8d8ff"))
                        dim = rng.uniform(0.35, 1.0)
                        fill = tuple(round(part * dim) for part in paint.rgb(warm))
                        draw.rectangle((column, row, column + step * 0.45, row + step * 0.6), fill=fill)
            x += wide + rng.randint(-6, 26)
    bloom = paint.blur(paint.levels(city.convert("L").reduce(4), 0.55, 1.0), 5).resize(
        city.size, Image.Resampling.BICUBIC
    )
    city = ImageChops.screen(city, paint.toned(bloom, [(0, "#000000"), (1, "#7a4a1c")]))
    picture = Image.new("RGB", (width, height))
    picture.paste(city, (0, 0))
    depth = height - shore
    water = city.crop((0, shore - depth, width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    waves = paint.plane(paint.noise((width, 900), (60, 10), rng, 3), water.size, 7)
    smear = paint.blur(water.resize((width, depth // 6)), 1.4).resize(water.size, Image.Resampling.BICUBIC)
    water = Image.composite(smear, ImageChops.offset(smear, 9, 22), paint.levels(waves, 0.35, 0.65))
    water = ImageChops.multiply(water, paint.gradient(water.size, [(0, "#d8d0e8"), (1, "#4a4a7a")]))
    paint.tint(water, "#070a22", paint.levels(waves, 0.55, 1.0, 1.0, 150))
    picture.paste(water, (0, shore))
    ImageDraw.Draw(picture).rectangle((0, shore - 3, width, shore + 3), fill=paint.rgb("#0a0820"))
    return paint.grain(picture, rng, 0.03)


def facade(rng: Random) -> Image.Image:
    """A curtain wall seen from below, the sky in its panes."""
    width, height = 1200, 1600
    sky = paint.gradient((width, height), [(0, "#2f6fb4"), (1, "#bcdcf2")])
    paint.tint(sky, "#ffffff", paint.levels(paint.noise((width, height), (620, 240), rng, 6), 0.55, 0.9, 1.1, 235))
    columns, rows, cell = 9, 24, 72
    wall = Image.new("RGB", (columns * cell * 2, rows * cell), paint.rgb("#22303f"))
    mirrored = paint.noise(wall.size, (300, 420), rng, 5)
    panes = paint.toned(mirrored, [(0, "#16324f"), (0.5, "#3f74a3"), (0.8, "#a9cbe2"), (1, "#f1f6f8")])
    draw = ImageDraw.Draw(wall)
    for column in range(columns * 2):
        for row in range(rows):
            box = (column * cell + 4, row * cell + 7, (column + 1) * cell - 3, (row + 1) * cell - 5)
            # Each pane leans a little differently and mirrors another piece of the sky.
            x, y = rng.randint(0, wall.width - cell), min(wall.height - cell, max(0, box[1] + rng.randint(-60, 60)))
            wall.paste(panes.crop((x, y, x + box[2] - box[0], y + box[3] - box[1])), box)
            if rng.random() < 0.06:
                draw.rectangle(box, fill=paint.rgb(rng.choice(("#ffd48a", "#f5b45c"))))
    shade = paint.gradient(
        wall.size, [(0, "#ffffff"), (0.499, "#e2e6ee"), (0.5, "#5c6b85"), (1, "#7d8aa3")], across=True
    )
    wall = ImageChops.multiply(wall, shade)
    half = wall.width // 2
    # The corner of the house: each side a quadrilateral that narrows upwards.
    sides = (
        (wall.crop((0, 0, half, wall.height)), [(430, 250), (700, 60), (760, 1600), (-120, 1600)]),
        (wall.crop((half, 0, wall.width, wall.height)), [(700, 60), (940, 300), (1420, 1600), (760, 1600)]),
    )
    for side, corners in sides:
        flat = _perspective(side, corners, (width, height))
        sky.paste(flat, (0, 0), paint.shape((width, height), corners, 2))
    return paint.vignette(paint.grain(sky, rng, 0.02), 0.3)


def _perspective(image: Image.Image, corners: list[tuple[int, int]], size: tuple[int, int]) -> Image.Image:
    """The image seen with its corners (from the top left, clockwise) at these places."""
    w, h = image.size
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, ((0, 0), (w, 0), (w, h), (0, h)), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    # Gauss elimination of the eight equations.
    for pivot in range(8):
        best = max(range(pivot, 8), key=lambda row: abs(rows[row][pivot]))
        rows[pivot], rows[best] = rows[best], rows[pivot]
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for other in range(8):
            if other != pivot:
                factor = rows[other][pivot]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[pivot], strict=True)]
    return image.transform(size, Image.Transform.PERSPECTIVE, [row[8] for row in rows], Image.Resampling.BICUBIC)


def staircase(rng: Random) -> Image.Image:
    """Looking up a spiral staircase."""
    width, height = 1400, 1400
    scale = 2
    picture = paint.gradient((width * scale, height * scale), [(0, "#f4e2c6"), (1, "#d9b48a")])
    draw = ImageDraw.Draw(picture)
    cx, cy = width * 0.52 * scale, height * 0.47 * scale
    steps = 150
    for step in range(steps):
        part = step / steps
        outer = (1050 * (1 - part) ** 1.45 + 34) * scale
        inner = outer * 0.56
        start = -part * 4.6 * 360 + 40
        span = 25
        points = []
        for n in range(5):
            turn = math.radians(start + span * n / 4)
            points.append((cx + outer * math.cos(turn), cy + outer * math.sin(turn)))
        for n in range(4, -1, -1):
            turn = math.radians(start + span * n / 4)
            points.append((cx + inner * math.cos(turn), cy + inner * math.sin(turn)))
        light = 0.36 + 0.34 * math.cos(math.radians(start - 120)) + 0.38 * part + (0.06 if step % 2 else 0)
        fill = tuple(min(255, round(c * light)) for c in paint.rgb("#e9b98c"))
        draw.polygon(points, fill=fill)
        draw.line(points[:5], fill=paint.rgb("#4a2a22"), width=max(2, round(18 * (1 - part))))
        draw.line(points[5:], fill=paint.rgb("#2c1a1a"), width=max(3, round(30 * (1 - part))))
    picture = picture.reduce(scale)
    picture = paint.glow(picture, (cx / scale, cy / scale), 420, "#fff1d6", 1.6)
    return paint.vignette(paint.grain(picture, rng, 0.03), 0.5)


def dahlia(rng: Random) -> Image.Image:
    """A flower from above, its petals in the golden angle."""
    size = (1300, 1300)
    back = paint.toned(paint.noise(size, (500, 500), rng, 2), [(0, "#0f2a22"), (0.6, "#23523c"), (1, "#5d8a55")])
    picture = paint.blur(back, 22)
    size_of_petal = (180, 440)
    colours = paint.gradient(size_of_petal, [(0, "#ffd9c7"), (0.3, "#f48a8f"), (0.75, "#c22f62"), (1, "#5a0f3f")])
    outline = paint.curve((90, 435), (10, 330), (-20, 120), (90, 6), (200, 120), (170, 330), (90, 435))
    mask = paint.shape(size_of_petal, outline)
    ridge = paint.blur(paint.shape(size_of_petal, [(86, 30), (94, 30), (98, 430), (82, 430)]), 6)
    paint.tint(colours, "#8f1c50", ridge.point([round(n * 0.7) for n in range(256)]))
    rim = ImageChops.subtract(mask, paint.blur(mask, 13))
    paint.tint(colours, "#ffe9e2", rim.point([min(255, round(n * 1.2)) for n in range(256)]))
    # The petal comes with its shadow, so that one turning does for both.
    shadow = Image.new("L", (220, 480))
    shadow.paste(mask, (20, 20))
    petal = Image.new("RGBA", shadow.size)
    petal.putalpha(paint.levels(paint.blur(shadow, 12), 0, 1, top=140))
    petal.paste(colours, (20, 20), mask)
    count = 105
    for number in range(count):
        part = number / count
        turn = number * 137.508
        long = 1.0 * (1 - part) ** 0.62 + 0.16
        reach = 350 * (1 - part) ** 0.85
        x = size[0] / 2 + reach * math.sin(math.radians(turn))
        y = size[1] / 2 - reach * math.cos(math.radians(turn))
        scaled = petal.resize((max(8, round(petal.width * long)), max(12, round(petal.height * long))))
        turned = scaled.rotate(-turn, Image.Resampling.BILINEAR, expand=True)
        picture.paste(turned, (round(x - turned.width / 2), round(y - turned.height / 2)), turned)
    picture = paint.glow(picture, (520, 420), 700, "#4a2a1a", 1.6)
    return paint.vignette(paint.grain(picture, rng, 0.03), 0.4)


def bokeh(rng: Random) -> Image.Image:
    """The lights of a street at night, out of focus: from far and soft to near and sharp-edged."""
    width, height = 1800, 1200
    picture = paint.gradient((width, height), [(0, "#0b1030"), (0.55, "#3a2148"), (1, "#140f22")])
    picture = paint.glow(picture, (width * 0.5, height * 0.55), 1000, "#7a3a2a", 1.6)
    tones = ("#ff9a3d", "#ffb84d", "#ffd27a", "#ff6a4d", "#ff4d6d", "#6ab8ff", "#9c86ff", "#fff0cf")
    for number in range(110):
        near = number / 110
        radius = round(26 + 110 * near**1.6 * rng.uniform(0.6, 1.1))
        x, y = rng.random() * width, height * (0.55 + (rng.random() - 0.5) * (0.35 + 0.65 * near))
        side = radius * 2 + 24
        ball = paint.disc((side, side), (12, 12, side - 12, side - 12), 2)
        rim = ImageChops.subtract(ball, paint.blur(ball, radius / 8))
        light = ImageChops.add(paint.levels(ball, 0, 1, top=120), paint.levels(rim, 0, 1, top=135))
        light = paint.blur(light, 1 + 5 * (1 - near))
        strength = rng.uniform(0.35, 0.95)
        colour = paint.rgb(rng.choice(tones))
        box = (round(x - side / 2), round(y - side / 2))
        patch = picture.crop((*box, box[0] + side, box[1] + side))
        shine = Image.merge("RGB", [light.point([round(n * c / 255 * strength) for n in range(256)]) for c in colour])
        picture.paste(ImageChops.screen(patch, shine), box)
    return paint.vignette(paint.grain(picture, rng, 0.03), 0.45)


def still_life(rng: Random) -> Image.Image:
    """Five glossy balls on a table."""
    width, height = 1800, 1200
    picture = paint.gradient((width, height), [(0, "#e9e2da"), (0.46, "#cfc4b8"), (0.4667, "#b9a999"), (1, "#e7dbcd")])
    picture = paint.glow(picture, (width * 0.3, height * 0.2), 900, "#fff8ec", 1.8)
    balls = (
        (560, 560, 190, "#31576b"), (1330, 575, 160, "#d8a13a"), (900, 690, 245, "#c8453b"),
        (1270, 850, 120, "#4f7f5b"), (560, 890, 92, "#efe6d8"),
    )  # fmt: skip
    for x, y, radius, colour in balls:
        foot = y + radius
        shadow = Image.new("L", (width // 2, height // 2))
        ImageDraw.Draw(shadow).ellipse(
            ((x - radius * 0.7) / 2, (foot - radius * 0.2) / 2, (x + radius * 1.6) / 2, (foot + radius * 0.16) / 2),
            fill=150,
        )
        paint.tint(picture, "#4a3527", paint.blur(shadow, radius / 9).resize((width, height)))
        touch = Image.new("L", (width // 2, height // 2))
        ImageDraw.Draw(touch).ellipse(
            ((x - radius * 0.45) / 2, (foot - radius * 0.1) / 2, (x + radius * 0.5) / 2, (foot + radius * 0.06) / 2),
            fill=190,
        )
        paint.tint(picture, "#2c1d15", paint.blur(touch, radius / 22).resize((width, height)))
        ball = sphere(radius, colour)
        mask = paint.disc(ball.size, (0, 0, ball.width - 1, ball.height - 1))
        picture.paste(ball, (x - radius, y - radius), mask)
    return paint.vignette(paint.grain(picture, rng, 0.025), 0.25)


def sphere(radius: int, colour: str) -> Image.Image:
    """A lit ball, filling its square; the corners are for the mask to hide."""
    side = radius * 2
    tone = paint.rgb(colour)
    dark = "#{:02x}{:02x}{:02x}".format(*(round(part * 0.22) for part in tone))
    pale = "#{:02x}{:02x}{:02x}".format(*(round(part + (255 - part) * 0.45) for part in tone))
    round_light = Image.radial_gradient("L").resize((side * 2, side * 2), Image.Resampling.BICUBIC)
    # The light falls from the top left: the ball sees the gradient's centre there.
    view = round_light.crop((round(side * 0.64), round(side * 0.68), round(side * 1.64), round(side * 1.68)))
    ball = paint.toned(view, [(0, pale), (0.25, colour), (0.62, dark), (1, dark)])
    bounce = paint.glow(Image.new("RGB", ball.size), (side * 0.62, side * 0.98), side * 0.42, "#8a6f58", 1.5)
    ball = ImageChops.screen(ball, bounce)
    ball = paint.glow(ball, (side * 0.34, side * 0.27), side * 0.17, "#ffffff", 1.1)
    corners = ((0.27, 0.2), (0.4, 0.17), (0.41, 0.29), (0.29, 0.32))
    window = paint.blur(paint.shape(ball.size, [(side * x, side * y) for x, y in corners]), radius / 50)
    paint.tint(ball, "#ffffff", window.point([round(n * 0.8) for n in range(256)]))
    return ball


def portrait(rng: Random) -> Image.Image:
    """A face in circles and half circles, as a poster of the twenties."""
    scale = 2
    width, height = 1200, 1600
    picture = Image.new("RGB", (width * scale, height * scale), paint.rgb("#efe5d0"))
    draw = ImageDraw.Draw(picture)

    def box(*values: float) -> list[float]:
        return [value * scale for value in values]

    draw.rectangle(box(0, 0, 600, 1600), fill=paint.rgb("#e8c15a"))
    draw.pieslice(box(80, 1130, 1120, 2170), 180, 360, fill=paint.rgb("#24405e"))
    draw.pieslice(box(80, 1130, 1120, 2170), 180, 270, fill=paint.rgb("#1b2f48"))
    draw.rectangle(box(500, 1010, 700, 1330), fill=paint.rgb("#d98d6a"))
    draw.rectangle(box(600, 1010, 700, 1330), fill=paint.rgb("#b96a4e"))
    draw.pieslice(box(500, 1230, 700, 1430), 0, 180, fill=paint.rgb("#d98d6a"))
    draw.ellipse(box(250, 260, 950, 960), fill=paint.rgb("#1f1b24"))
    draw.rounded_rectangle(box(330, 380, 870, 1120), 270 * scale, fill=paint.rgb("#f0b795"))
    draw.pieslice(box(330, 580, 870, 1120), 270, 90, fill=paint.rgb("#d98d6a"))
    draw.rectangle(box(600, 600, 870, 850), fill=paint.rgb("#d98d6a"))
    draw.pieslice(box(300, 290, 900, 890), 180, 300, fill=paint.rgb("#c8453b"))
    draw.pieslice(box(600, 300, 940, 760), 180, 360, fill=paint.rgb("#1f1b24"))
    for x in (440, 660):
        draw.pieslice(box(x, 650, x + 110, 760), 0, 180, fill=paint.rgb("#faf4e6"))
        draw.ellipse(box(x + 34, 690, x + 78, 734), fill=paint.rgb("#24405e"))
        draw.rectangle(box(x - 4, 690, x + 114, 704), fill=paint.rgb("#1f1b24"))
    draw.polygon(
        [(600 * scale, 700 * scale), (600 * scale, 880 * scale), (545 * scale, 880 * scale)], fill=paint.rgb("#c8453b")
    )
    draw.pieslice(box(525, 920, 675, 1020), 0, 180, fill=paint.rgb("#a5322f"))
    draw.pieslice(box(525, 940, 600, 1000), 180, 360, fill=paint.rgb("#c8453b"))
    draw.pieslice(box(600, 940, 675, 1000), 180, 360, fill=paint.rgb("#a5322f"))
    draw.ellipse(box(845, 850, 915, 920), fill=paint.rgb("#e8c15a"))
    draw.ellipse(box(870, 110, 1080, 320), fill=paint.rgb("#c8453b"))
    picture = picture.reduce(scale)
    paint.tint(picture, "#fffdf5", paint.levels(paint.noise((width, height), (5, 5), rng, 2), 0.55, 1.0, 1.0, 30))
    return picture


def tartan(rng: Random) -> Image.Image:
    """A woven cloth, for moiré and sharpening."""
    side = 1500
    stripes = Image.new("RGB", (side, 1))
    sett = [
        ("#254d78", 60),
        ("#2f8a6e", 44),
        ("#16263a", 8),
        ("#2f8a6e", 44),
        ("#e0484f", 12),
        ("#254d78", 60),
        ("#ffe096", 7),
    ]
    row: list[tuple[int, int, int]] = []
    while len(row) < side:
        for colour, count in [*sett, *reversed(sett)]:
            row += [paint.rgb(colour)] * count
    stripes.putdata(row[:side])
    warp = stripes.resize((side, side), Image.Resampling.NEAREST)
    weft = warp.transpose(Image.Transpose.ROTATE_90)
    twill = Image.new("L", (8, 8))
    twill.putdata([255 if (x + y) % 8 < 4 else 0 for y in range(8) for x in range(8)])
    mask = Image.new("L", (side, side))
    threads = Image.new("L", (4, 4))
    threads.putdata([205, 240, 255, 225, 190, 235, 250, 215, 200, 245, 255, 220, 185, 225, 240, 205])
    shade = Image.new("L", (side, side))
    for x in range(0, side, 8):
        mask.paste(twill, (x, 0))
    for x in range(0, side, 4):
        shade.paste(threads, (x, 0))
    for y in range(8, side, 8):
        mask.paste(mask.crop((0, 0, side, 8)), (0, y))
    for y in range(4, side, 4):
        shade.paste(shade.crop((0, 0, side, 4)), (0, y))
    cloth = Image.composite(warp, weft, mask)
    cloth = ImageChops.multiply(cloth, Image.merge("RGB", [shade] * 3))
    folds = paint.noise((side, side), (900, 500), rng, 2)
    light = paint.toned(folds, [(0, "#6f6f78"), (0.5, "#d8d8dc"), (1, "#ffffff")])
    return paint.grain(ImageChops.multiply(cloth, light), rng, 0.05)
