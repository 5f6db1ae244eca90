"""The one family of errors that cross a plugin's border.

Every error has a stable ``code`` (programs may compare it) and a text that is safe to show to
a client: it names what was wrong, what was sent and what is allowed, and nothing of the
server's inside. The web room maps each code to a status in one table.
"""

from __future__ import annotations

from collections.abc import Callable


class QisError(Exception):
    """Base of all errors that QIS and its plugins raise on purpose."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Callable[..., QisError], tuple[object, ...]]:
        # Errors travel from the render workers by pickle; subclasses have other signatures.
        return _rebuild, (type(self), self.message, dict(self.__dict__))

    def __str__(self) -> str:
        return self.message


def _rebuild(kind: type[QisError], message: str, state: dict[str, object]) -> QisError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class BadOption(QisError):
    """An option's value is malformed or out of range."""

    code = "bad-option"

    def __init__(self, option: str, sent: object, allowed: str) -> None:
        """``option`` is the name as the client wrote it, ``sent`` what came, ``allowed`` a phrase."""
        shown = str(sent)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        super().__init__(f"{option}: {shown!r} is not allowed here; it must be {allowed}")
        self.option = option
        self.sent = shown
        self.allowed = allowed


class NotThisFormat(QisError):
    """A decoder was given bytes that are not of its format; the next decoder is asked."""

    code = "not-this-format"


class BrokenImage(QisError):
    """The bytes are damaged, cut off, encrypted or otherwise not readable as a picture."""

    code = "broken-image"


class UnsupportedFeature(QisError):
    """The file or recipe is valid, but uses something that nobody installed can do."""

    code = "unsupported-feature"


class TooLarge(QisError):
    """A limit of pixels, frames, pages, bytes or memory would be passed."""

    code = "too-large"

    def __init__(self, what: str, actual: object, limit: object, unit: str = "") -> None:
        """``what`` names the limit; ``actual`` and ``limit`` are in ``unit``."""
        tail = f" {unit}" if unit else ""
        super().__init__(f"{what} is {actual}{tail}; the limit is {limit}{tail}")
        self.what = what


class TookTooLong(QisError):
    """Rendering did not end within its limit of seconds."""

    code = "took-too-long"


class NotFound(QisError):
    """No such picture, folder or record; also every path outside the library."""

    code = "not-found"


class AlreadyExists(QisError):
    """Something of that name is there already."""

    code = "already-exists"


class Refused(QisError):
    """The identity may not do this."""

    code = "refused"


class Unavailable(QisError):
    """Too busy, or a service is away: worth another try after ``retry_after`` seconds."""

    code = "unavailable"

    def __init__(self, message: str, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


ERRORS: tuple[type[QisError], ...] = (
    BadOption,
    NotThisFormat,
    BrokenImage,
    UnsupportedFeature,
    TooLarge,
    TookTooLong,
    NotFound,
    AlreadyExists,
    Refused,
    Unavailable,
)
"""Every concrete error, for the reference page and the table of statuses."""
