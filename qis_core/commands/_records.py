"""The records, as commands change them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qis_core.configuration import Configuration

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextlib.contextmanager
def records(configuration: Configuration) -> Iterator[Session]:
    """A session in a transaction that is committed at the end."""
    from qis_core.plugins import load
    from qis_core.services.startup import open_records

    kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
    with open_records(kernel) as session:
        yield session
