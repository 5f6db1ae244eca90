"""Few threads wait for clients; what is short needs none."""

from __future__ import annotations

import io

import pytest

from qis_core.api import Unavailable
from qis_core.web.slow_clients import AT_ONCE, SlowClients


def test_what_is_short_is_a_list_and_takes_no_place() -> None:
    clients = SlowClients(1)
    stream = io.BytesIO(b"abcdef")
    assert [clients.sending(io.BytesIO(bytes(AT_ONCE)), AT_ONCE) for _ in range(3)] == [[bytes(AT_ONCE)]] * 3
    assert clients.sending(stream, 3) == [b"abc"]
    assert stream.closed


def test_what_is_long_takes_a_place_until_it_is_sent() -> None:
    clients, data = SlowClients(1), bytes(range(256)) * 5000
    first = clients.sending(io.BytesIO(data), len(data))
    refused = io.BytesIO(data)
    with pytest.raises(Unavailable):
        clients.sending(refused, len(data))
    assert refused.closed
    assert b"".join(first) == data
    assert b"".join(clients.sending(io.BytesIO(data), len(data) - 1)) == data[:-1]


def test_a_server_that_gives_up_gives_the_place_back_once() -> None:
    clients, data = SlowClients(1), bytes(2 * AT_ONCE)
    for _ in range(3):
        sending = clients.sending(io.BytesIO(data), len(data))
        assert next(iter(sending))
        sending.close()  # type: ignore[attr-defined]
        sending.close()  # type: ignore[attr-defined]


def test_an_answer_that_nobody_sends_gives_its_place_back() -> None:
    clients, data = SlowClients(1), bytes(2 * AT_ONCE)
    for _ in range(3):
        sending = clients.sending(io.BytesIO(data), len(data))
        del sending
