"""A site seen as the pictures it gives: originals put into its library, renderings as Pillow pictures."""

from __future__ import annotations

import base64
import io
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from PIL import Image

from qis_core.testing.app_fixtures import ADMIN_PASSWORD, TestSite
from qis_core.testing.pictures import encoded

if TYPE_CHECKING:
    from webtest import TestResponse

_PATIENCE = 60

MakeGallery = Callable[..., "Gallery"]


@dataclass(kw_only=True)
class Gallery:
    """Asks a site for images. Every name is relative to the library's root."""

    site: TestSite
    _tokens: list[str] = field(default_factory=list)

    def put(self, name: str, content: bytes | Image.Image) -> None:
        """Stores an original; a Pillow picture is stored as PNG."""
        path = self.site.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else encoded(content, "PNG"))

    def get(
        self,
        name: str,
        query: str = "",
        *,
        path: str = "/image",
        method: str = "GET",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """The answer to ``/image?src=<name>&<query>``, which must have that status."""
        url = f"{path}?src={quote(name)}" + (f"&{query}" if query else "")
        return self.site.testapp.request(url, method=method, status=status, headers=dict(headers or {}))

    def image(self, name: str, query: str = "", **asked: Any) -> Image.Image:
        """The rendering, decoded by Pillow."""
        image = Image.open(io.BytesIO(self.get(name, query, **asked).body))
        image.load()
        return image

    def size(self, name: str, query: str = "") -> tuple[int, int]:
        """Width and height of the rendering."""
        return self.image(name, query).size

    def etag(self, name: str, query: str = "", **asked: Any) -> str:
        """The ETag of the rendering, which names its cache entry."""
        return str(self.get(name, query, **asked).headers["ETag"])

    def refusal(self, name: str, query: str = "", **asked: Any) -> str:
        """The text of an answer that must be 400."""
        return str(self.get(name, query, status=400, **asked).text)

    def add_templates(
        self, templates: Mapping[str, Mapping[str, object]], locked: Mapping[str, list[str]] | None = None
    ) -> None:
        """Stores templates, by name the values by key; back when the site has seen them."""
        from qis_core.db.properties import TEMPLATES_VERSION, Property
        from qis_core.domain.templates import Template
        from qis_core.services.templates import as_record

        site, before = self.site.site, self.site.site.templates.table().version
        with site.writing.begin() as session:
            for name, values in templates.items():
                keys = frozenset((locked or {}).get(name, ()))
                session.add(as_record(Template(name=name, values=values, locked=keys)))
            session.merge(Property(name=TEMPLATES_VERSION, value=str(secrets.randbits(40))))
        until = time.monotonic() + _PATIENCE
        while site.templates.table().version == before and time.monotonic() < until:
            time.sleep(0.02)

    def as_administrator(self) -> dict[str, str]:
        """Headers of a request by ``admin``."""
        if not self._tokens:
            given = {"username": "admin", "password": ADMIN_PASSWORD}
            self._tokens.append(self.site.testapp.post("/api/v1/token/", given).json["data"]["token"])
        return {"Authorization": "Basic " + base64.b64encode(f"{self._tokens[0]}:".encode()).decode()}

    def rendered(self) -> float:
        """How many renderings this site has made so far."""
        value = self.site.site.metrics.images.labels("rendered")._value.get()
        return float(value)
