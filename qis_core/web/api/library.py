"""The library: a folder's files, one picture, its title and description, and folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from qis_core.api import BadOption, Level, StorageEntry
from qis_core.db.folders import FolderRecord
from qis_core.db.images import ImageRecord
from qis_core.db.users import Status
from qis_core.domain.query import readable
from qis_core.services.catalogue import FolderEntry, PictureEntry
from qis_core.services.links import listed_url
from qis_core.settings import ServerSettings
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.fields import Choice, Flag, Number, Text

endpoints = Endpoints("Library")

MOST_LISTED = 1000
MOST_OPTIONS = 1024

STATUS = Choice("status", choices=("1", "0", "any"), default="1", help="Only active, only deleted, or both")


@endpoints.get(
    "list",
    "The files of a folder, in the order of their names",
    query=[
        Text("path", required=True, minimum=1, lines=True, help="The folder; / is the library's root"),
        Flag("attributes", default=False, help="All fields of the pictures, not only their names"),
        Number("start", default=0, help="How many files to pass over"),
        Number("limit", default=MOST_LISTED, minimum=1, maximum=MOST_LISTED, help="How many files to give at most"),
    ],
    image_options=True,
    login=False,
    shared=True,
    gives=objects.many(objects.LISTED),
    statuses=(403, 404),
)
def list_files(call: Call) -> object:
    """All files; only pictures have a ``url``, with the options of images that the query holds."""
    asked = call.query
    files = call.site.catalogue.files(asked["path"], call.identity, start=asked["start"], limit=asked["limit"])
    options = {name: text for name, text in call.further.items() if name != "src"}
    length = len(_encoded(options))
    if length > MOST_OPTIONS:
        # They come back a thousand times.
        raise BadOption("options of images", f"({length} characters)", f"at most {MOST_OPTIONS} characters in all")
    if not asked["attributes"]:
        return [_file(call, entry, options) for entry in files]
    pictures = call.site.catalogue.pictures(files)
    folders = call.site.catalogue.folders(picture.folder_id for picture in pictures.values())
    made = _Images(call, folders, options)
    return [
        made.image(pictures[entry.path]) if entry.path in pictures else _file(call, entry, options) for entry in files
    ]


@endpoints.get(
    "details",
    "One picture",
    query=[Text("src", required=True, minimum=1, lines=True, help="Folder and file name")],
    login=False,
    shared=True,
    gives=objects.IMAGE,
    statuses=(403, 404, 415),
)
def details(call: Call) -> object:
    """A picture by its path."""
    return one_image(call, call.site.catalogue.picture(call.query["src"], call.identity))


@endpoints.get("admin/images/{id}", "One picture by its number", gives=objects.IMAGE)
def show_image(call: Call) -> object:
    """A picture by its number, deleted ones included."""
    found = call.site.catalogue.picture_numbered(call.session, call.number(), call.identity, Level.VIEW)
    return one_image(call, found)


@endpoints.put(
    "admin/images/{id}",
    "Change a picture's title and description",
    body=[Text("title", maximum=255), Text("description", maximum=65_535, lines=True)],
    gives=objects.IMAGE,
)
def edit_image(call: Call) -> object:
    """Needs edit access to the picture's folder."""
    return one_image(call, call.site.catalogue.edit(call.session, call.number(), call.identity, **call.body))


@endpoints.get(
    "admin/filesystem/folders",
    "One folder by its path",
    query=[Text("path", minimum=1, lines=True, default="/"), STATUS],
    gives=objects.ONE_FOLDER,
    statuses=(404,),
)
def find_folder(call: Call) -> object:
    """A folder with its parent, and those of its children that have the status."""
    return _folder(call.site.catalogue.folder(call.query["path"], call.identity, statuses(call)))


@endpoints.get("admin/filesystem/folders/{id}", "One folder by its number", query=[STATUS], gives=objects.ONE_FOLDER)
def show_folder(call: Call) -> object:
    """As by its path."""
    return _folder(call.site.catalogue.folder_numbered(call.number(), call.identity, statuses(call)))


def statuses(call: Call) -> Sequence[int]:
    """The statuses that the query asks for."""
    asked = call.query["status"]
    return tuple(Status) if asked == "any" else (Status(int(asked)),)


def one_image(call: Call, found: PictureEntry | ImageRecord) -> dict[str, Any]:
    """The contract's image of a record."""
    return _Images(call, call.site.catalogue.folders([found.folder_id]), {}).image(found)


class _Images:
    """Makes images of records for one caller: what is the same for a whole folder is worked out once."""

    def __init__(self, call: Call, folders: Mapping[int, FolderRecord], options: Mapping[str, str]) -> None:
        self._site = call.site
        self._call = call
        self._options = options
        self._folders = {number: objects.folder(record) for number, record in folders.items()}
        self._identity = call.identity
        self._asks_plugins = call.site.kernel.manager.implements("qis_decide_access")
        self._downloads: dict[int, bool] = {}

    def image(self, found: PictureEntry | ImageRecord) -> dict[str, Any]:
        return {
            "id": found.id,
            "src": found.src,
            "folder_id": found.folder_id,
            "folder": self._folders[found.folder_id],
            "filename": found.filename,
            "title": found.title,
            "description": found.description,
            "width": found.width,
            "height": found.height,
            "status": found.status,
            "supported": True,
            "url": _url(self._call, found.src, self._options),
            "download": self._may_download(found),
        }

    def _may_download(self, found: PictureEntry | ImageRecord) -> bool:
        if self._asks_plugins or found.folder_id not in self._downloads:
            allowed = self._site.platform.access.allows(self._identity, Level.DOWNLOAD, found.src)
            self._downloads[found.folder_id] = allowed
        return self._downloads[found.folder_id]


def _file(call: Call, entry: StorageEntry, options: Mapping[str, str]) -> dict[str, Any]:
    supported = call.site.catalogue.recordable.is_picture(entry.path)
    url = _url(call, entry.path, options) if supported else ""
    return {"filename": readable(entry.name), "supported": supported, "url": url}


def _url(call: Call, path: str, options: Mapping[str, str]) -> str:
    """A picture's URL for who asks, signed where its viewers need that."""
    rules = call.site.platform.composer.links
    return listed_url(f"{_base(call)}{_encoded({'src': path, **options})}", path, options, rules, call.identity)


def _folder(found: FolderEntry) -> dict[str, Any]:
    return {
        **objects.folder(found.folder),
        "parent": objects.folder(found.parent) if found.parent else None,
        "children": [objects.folder(child) for child in found.children],
    }


def _base(call: Call) -> str:
    host: str = call.site.settings(ServerSettings).public_url or call.request.host_url
    return host.rstrip("/") + "/image?"


def _encoded(options: Mapping[str, str]) -> str:
    return urlencode(options, safe="/,:", errors="surrogateescape")
