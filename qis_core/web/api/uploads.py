"""Sending files into the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pyramid.response import Response

from qis_core.api import BadOption, QisError
from qis_core.services.files.files import NO, RENAME, YES, Upload
from qis_core.settings import ServerSettings, UploadSettings
from qis_core.web.api import objects
from qis_core.web.api.endpoints import Call, Endpoints
from qis_core.web.api.envelope import envelope
from qis_core.web.api.fields import Choice, Field, Number, Text, read_fields
from qis_core.web.api.library import one_image
from qis_core.web.errors import api_message, status_of
from qis_core.web.multipart import Form, SentFile, reading_form

endpoints = Endpoints("Uploads")

FAILED = objects.record(error=objects.record(status=objects.INTEGER, message=objects.TEXT, data=objects.NOTHING))


@dataclass(frozen=True, kw_only=True)
class FilesField(Field):
    """The files of a form; they are read as they come, so that only the documentation asks this."""

    @property
    def allowed(self) -> str:
        return "one or more files"

    def _schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "items": {"type": "string", "contentMediaType": "image/*"}}


_FIELDS = (
    Text("path", minimum=1, help="The folder; it is made where it is missing"),
    Number("path_index", help="In place of path: one of the folders of qis.upload.folders, counted from 0"),
    Choice("overwrite", choices=(YES, NO, RENAME), default=NO, help="Where a name is taken; rename: name-001.jpg"),
)


@endpoints.post(
    "upload",
    "Put pictures into a folder",
    body=[FilesField("files", required=True, help="Pictures in any format that can be read here"), *_FIELDS],
    upload=True,
    gives={"type": "object", "additionalProperties": {"anyOf": [objects.IMAGE, FAILED]}},
    statuses=(409, 415),
)
def upload(call: Call) -> object:
    """Needs upload access to the folder, and create-folder access above a missing one.

    The answer tells of each file under the name that it was sent with: the image, or the error. All
    are tried; where some fail, the answer has the status of the first that did.
    """
    settings, data = call.site.settings(UploadSettings), call.site.settings(ServerSettings).data
    spool = data / "uploads"
    with reading_form(call.request, folder=spool, max_bytes=settings.max_bytes, max_files=settings.max_files) as form:
        asked = read_fields(_FIELDS, form.fields)
        files = _files(form)
        folder = call.site.files.require_upload(call.actor, _folder(asked, settings))
        answers, first = _store(call, files, folder, asked["overwrite"])
    if first is None:
        return answers
    status = status_of(first)
    response: Response = envelope(answers, status=status, message=api_message(status, first.message))
    return response


def _store(call: Call, files: list[SentFile], folder: str, overwrite: str) -> tuple[dict[str, Any], QisError | None]:
    answers: dict[str, Any] = {}
    first: QisError | None = None
    for file in files:
        try:
            record = call.site.files.store(call.actor, folder, Upload(name=file.name, body=file.body), overwrite)
            # Of two files of one name the one that failed is told of.
            answers.setdefault(file.name, one_image(call, record))
        except QisError as error:
            first = first or error
            answers[file.name] = _failure(error)
        finally:
            file.body.close()
    return answers, first


def _failure(error: QisError) -> Mapping[str, Any]:
    status = status_of(error)
    return {"error": {"status": status, "message": api_message(status, error.message), "data": None}}


def _files(form: Form) -> list[SentFile]:
    stray = next((file.field for file in form.files if file.field not in ("files", "files[]")), None)
    if stray is not None:
        raise BadOption(stray, "(a file)", "no file: files are sent as files")
    # A browser's form in which nothing was chosen sends a file without a name.
    found = [file for file in form.files if file.name]
    if not found:
        raise BadOption("files", "", "one or more files: it is missing")
    return found


def _folder(asked: Mapping[str, Any], settings: UploadSettings) -> str:
    if "path" in asked:
        return str(asked["path"])
    if "path_index" not in asked:
        raise BadOption("path", "", "a folder of the library: it is missing")
    if asked["path_index"] >= len(settings.folders):
        count = len(settings.folders)
        allowed = f"a number below {count}" if count else "left out: no folders have been set up for it"
        raise BadOption("path_index", asked["path_index"], allowed)
    return unquote(settings.folders[asked["path_index"]])
