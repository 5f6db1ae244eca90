"""Finding pictures, and what people say of them beyond title and description: tags, and where the eye should land."""

from __future__ import annotations

from qis_core.api import Level
from qis_core.services.searching import PAGE_LENGTH
from qis_core.services.tagging import Tagging, all_tags
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Flag, Names, Number, Text
from qis_core.web.api.library import one_image

endpoints = Endpoints("Search and tags")

FOUND = objects.record(
    total=objects.INTEGER,
    more=objects.BOOLEAN,
    images=objects.many(objects.record(id=objects.INTEGER, src=objects.TEXT, title=objects.TEXT)),
)
TAGS = objects.many(objects.TEXT)
KNOWN_TAGS = objects.many(objects.record(name=objects.TEXT, images=objects.INTEGER))


@endpoints.get(
    "search",
    "Pictures with all words in name, title, description, tags or metadata",
    query=[
        Text("q", default="", maximum=200, lines=True, help="Words; each is found at the beginning of a word"),
        Text("path", default="", lines=True, help="Only below this folder"),
        Text("tag", default="", maximum=100, help="Only with this tag"),
        Number("start", default=0, maximum=1000, help="How many to pass over"),
        Number("limit", default=PAGE_LENGTH, minimum=1, maximum=1000, help="How many to give at most"),
    ],
    login=False,
    shared=True,
    gives=FOUND,
    statuses=(404,),
)
def search(call: Call) -> object:
    """The best first, only what the caller may view; at most 1000 are counted, ``more`` says that there are others."""
    asked = call.query
    found = call.site.search.find(
        asked["q"], call.identity, path=asked["path"], tag=asked["tag"], start=asked["start"], limit=asked["limit"]
    )
    images = [{"id": tile.id, "src": tile.path, "title": tile.title} for tile in found.tiles]
    return {"total": found.total, "more": found.more, "images": images}


@endpoints.get(
    "tags",
    "The tags that are in use, the most used first",
    query=[
        Text("start", default="", maximum=100, help="How they begin"),
        Number("limit", default=100, minimum=1, maximum=1000),
    ],
    gives=KNOWN_TAGS,
)
def list_tags(call: Call) -> object:
    """With the number of their pictures."""
    return [
        {"name": name, "images": count}
        for name, count in all_tags(call.session, start=call.query["start"], limit=call.query["limit"])
    ]


@endpoints.get("admin/images/{id}/tags", "A picture's tags", gives=TAGS)
def show_tags(call: Call) -> object:
    """In alphabetical order."""
    record = call.site.catalogue.picture_numbered(call.session, call.number(), call.identity, Level.VIEW)
    return _tagging(call).of(record.id)


@endpoints.post(
    "admin/images/{id}/tags",
    "Give a picture tags",
    body=[Names("tags", required=True, help="A list, or one text with commas between them")],
    gives=TAGS,
    statuses=(404,),
)
def add_tags(call: Call) -> object:
    """Those that it has already stay; needs edit access. Answers all it has then."""
    return _tagging(call).change(call.number(), add=call.body["tags"])


@endpoints.delete(
    "admin/images/{id}/tags",
    "Take tags from a picture",
    query=[Text("tags", required=True, minimum=1, maximum=5000, help="Tags with commas between them")],
    gives=TAGS,
    statuses=(404,),
)
def remove_tags(call: Call) -> object:
    """Those that it does not have are passed over. Answers what is left."""
    return _tagging(call).change(call.number(), remove=[tag.strip() for tag in call.query["tags"].split(",")])


@endpoints.put(
    "admin/images/{id}/focal",
    "Say where in a picture the eye should land",
    body=[
        Number("x", minimum=0, maximum=10_000, help="From the left, in ten-thousandths of the upright picture's width"),
        Number("y", minimum=0, maximum=10_000, help="From the top, in ten-thousandths of its height"),
        Flag("remove", default=False, help="Forget the point instead"),
    ],
    gives=objects.IMAGE,
    statuses=(404,),
)
def set_focal(call: Call) -> object:
    """Crops with ``fit=cover&gravity=focal`` keep the point in sight; needs edit access."""
    given = call.body
    point = None if given["remove"] else (given.get("x", 5000) / 10_000, given.get("y", 5000) / 10_000)
    return one_image(call, call.site.catalogue.edit(call.session, call.number(), call.identity, focal=(point,)))


def _tagging(call: Call) -> Tagging:
    return Tagging(call.session, call.site.platform.access, call.identity)
