"""Ghostscript within this process: a program in, what its page device draws out.

The library is driven by its documented interface (Ghostscript's "The Ghostscript Interpreter
Application Programming Interface", iapi.h). The program is handed over in pieces and the drawing
comes back over a pipe, so that no file is needed, and Ghostscript works only until the page is there.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from qis_core.api import BrokenImage, TooLarge, UnsupportedFeature

_OLDEST = 950
"""The first version whose file access is locked in the interpreter's core, not by a program of its own."""

_UTF8 = 1
_QUIT, _NEED_INPUT = -101, -106
_PIECE = 64 * 1024
_NOWHERE = "/dev/null/nowhere"

_LOCKED_IN = (
    "-dSAFER", "-dNOPAUSE", "-dBATCH", "-dQUIET", "-dNOPROMPT",
    # The document's own fonts and the 35 of PostScript, not what fontconfig finds on this machine.
    "-dNONATIVEFONTMAP",
    # Pages of more than these bytes are drawn in bands, which are kept in memory as well, never in files.
    "-dMaxBitmap=100000000", "-sBandListStorage=memory",
    # A ceiling of Ghostscript's own, in KB, below which it fails in an orderly way.
    "-K1000000",
    "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4",
    "-sOutputFile=%stdout",
)  # fmt: skip

_ERRORS = (
    "unknownerror", "dictfull", "dictstackoverflow", "dictstackunderflow", "execstackoverflow", "interrupt",
    "invalidaccess", "invalidexit", "invalidfileaccess", "invalidfont", "invalidrestore", "ioerror", "limitcheck",
    "nocurrentpoint", "rangecheck", "stackoverflow", "stackunderflow", "syntaxerror", "timeout", "typecheck",
    "undefined", "undefinedfilename", "undefinedresult", "unmatchedmark", "VMerror",
)  # fmt: skip
"""PostScript's errors, by Ghostscript's codes from -1 on down."""

_Stdio = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char), ctypes.c_int)
_one_at_a_time = threading.Lock()


class _Revision(ctypes.Structure):
    _fields_ = (("product", ctypes.c_char_p), ("copyright", ctypes.c_char_p), ("number", ctypes.c_long),
                ("date", ctypes.c_long))  # fmt: skip


@cache
def library_name() -> str | None:
    """What the system calls Ghostscript's library; None where it has none.

    Asked in the server, because the answer may take another program, which a render worker cannot start.
    """
    return ctypes.util.find_library("gs")


@cache
def library() -> Any:
    """Ghostscript's functions, loaded at the first use. Raises UnsupportedFeature for versions that are too old."""
    functions = ctypes.CDLL(library_name() or "libgs.so.10")
    instance, text = ctypes.c_void_p, ctypes.c_char_p
    for name, arguments in (
        ("revision", [ctypes.POINTER(_Revision), ctypes.c_int]),
        ("new_instance", [ctypes.POINTER(instance), ctypes.c_void_p]),
        ("set_stdio", [instance, _Stdio, _Stdio, _Stdio]),
        ("set_arg_encoding", [instance, ctypes.c_int]),
        ("init_with_args", [instance, ctypes.c_int, ctypes.POINTER(text)]),
        ("run_string_begin", [instance, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]),
        ("run_string_continue", [instance, text, ctypes.c_uint, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]),
        ("run_string_end", [instance, ctypes.c_int, ctypes.POINTER(ctypes.c_int)]),
        ("exit", [instance]),
        ("delete_instance", [instance]),
    ):
        getattr(functions, f"gsapi_{name}").argtypes = arguments
    functions.gsapi_delete_instance.restype = None
    revision = _Revision()
    functions.gsapi_revision(ctypes.byref(revision), ctypes.sizeof(revision))
    # 950 for 9.50, 9533 for 9.53.3, 10000 for 10.00.0.
    if revision.number < _OLDEST:
        raise UnsupportedFeature(
            "PostScript is not drawn here: Ghostscript is older than 9.50, which cannot lock it in"
        )
    return functions


