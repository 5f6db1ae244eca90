"""What listeners are told of each answer: what was served to whom, from where, how large, and what was passed on."""

from __future__ import annotations

import sys

from qis_core.api import ImageServed
from qis_core.testing.fixtures import InstallPlugin
from qis_core.testing.galleries import MakeGallery

LISTENER = """
from qis_core.api import hookimpl

QIS_API = (1, 0)
HEARD = []

@hookimpl
def qis_notify_image_served(event):
    HEARD.append(event)
"""


def test_every_answer_is_announced(install_plugin: InstallPlugin, new_gallery: MakeGallery) -> None:
    module = install_plugin("listener", LISTENER)
    gallery = new_gallery({"qis.public.level": "download"})
    made = gallery.get("wide.png", "width=50&xref=spring")
    gallery.get("wide.png", "width=50&xref=autumn&stats=0", headers=gallery.as_administrator())
    gallery.get("wide.png", "width=50&xref=spring")
    gallery.get("wide.png", "width=50&xref=spring", headers={"If-None-Match": made.headers["ETag"]}, status=304)
    whole = gallery.get("wide.png", "strip=0&colorspace=&quality=")
    gallery.get("wide.png", "xref=winter&stats=0", path="/original")
    gallery.get("wide.png", "width=none", status=400)
    gallery.site.site.platform.announcer.close()

    heard: list[ImageServed] = sys.modules[module].HEARD
    small, large = len(made.body), len(whole.body)
    assert [(event.path, event.identity.username, event.original) for event in heard] == [
        ("wide.png", "", False),
        ("wide.png", "admin", False),
        ("wide.png", "", False),
        ("wide.png", "", False),
        ("wide.png", "", False),
        ("wide.png", "", True),
    ]
    assert [event.size_bytes for event in heard] == [small, small, small, 0, large, large]
    assert [event.xref for event in heard] == ["spring", "autumn", "spring", "spring", "", "winter"]
    assert [event.record_stats for event in heard] == [True, False, True, True, True, False]
    assert [event.from_cache for event in heard] == [False, True, True, True, False, False]
