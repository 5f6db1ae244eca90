"""Forms with files, read as they come: each file goes to the disk, and none is ever in memory whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pyramid.request import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from qis_core.api import BadOption, TooLarge, Unavailable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_BLOCK = 256 * 1024
_MOST_FIELD_BYTES = 1024 * 1024
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of a form: the ``field`` that it was sent as, its ``name`` as its sender has it, and its bytes."""

    field: str
    name: str
    body: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a form holds."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)


@contextmanager
def reading_form(request: Request, *, folder: Path, max_bytes: int, max_files: int) -> Iterator[Form]:
    """The request's form; its files lie in ``folder``, without names, and are gone at the end, or with the process.

    A body that is no multipart form is read as one without files. Raises BadOption, TooLarge, and
    Unavailable where the disk is full.
    """
    content_type, options = parse_options_header(request.headers.get("Content-Type", ""))
    if content_type != b"multipart/form-data":
        yield Form()
        return
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 200:
        raise BadOption("the boundary of the form", boundary.decode("latin-1"), "a text of 1 to 200 characters")
    if (request.content_length or 0) > max_bytes:
        raise TooLarge("the request's body", request.content_length, max_bytes, "bytes")
    with ExitStack() as opened:
        reader = _Reader(folder, max_files, opened)
        try:
            reader.read(request, boundary, max_bytes)
        except FormParserError as error:
            raise _malformed() from error
        except OSError as error:
            raise Unavailable("the server cannot store what was sent: its disk is full or broken", 60) from error
        yield reader.form


class _Reader:
    """Takes the parser's callbacks."""

    def __init__(self, folder: Path, max_files: int, opened: ExitStack) -> None:
        self.form = Form()
        self._folder = folder
        self._max_files = max_files
        self._opened = opened
        self._left = _MOST_FIELD_BYTES
        self._is_complete = False
        self._header: list[bytes] = [b"", b""]
        self._disposition = b""
        self._text: bytearray | None = None
        self._name = ""

    def read(self, request: Request, boundary: bytes, max_bytes: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        told: MultipartCallbacks = {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_end": self._end,
        }
        parser = MultipartParser(boundary, told)
        body, count = request.body_file, 0
        while block := body.read(_BLOCK):
            count += len(block)
            if count > max_bytes:
                raise TooLarge("the request's body", "longer", max_bytes, "bytes")
            parser.write(block)
        parser.finalize()
        if not self._is_complete:
            raise _malformed()
        for file in self.form.files:
            file.body.seek(0)

    def _part_begin(self) -> None:
        self._header, self._disposition, self._text = [b"", b""], b"", None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = _decoded(options.get(b"name", b""))
        if b"filename" not in options:
            self._text = bytearray()
            return
        if len(self.form.files) >= self._max_files:
            raise TooLarge("the number of files in one request", "more", self._max_files)
        body = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 -- closed with the form.
        self._opened.callback(body.close)
        self.form.files.append(SentFile(field=self._name, name=_decoded(options[b"filename"]), body=body))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self.form.files[-1].body.write(memoryview(data)[start:end])
            return
        self._left -= end - start
        if self._left < 0:
            raise TooLarge("the fields of the form together", "more", _MOST_FIELD_BYTES, "bytes")
        self._text += data[start:end]

    def _part_end(self) -> None:
        if self._text is None:
            return
        try:
            text = self._text.decode()
        except UnicodeDecodeError:
            raise BadOption(self._name, ascii(bytes(self._text)), "a text in UTF-8") from None
        if "\0" in text or "\0" in self._name:
            raise BadOption(ascii(self._name)[1:-1], ascii(text), "made of Unicode characters without NUL")
        if len(self.form.fields) >= _MOST_FIELDS:
            raise TooLarge("the number of fields of the form", "more", _MOST_FIELDS)
        self.form.fields[self._name] = text

    def _end(self) -> None:
        self._is_complete = True


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


def _malformed() -> BadOption:
    return BadOption("the request's body", "(malformed or cut off)", "a multipart form as browsers and curl send it")