class Sink(Protocol):
    """Takes what the device writes, piece by piece, and tells when it has all that it wants."""

    def take(self, piece: bytes) -> bool: ...


class _Output:
    """Hands what comes out of the device to a sink, while Ghostscript runs."""

    def __init__(self, sink: Sink) -> None:
        self.is_enough = False
        self._sink = sink

    def read(self, pipe: int) -> None:
        """Reads until the writers have gone; what is too much is thrown away, so that nobody waits."""
        while piece := os.read(pipe, 1 << 20):
            self.is_enough = self.is_enough or self._sink.take(piece)


def run(pieces: Sequence[bytes], arguments: Sequence[str], sink: Sink) -> None:
    """Runs the programs in ``pieces``, one after the other, until the sink has all that it wants of what they draw.

    ``arguments`` name the device, its size and its resolution. Raises BrokenImage with Ghostscript's name for
    what went wrong, and TooLarge for want of memory.
    """
    output = _Output(sink)
    with _one_at_a_time, _collected(output):
        _run(pieces, arguments, output)


@contextmanager
def _collected(output: _Output) -> Iterator[None]:
    """The process's standard output goes to ``output``: the only way out for a device that needs no file's name."""
    read_end, write_end = os.pipe()
    kept = os.dup(1)
    os.dup2(write_end, 1)
    os.close(write_end)
    reader = threading.Thread(target=output.read, args=(read_end,), name="postscript")
    reader.start()
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        # This closes the pipe's last writing end.
        os.dup2(kept, 1)
        os.close(kept)
        reader.join()
        os.close(read_end)


def _run(pieces: Sequence[bytes], arguments: Sequence[str], output: _Output) -> None:
    functions, instance = library(), ctypes.c_void_p()
    # Programs read nothing, and whatever they say is lost.
    nothing, unheard = _Stdio(lambda *_: 0), _Stdio(lambda _, __, length: length)
    if functions.gsapi_new_instance(ctypes.byref(instance), None) < 0:
        raise MemoryError
    try:
        functions.gsapi_set_stdio(instance, nothing, unheard, unheard)
        functions.gsapi_set_arg_encoding(instance, _UTF8)
        words = [word.encode() for word in ("gs", *_LOCKED_IN, *arguments)]
        with _no_folder_for_temporary_files():
            code = functions.gsapi_init_with_args(instance, len(words), (ctypes.c_char_p * len(words))(*words))
        if code >= 0:
            code = _feed(functions, instance, pieces, output)
        functions.gsapi_exit(instance)
    finally:
        functions.gsapi_delete_instance(instance)
    if code < 0 and code != _QUIT and not output.is_enough:
        raise _failure(code)


@contextmanager
def _no_folder_for_temporary_files() -> Iterator[None]:
    """Where Ghostscript looks for such a folder there is none: it would let programs write and delete there."""
    kept = {name: os.environ.get(name) for name in ("TMPDIR", "TEMP")}
    os.environ.update(dict.fromkeys(kept, _NOWHERE))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _feed(functions: Any, instance: ctypes.c_void_p, pieces: Sequence[bytes], output: _Output) -> int:
    """Ghostscript's code for the end of the last piece that was run."""
    status = ctypes.c_int()
    code: int = functions.gsapi_run_string_begin(instance, 0, ctypes.byref(status))
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            code = functions.gsapi_run_string_continue(instance, part, len(part), 0, ctypes.byref(status))
            if code != _NEED_INPUT or output.is_enough:
                return code
    code = functions.gsapi_run_string_end(instance, 0, ctypes.byref(status))
    return code


def _failure(code: int) -> Exception:
    name = _ERRORS[-code - 1] if -len(_ERRORS) <= code else ""
    if name == "VMerror":
        return TooLarge("the memory that this program needs", "more than there is", "what one rendering may use")
    if name == "invalidfileaccess":
        return BrokenImage("this PostScript program opens files, which it may not")
    return BrokenImage(f"this PostScript program is damaged, cut off or ends in an error{name and f' ({name})'}")
