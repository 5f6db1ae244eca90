"""A view that meets a file being replaced is run once more, and only once."""

from __future__ import annotations

import pytest
from pyramid.request import Request
from pyramid.response import Response

from qis_core.storage.library import SourceChanged
from qis_core.web.replaced import asked_again


class Replacing:
    """A view whose file is replaced the first few times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, request: Request) -> Response:
        self.left -= 1
        if self.left >= 0:
            raise SourceChanged("a.jpg")
        return Response(text="done")


def view(times: int) -> Response:
    replacing = Replacing(times)

    def ask(request: Request) -> Response:
        return replacing(request)

    return asked_again(ask)(Request.blank("/image"))


@pytest.mark.parametrize("times", [0, 1])
def test_the_second_look_answers(times: int) -> None:
    assert view(times).text == "done"


def test_a_file_that_is_replaced_again_and_again_is_for_later() -> None:
    with pytest.raises(SourceChanged) as refusal:
        view(2)
    assert refusal.value.retry_after == 1
