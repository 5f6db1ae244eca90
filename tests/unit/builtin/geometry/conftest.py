"""Applies one operation to a picture of a size, from its options as they stand in a URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from qis_core.api import Frame, FramingOperation, Options, Size, SourceInfo


@pytest.fixture(scope="session")
def options_of() -> Callable[..., Options]:
    """``options_of(operation, width="200", …)``: the parsed options of URL names and texts."""

    def parsed(operation: FramingOperation, texts: Mapping[str, str]) -> Options:
        by_name = {option.name: option for option in operation.options}
        values = {by_name[name].key: by_name[name].parse(text) for name, text in texts.items()}
        return Options(values, {option.key: option.default for option in operation.options})

    return parsed


@pytest.fixture(scope="session")
def reframed(options_of: Callable[..., Options]) -> Callable[..., Frame]:
    """``reframed(operation, texts, width, height)`` or, in place of the size, a frame or an info."""

    def reframe(
        operation: FramingOperation, texts: Mapping[str, str], start: Frame | SourceInfo | Size | tuple[int, int]
    ) -> Frame:
        if isinstance(start, tuple):
            start = Size(width=start[0], height=start[1])
        info = start if isinstance(start, SourceInfo) else SourceInfo(format="jpg", size=Size(width=1, height=1))
        if isinstance(start, Size):
            info = SourceInfo(format="jpg", size=start)
        frame = start if isinstance(start, Frame) else Frame.of(info)
        return operation.reframe(frame, options_of(operation, texts), info)

    return reframe
