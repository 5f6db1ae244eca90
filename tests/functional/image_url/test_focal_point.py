"""Crops that fill keep the focal point in sight, from the moment it is set."""

from __future__ import annotations

import io

from PIL import Image

from qis_core.testing.apis import Api
from qis_core.testing.app_fixtures import MakeSite

URL = "/image?src=halves.png&width=40&height=80&fit=cover&gravity=focal&format=png"


def test_a_crop_follows_the_focal_point(new_site: MakeSite) -> None:
    site = new_site({"qis.library.freshness_seconds": "0"})
    picture = Image.new("RGB", (300, 100), "red")
    picture.paste("blue", (150, 0, 300, 100))
    picture.save(site.library / "halves.png")
    api = Api(site=site)
    api.add_people()
    number = api.data("GET", "details/?src=halves.png", "admin")["id"]

    def middle() -> tuple[int, ...]:
        shown = Image.open(io.BytesIO(site.testapp.get(URL).body)).convert("RGB")
        assert shown.size == (40, 80)
        return shown.getpixel((10, 40)), shown.getpixel((30, 40))

    red, blue = (255, 0, 0), (0, 0, 255)
    assert middle() == (red, blue)
    first = site.testapp.get(URL).headers["ETag"]
    api.data("PUT", f"admin/images/{number}/focal/", "admin", json={"x": 9000, "y": 5000})
    assert middle() == (blue, blue)
    assert site.testapp.get(URL).headers["ETag"] != first
    api.data("PUT", f"admin/images/{number}/focal/", "admin", json={"x": 0, "y": 0})
    assert middle() == (red, red)
    api.data("PUT", f"admin/images/{number}/focal/", "admin", json={"remove": True})
    assert middle() == (red, blue)
    assert site.testapp.get(URL).headers["ETag"] == first
