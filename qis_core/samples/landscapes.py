"""Skies, mountains, water and sand."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageOps

from qis_core.samples import paint

SIZE = (1800, 1200)


def _ranges(
    picture: Image.Image, rng: Random, horizon: float, far: str, near: str, *, count: int, rise: float, peaks: float
) -> None:
    """Mountain ranges one before the other, from hazy to dark, with mist in the valleys."""
    size = picture.size
    for number in range(count):
        part = number / max(1, count - 1)
        line = paint.hills(
            size[0] // 2, size[1] * rise * (1 - 0.45 * part), rng, peaks=peaks + 1.5 * number, rough=0.46
        )
        base = horizon + size[1] * 0.09 * number
        mask = paint.below(size, line, base)
        tone = tuple(round(a + (b - a) * part) for a, b in zip(paint.rgb(far), paint.rgb(near), strict=True))
        picture.paste(tone, (0, 0), mask)
        if number < count - 1:
            mist = Image.new("L", size)
            band = ImageOps.invert(Image.linear_gradient("L")).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            height = round(size[1] * 0.2)
            mist.paste(paint.levels(band, 0, 1, 1.4, 150).resize((size[0], height)), (0, round(base - height * 0.7)))
            paint.tint(picture, far, ImageChops.multiply(mist, mask))


def mountain_lake(rng: Random) -> Image.Image:
    """Dawn over a lake, the ranges mirrored in it."""
    width, height = SIZE
    shore = round(height * 0.62)
    land = paint.gradient((width, shore), [(0, "#2b4a7d"), (0.45, "#8d8fb8"), (0.72, "#f0b79a"), (1, "#ffdcae")])
    clouds = paint.levels(paint.noise((width, shore), (900, 120), rng), 0.5, 1.0, 1.3, 150)
    paint.tint(land, "#ffd9c4", clouds)
    land = paint.glow(land, (width * 0.66, shore * 0.86), 620, "#ffcf8a", 2.2)
    _ranges(land, rng, shore * 0.86, "#b39cb5", "#31425c", count=4, rise=0.52, peaks=3)
    firs(land, rng, shore - 6, 60, (18, 64), "#182335")
    picture = Image.new("RGB", SIZE)
    picture.paste(land, (0, 0))
    water = land.crop((0, shore - (height - shore), width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    water = paint.blur(water.resize((width, (height - shore) // 3)), 2.2).resize((width, height - shore))
    water = ImageChops.multiply(water, paint.gradient(water.size, [(0, "#d8dcea"), (1, "#55668c")]))
    ripples = paint.plane(paint.noise((width, 900), (110, 14), rng, 4), water.size)
    paint.tint(water, "#f7d9c2", paint.levels(ripples, 0.62, 1.0, 1.2, 90))
    picture.paste(water, (0, shore))
    return paint.vignette(paint.grain(picture, rng, 0.025), 0.25)


def alpenglow(rng: Random) -> Image.Image:
    """Snowy peaks lit by the last light, a cold valley below."""
    width, height = SIZE
    picture = paint.gradient(SIZE, [(0, "#1d2c55"), (0.35, "#6a6a9e"), (0.62, "#e7a9a5"), (1, "#f6d5b8")])
    clouds = paint.levels(paint.noise(SIZE, (1300, 130), rng), 0.56, 1.0, 1.5, 170)
    paint.tint(picture, "#ffc2b4", clouds)
    line = paint.hills(width // 2, height * 0.56, rng, peaks=3.4, rough=0.5, octaves=9)
    mask = paint.below(SIZE, line, height * 0.88)
    # The rock's relief: noise lit from the left is its difference from itself moved sideways.
    relief = paint.noise(SIZE, (260, 380), rng, 7)
    lit = ImageChops.add(ImageChops.subtract(relief, ImageChops.offset(relief, 7, 5), 0.35), Image.new("L", SIZE, 92))
    rock = paint.toned(lit, [(0, "#4a3d68"), (0.35, "#9a6a8c"), (0.6, "#f5a48c"), (1, "#fff0da")])
    picture.paste(rock, (0, 0), mask)
    for part, tone in ((0.3, "#7d7ba8"), (0.2, "#4c5486"), (0.1, "#252f58")):
        fog = Image.linear_gradient("L").resize((width, round(height * 0.3)))
        picture.paste(paint.rgb(tone), (0, round(height * (0.92 - part))), paint.levels(fog, 0, 0.9, 1.4, 235))
        slope = paint.hills(width // 2, height * 0.13, rng, peaks=2, rough=0.3, octaves=5)
        paint.tint(picture, tone, paint.below(SIZE, slope, height * (1.16 - part)))
    firs(picture, rng, height - 20, 90, (40, 150), "#141a35")
    return paint.vignette(paint.grain(picture, rng, 0.03), 0.3)


def sea_sunset(rng: Random) -> Image.Image:
    """The sun a hand above the sea, and its road on the waves."""
    width, height = SIZE
    horizon = round(height * 0.56)
    sun = (width * 0.42, horizon - 120)
    sky = paint.gradient((width, horizon), [(0, "#23305f"), (0.4, "#7a4a78"), (0.72, "#e5705a"), (1, "#ffbf69")])
    deck = paint.plane(paint.noise((width, 900), (150, 60), rng, 6), (width, horizon), 5)
    deck = deck.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    paint.tint(sky, "#ffb37a", paint.levels(deck, 0.5, 0.95, 1.2, 200))
    paint.tint(sky, "#3a2a55", paint.levels(ImageChops.offset(deck, 0, -14), 0.62, 1.0, 1.0, 190))
    sky = paint.glow(sky, sun, 760, "#ff9a4a", 2.0)
    sky = paint.glow(sky, sun, 210, "#ffd98f", 1.2)
    ball = paint.disc(sky.size, (sun[0] - 46, sun[1] - 46, sun[0] + 46, sun[1] + 46), 1)
    paint.tint(sky, "#fff6d6", paint.blur(ball, 1.5))
    picture = Image.new("RGB", SIZE)
    picture.paste(sky, (0, 0))
    depth = height - horizon
    sea = paint.gradient((width, depth), [(0, "#d97a58"), (0.12, "#8a4c66"), (0.5, "#3a3260"), (1, "#171b3a")])
    waves = paint.plane(paint.noise((width, 1400), (44, 22), rng, 5), sea.size, 9)
    paint.tint(sea, "#12142e", paint.levels(waves, 0.55, 1.0, 1.0, 170))
    paint.tint(sea, "#e58a6a", paint.levels(ImageOps.invert(waves), 0.6, 1.0, 1.2, 120))
    road = Image.new("L", sea.size)
    edges = [(sun[0] - 50, 0), (sun[0] + 50, 0), (sun[0] + 260, depth), (sun[0] - 260, depth)]
    ImageDraw.Draw(road).polygon(edges, fill=255)
    glitter = ImageChops.multiply(paint.blur(road, 46), paint.levels(ImageChops.offset(waves, 37, 0), 0.4, 0.62, 1.0))
    paint.tint(sea, "#ffdc98", glitter)
    picture.paste(sea, (0, horizon))
    return paint.vignette(paint.grain(picture, rng, 0.025), 0.3)


def dunes(rng: Random) -> Image.Image:
    """A desert in the evening: lit slopes, shaded slopes, and the crest between."""
    width, height = SIZE
    picture = paint.gradient(SIZE, [(0, "#5b86b4"), (0.4, "#c9c6bb"), (0.6, "#f4d3a0"), (1, "#f4d3a0")])
    picture = paint.glow(picture, (width * 0.16, height * 0.42), 900, "#fff0c9", 2.4)
    for base, rise, light, dark in ((0.55, 0.1, "#dfae7d", "#c99671"), (0.63, 0.13, "#dfa066", "#b37a55")):
        line = paint.hills(width // 2, height * rise, rng, peaks=2.2, rough=0.22, octaves=3)
        mask = paint.below(SIZE, line, height * base)
        picture.paste(
            paint.gradient(SIZE, [(0, light), (base - 0.05, light), (base + 0.2, dark), (1, dark)]), (0, 0), mask
        )
    peak = (width * 0.6, height * 0.35)
    left = paint.curve((0, height * 0.66), (width * 0.25, height * 0.62), (width * 0.42, height * 0.44), peak)
    right = paint.curve(peak, (width * 0.72, height * 0.45), (width * 0.85, height * 0.53), (width, height * 0.56))
    crest = paint.curve(
        peak, (width * 0.56, height * 0.5), (width * 0.78, height * 0.56), (width * 0.62, height * 0.7),
        (width * 0.5, height * 0.8), (width * 0.3, height * 0.84), (width * 0.36, height),
    )  # fmt: skip
    ripple = paint.noise((width, 500), (700, 7), rng, 3).transform(
        SIZE, Image.Transform.AFFINE, (1, -0.12, 120, 0.1, 0.4, 0), Image.Resampling.BICUBIC
    )
    fine = paint.noise(SIZE, (6, 4), rng, 1)
    bright = paint.gradient(SIZE, [(0, "#f9cb8c"), (0.36, "#f9cb8c"), (0.7, "#e9a45c"), (1, "#cf8344")])
    paint.tint(bright, "#b86f38", paint.levels(ripple, 0.5, 1.0, 1.0, 80))
    paint.tint(bright, "#fff1cf", paint.levels(fine, 0.6, 1.0, 1.0, 40))
    shade = paint.gradient(SIZE, [(0, "#8e5138"), (0.36, "#8a4f3a"), (0.7, "#6e3c33"), (1, "#4b2a2c")])
    paint.tint(shade, "#a86a4a", paint.levels(fine, 0.5, 1.0, 1.0, 40))
    picture.paste(bright, (0, 0), paint.shape(SIZE, [*left, *crest, (0.0, float(height))], 2))
    picture.paste(shade, (0, 0), paint.shape(SIZE, [*right, (float(width), float(height)), *reversed(crest)], 2))
    front = paint.hills(width // 2, height * 0.1, rng, peaks=1.2, rough=0.3, octaves=3)
    ground = paint.gradient(SIZE, [(0, "#7d4635"), (0.86, "#7d4635"), (1, "#3c2226")])
    paint.tint(ground, "#c9824f", paint.levels(ripple, 0.55, 1.0, 1.0, 90))
    picture.paste(ground, (0, 0), paint.below(SIZE, front, height * 0.98))
    return paint.vignette(paint.grain(picture, rng, 0.035), 0.25)


def aurora(rng: Random) -> Image.Image:
    """Northern lights over a frozen lake with firs on its shore."""
    width, height = SIZE
    shore = round(height * 0.72)
    sky = paint.gradient((width, shore), [(0, "#050a1c"), (0.6, "#0b2038"), (1, "#1b4a55")])
    draw = ImageDraw.Draw(sky)
    for _ in range(700):
        x, y, light = rng.random() * width, rng.random() * shore, rng.randint(70, 255)
        reach = 0.6 if light < 235 else 1.4
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(light, light, min(255, light + 15)))
    for colours, middle, swing, tall in (
        ([(0, "#000000"), (0.4, "#4a1f7a"), (0.72, "#1f8f7a"), (0.93, "#7dffb0"), (1, "#000000")], 0.62, 0.16, 620),
        ([(0, "#000000"), (0.45, "#2b2f8f"), (0.75, "#14806a"), (0.95, "#5af0a0"), (1, "#000000")], 0.82, 0.1, 420),
    ):
        curtain = Image.new("RGB", sky.size)
        column = paint.gradient((1, 256), colours)
        streaks = paint.noise((width // 3, 1), (26, 1), rng, 4).tobytes()
        phase = rng.random() * 6
        for x in range(width // 3):
            turn = x / width * 3
            foot = shore * (middle + swing * math.sin(turn * 5 + phase) * math.cos(turn * 2.3))
            rise = tall * (0.5 + 0.5 * streaks[x] / 255)
            bright = (0.35 + 0.65 * streaks[(x * 2) % len(streaks)] / 255) * (
                0.5 + 0.5 * math.sin(turn * 3.1 + phase) ** 2
            )
            strip = column.resize((3, round(rise))).point([round(n * bright) for n in range(256)] * 3)
            curtain.paste(strip, (x * 3, round(foot - rise)))
        sky = ImageChops.screen(sky, paint.blur(curtain, 5))
        sky = ImageChops.screen(sky, paint.blur(curtain.reduce(6), 9).resize(sky.size, Image.Resampling.BICUBIC))
    firs(sky, rng, shore, 44, (60, 190), "#04080f")
    picture = Image.new("RGB", SIZE)
    picture.paste(sky, (0, 0))
    ice = sky.crop((0, 2 * shore - height, width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    ice = paint.blur(ice.resize((width, 60)), 2).resize(ice.size, Image.Resampling.BICUBIC)
    ice = ImageChops.multiply(ice, paint.gradient(ice.size, [(0, "#9fc0c8"), (1, "#50708a")]))
    picture.paste(ice, (0, shore))
    return paint.grain(picture, rng, 0.03)


def firs(  # noqa: PLR0917 - A drawing reads best with its numbers in a row.
    picture: Image.Image, rng: Random, ground: int, count: int, heights: tuple[int, int], colour: str, bank: int = 8
) -> None:
    """A row of firs with their feet on ``ground``, and a bank of ``bank`` pixels below."""
    width = picture.width
    mask = Image.new("L", (width * 2, picture.height * 2))
    draw = ImageDraw.Draw(mask)
    for _ in range(count):
        middle, tall = rng.random() * width * 2, rng.randint(*heights) * 2
        foot = ground * 2 + rng.randint(0, 8)
        layers = max(7, min(15, tall // 22))
        step = tall * 0.95 / layers
        for layer in range(layers):
            top = foot - tall + step * layer
            left, right = (tall * 0.2 * ((layer + 1) / layers) ** 0.9 * rng.uniform(0.75, 1.15) for _ in "lr")
            low = top + step * 1.7
            draw.polygon(
                [(middle, top - step * 0.4), (middle + right, low), (middle, low - step * 0.3), (middle - left, low)],
                fill=255,
            )
        draw.rectangle((middle - tall * 0.01, foot - tall * 0.2, middle + tall * 0.01, foot), fill=255)
    if bank:
        draw.rectangle((0, ground * 2 - 6, width * 2, (ground + bank) * 2), fill=255)
    paint.tint(picture, colour, mask.reduce(2))


def forest(rng: Random) -> Image.Image:
    """Firs in morning fog, each row darker than the one behind."""
    width, height = 1200, 1600
    size = (width, height)
    picture = paint.gradient(size, [(0, "#c8d6d8"), (0.5, "#e9ece2"), (1, "#b9c8c2")])
    picture = paint.glow(picture, (width * 0.7, height * 0.2), 800, "#fff3cf", 2.0)
    tones = ("#c2d0cd", "#a3b8b5", "#7d9895", "#54736f", "#2f4d4a", "#14292a")
    for number, tone in enumerate(tones):
        ground = round(height * (0.42 + 0.12 * number))
        tall = (80 + 60 * number, 160 + 105 * number)
        firs(picture, rng, ground, 40 - 5 * number, tall, tone, bank=0)
        bank = paint.hills(width // 2, 50, rng, peaks=3, rough=0.4, octaves=5)
        paint.tint(picture, tone, paint.below(size, bank, ground + 20))
        if number < len(tones) - 1:
            fog = paint.noise(size, (900, 260), rng, 4)
            band = Image.new("L", size)
            rise = paint.levels(Image.linear_gradient("L"), 0, 1, 1.6).resize((width, 330))
            band.paste(rise, (0, ground - 260))
            band.paste(255, (0, ground + 70, width, height))
            paint.tint(
                picture, "#dfe7e2", ImageChops.multiply(band, paint.levels(fog, 0.0, 1.0, 0.8, 225 - 15 * number))
            )
    return paint.vignette(paint.grain(picture, rng, 0.03), 0.25)


def fuji(rng: Random) -> Image.Image:
    """A woodcut: a mountain, a red sun, bands of cloud and a sea of waves."""
    width, height = 1600, 1200
    size = (width, height)
    picture = paint.gradient(size, [(0, "#1f4f79"), (0.25, "#7fa6b5"), (0.6, "#efe3c6"), (1, "#efe3c6")])
    paint.tint(picture, "#c8372d", paint.disc(size, (1060, 190, 1290, 420), 2))
    peak = paint.curve(
        (120, 900),
        (480, 800),
        (640, 460),
        (735, 300),
        (760, 285),
        (830, 300),
        (865, 305),
        (980, 500),
        (1150, 810),
        (1560, 900),
    )
    mountain = paint.shape(size, peak, 2)
    slope = paint.gradient(size, [(0, "#274a68"), (0.4, "#2d5672"), (0.72, "#7f93a0"), (1, "#c8c2ae")])
    picture.paste(slope, (0, 0), mountain)
    snow = [(500.0, 0.0), (1100.0, 0.0)]
    snow += [(1100 - n * 25, 470 + (80 if n % 2 else -10) * (0.6 + rng.random()) - abs(n - 12) * 4) for n in range(25)]
    paint.tint(picture, "#f8f4e8", ImageChops.multiply(mountain, paint.shape(size, snow, 2)))
    draw = ImageDraw.Draw(picture)
    for _ in range(16):
        x, y, wide = rng.randint(-200, width), rng.randint(480, 800), rng.randint(200, 620)
        draw.rounded_rectangle((x, y, x + wide, y + 26), 13, fill=paint.rgb("#f3ead3"))
    for row in range(9):
        y, tone = 880 + row * 40, ("#2f6a8c", "#245576", "#193f5f")[row % 3]
        reach = 46 + row * 6
        for column in range(-1, width // reach + 2):
            left = column * reach + (row % 2) * reach / 2
            for part, fill in ((1.0, tone), (0.72, "#efe3c6"), (0.6, tone), (0.34, "#efe3c6"), (0.22, tone)):
                r = reach * 0.52 * part
                draw.ellipse((left - r, y + 60 - r, left + r, y + 60 + r), fill=paint.rgb(fill))
    picture = picture.resize(size)
    paper = paint.noise(size, (7, 7), rng, 2)
    paint.tint(picture, "#fff6e0", paint.levels(paper, 0.5, 1.0, 1.0, 26))
    return picture


def panorama(rng: Random) -> Image.Image:
    """24 megapixels: a valley in the evening, for zooming, cropping and tiles."""
    width, height = 6000, 4000
    small = (1500, 1000)
    sky = paint.gradient(small, [(0, "#274a86"), (0.4, "#86a3cf"), (0.62, "#f7d3a8"), (1, "#f6b98a")])
    clouds = paint.noise(small, (620, 170), rng, 7)
    paint.tint(sky, "#fff3e2", paint.levels(clouds, 0.5, 0.95, 1.1, 235))
    shadow = ImageChops.subtract(clouds, ImageChops.offset(clouds, 6, -12), 0.7)
    paint.tint(
        sky, "#8b86a8", ImageChops.multiply(paint.levels(clouds, 0.5, 0.8), paint.levels(shadow, 0.02, 0.3, 1.0, 200))
    )
    sky = paint.glow(sky, (400, 560), 640, "#ffd596", 2.2)
    picture = sky.resize((width, height), Image.Resampling.BICUBIC)
    layers = (
        (0.60, 0.22, 3, "#8d93b8"), (0.66, 0.20, 4, "#6f7fa3"), (0.72, 0.17, 5, "#5a7285"),
        (0.80, 0.14, 4, "#56715f"), (0.90, 0.12, 3, "#3c5a3f"), (1.02, 0.12, 3, "#22382b"),
    )  # fmt: skip
    relief = paint.noise((1500, 1000), (70, 40), rng, 6)
    relief = ImageChops.subtract(relief, ImageChops.offset(relief, 4, 3), 0.3)
    texture = paint.levels(relief, 0.05, 0.7).resize((width, height), Image.Resampling.BICUBIC)
    for base, rise, peaks, tone in layers:
        line = paint.hills(1500, height * rise, rng, peaks=peaks, rough=0.45, octaves=8)
        step = width / len(line)
        top = round(height * (base - rise)) - 2
        box = (0, max(0, top), width, height)
        mask = Image.new("L", (width, height - box[1]))
        points = [(x * step, height * base - rise_here - box[1]) for x, rise_here in enumerate(line)]
        points += [(float(width), points[-1][1]), (float(width), float(height)), (0.0, float(height))]
        ImageDraw.Draw(mask).polygon(points, fill=255)
        picture.paste(paint.rgb(tone), box, mask)
        if base > 0.7:
            light = texture.crop(box).point([round(n * 0.42) for n in range(256)])
            picture.paste(paint.rgb("#f3cf8c"), box, ImageChops.multiply(light, mask))
    front = picture.crop((0, 2900, width, height))
    firs(front, rng, 1070, 190, (110, 460), "#12231c")
    picture.paste(front, (0, 2900))
    balloon(picture, (4350, 900), 190)
    return picture


def balloon(picture: Image.Image, centre: tuple[int, int], radius: int) -> None:
    """A striped balloon, small in the panorama and sharp when one zooms in."""
    side = radius * 4
    local = (side, side)
    middle = side / 2
    skin = paint.gradient(local, [(0, "#d9503f"), (1, "#8f2a2e")])
    draw = ImageDraw.Draw(skin)
    for part in (0.78, 0.5, 0.2):
        reach = radius * part
        draw.ellipse((middle - reach, radius * 0.2, middle + reach, radius * 2.2), fill=paint.rgb("#f3e3c3"))
        reach -= radius * 0.14
        draw.ellipse((middle - reach, radius * 0.2, middle + reach, radius * 2.2), fill=paint.rgb("#c9473a"))
    skin = paint.glow(skin, (middle - radius * 0.4, radius * 0.8), radius * 0.9, "#8a6a4a", 1.5)
    mouth = radius * 2.5
    envelope = paint.disc(local, (middle - radius, radius * 0.2, middle + radius, radius * 2.2), 2)
    cone = [(middle - radius * 0.86, radius * 1.7), (middle + radius * 0.86, radius * 1.7)]
    cone += [(middle + radius * 0.2, mouth), (middle - radius * 0.2, mouth)]
    mask = ImageChops.lighter(envelope, paint.shape(local, cone, 2))
    place = (centre[0] - round(middle), centre[1] - radius)
    picture.paste(skin, place, mask)
    draw = ImageDraw.Draw(picture)
    x, y = centre[0], place[1] + round(mouth)
    for offset in (-30, 30):
        draw.line((x + offset, y, x + offset * 0.8, y + 90), fill=(60, 45, 40), width=5)
    draw.rounded_rectangle((x - 34, y + 88, x + 34, y + 140), 10, fill=paint.rgb("#7a4a2c"))
    draw.text((x, y + 113), "hello", font=paint.font(24), fill=paint.rgb("#f3e3c3"), anchor="mm")
