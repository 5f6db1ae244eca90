"""The list of sample files: where each lies, and how it is drawn and saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from qis_core.samples import landscapes, products, scenes, technical

Save = Callable[[Image.Image, Path], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: its path in the library and what writes it."""

    path: str
    write: Callable[[Path], None]


def _drawn(path: str, draw: Callable[[Random], Image.Image], save: Save) -> Sample:
    # The seed is the path's, so that adding a picture changes no other.
    return Sample(path, lambda target: save(draw(Random(path)), target))


def _jpg(quality: int = 88, **more: Any) -> Save:
    return lambda image, target: image.save(target, "JPEG", quality=quality, **more)


def _titled(title: str) -> Save:
    """A JPEG with a few EXIF facts, as from a camera."""

    def save(image: Image.Image, target: Path) -> None:
        exif = Image.Exif()
        exif[0x010E] = title
        exif[0x010F] = "QIS"
        exif[0x0110] = "Paint box"
        exif[0x0132] = "2026:11:01 08:00:00"
        exif[0x8298] = "Public domain"
        image.save(target, "JPEG", quality=88, exif=exif, dpi=(300, 300))

    return save


def _webp(image: Image.Image, target: Path) -> None:
    image.save(target, "WEBP", quality=86, method=2)


def _tiff(image: Image.Image, target: Path) -> None:
    image.save(target, "TIFF", compression="tiff_lzw", dpi=(300, 300))


def _fax(image: Image.Image, target: Path) -> None:
    image.convert("1").save(target, "TIFF", compression="group4", dpi=(204, 196))


def _one_bit(image: Image.Image, target: Path) -> None:
    image.convert("1").save(target, "PNG", dpi=(150, 150))


def _palette(image: Image.Image, target: Path) -> None:
    image.quantize(32).save(target, "PNG")


def _png(image: Image.Image, target: Path) -> None:
    image.save(target, "PNG", compress_level=4)


def _oriented(number: int) -> Sample:
    def write(target: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = number
        technical.oriented(number).save(target, "JPEG", quality=90, exif=exif)

    return Sample(f"orientation/{number}.jpg", write)


def _animation(path: str, frames: Callable[[], list[Image.Image]], duration: int, **more: Any) -> Sample:
    def write(target: Path) -> None:
        first, *rest = frames()
        first.save(target, save_all=True, append_images=rest, duration=duration, loop=0, **more)

    return Sample(path, write)


def _pages(path: str, count: int, **more: Any) -> Sample:
    def write(target: Path) -> None:
        titles = ("On keeping one original", "Addresses", "Sizes and shapes", "Colour")
        pages = [technical.text_page(Random(n), titles[n], n + 1) for n in range(count)]
        pages[0].save(target, save_all=True, append_images=pages[1:], **more)

    return Sample(path, write)


def _poster_cmyk(rng: Random) -> Image.Image:
    return scenes.portrait(rng).convert("CMYK")


def _small_print(rng: Random) -> Image.Image:
    return landscapes.fuji(rng).reduce(2)


def _deep(target: Path) -> None:
    target.write_bytes(technical.deep_png(technical.deep_sky()))


def _deep_grey(target: Path) -> None:
    target.write_bytes(technical.deep_png(technical.deep_sky()[:1]))


def _deep_tiff(target: Path) -> None:
    technical.deep_sky()[0].save(target, "TIFF", compression="tiff_adobe_deflate")


def _transparent_gif(image: Image.Image, target: Path) -> None:
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, (0, 0), image)
    indexed = flat.quantize(63)
    indexed.paste(63, (0, 0), image.getchannel("A").point([255 * (n < 128) for n in range(256)]))
    indexed.save(target, "GIF", transparency=63)


SAMPLES: tuple[Sample, ...] = (
    _drawn("landscapes/mountain lake at dawn.jpg", landscapes.mountain_lake, _titled("Mountain lake at dawn")),
    _drawn("landscapes/Alpenglühen.jpg", landscapes.alpenglow, _titled("Last light")),
    _drawn("landscapes/sea sunset.jpg", landscapes.sea_sunset, _titled("Sunset at sea")),
    _drawn("landscapes/dunes.jpg", landscapes.dunes, _titled("Dunes")),
    _drawn("landscapes/aurora.jpg", landscapes.aurora, _titled("Northern lights")),
    _drawn("landscapes/туман.jpg", landscapes.forest, _titled("Morning fog")),
    _drawn("landscapes/富士山.png", landscapes.fuji, _png),
    _drawn("landscapes/panorama 24 MP.jpg", landscapes.panorama, _jpg(84)),
    _drawn("city/lights.jpg", scenes.bokeh, _titled("Street lights")),
    _drawn("city/night.jpg", scenes.night_city, _titled("City at night")),
    _drawn("city/tower.jpg", scenes.facade, _titled("Tower")),
    _drawn("city/staircase.jpg", scenes.staircase, _jpg(progressive=True)),
    _drawn("still life/dahlia.jpg", scenes.dahlia, _titled("Dahlia")),
    _drawn("still life/spheres.jpg", scenes.still_life, _titled("Spheres")),
    _drawn("still life/cloth.jpg", scenes.tartan, _jpg(90)),
    _drawn("shoes/red.jpg", products.red_shoe, _titled("Red shoe")),
    _drawn("shoes/blue.jpg", products.blue_shoe, _titled("Blue shoe")),
    _drawn("shoes/moss.webp", products.moss_shoe, _webp),
    _drawn("shoes/red, cut out.png", products.cut_out_shoe, _png),
    _drawn("logos/atelier.png", products.logo, _png),
    _drawn("logos/watermark.png", products.watermark, _png),
    _drawn("logos/badge.png", products.badge, _png),
    _drawn("logos/icons.gif", products.icons, _transparent_gif),
    _drawn("print/poster.jpg", scenes.portrait, _titled("Poster")),
    _drawn("print/poster CMYK.jpg", _poster_cmyk, _jpg(90, dpi=(300, 300))),
    _drawn("print/poster CMYK.tif", _poster_cmyk, _tiff),
    _drawn("print/plan, 1 bit.png", technical.line_art, _one_bit),
    _drawn("print/plan, fax.tif", technical.line_art, _fax),
    _pages("print/booklet, 4 pages.tif", 4, compression="tiff_adobe_deflate", dpi=(150, 150)),
    _pages("print/booklet.pdf", 4, resolution=150.0),
    _animation("motion/pendulum.gif", technical.pendulum, 40),
    _animation("motion/rings.webp", technical.rings, 50, quality=80, method=2),
    *(_oriented(number) for number in range(1, 9)),
    _drawn("technical/zone plate.png", technical.zone_plate, _png),
    _drawn("technical/glass, alpha.png", technical.glass, _png),
    _drawn("technical/chart.png", technical.chart, _png),
    _drawn("technical/greyscale.jpg", lambda rng: scenes.staircase(rng).convert("L"), _jpg(88)),
    _drawn("technical/palette.png", _small_print, _palette),
    _drawn("technical/wide gamut.jpg", technical.vivid, _jpg(92, icc_profile=technical.wide_gamut_profile())),
    Sample("technical/16 bits a channel.png", _deep),
    Sample("technical/16 bit grey.png", _deep_grey),
    Sample("technical/16 bit grey.tif", _deep_tiff),
)  # fmt: skip
"""Every sample, in the order in which they are drawn."""
