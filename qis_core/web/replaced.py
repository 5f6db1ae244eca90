"""Files that are replaced while a request is being answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from pyramid.request import Request
from pyramid.response import Response

from qis_core.storage.library import SourceChanged

View = Callable[[Request], Response]


def asked_again(view: View) -> View:
    """The view, run a second time where a file was replaced during the first: then it sees what is there now."""

    @wraps(view)
    def run(request: Request) -> Response:
        try:
            return view(request)
        except SourceChanged:
            return view(request)

    return run
