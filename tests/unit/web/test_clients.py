"""Where a request comes from: only trusted front servers are believed."""

from __future__ import annotations

import pytest
from pyramid.request import Request

from qis_core.web.clients import ProxyRules, throttle_key

RULES = ProxyRules.of(["127.0.0.0/8", "::1", "10.1.0.0/16"])


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, nonsense", "None"),
        ("::ffff:127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.1", "None"),
    ],
)
def test_the_last_address_that_a_trusted_server_appended_counts(remote: str, forwarded: str, client: str) -> None:
    request = Request({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded})
    assert str(RULES.client(request)) == client


@pytest.mark.parametrize(
    ("remote", "said", "is_https"),
    [
        ("127.0.0.1", "https", True),
        ("::ffff:10.1.2.3", "HTTPS ", True),
        ("127.0.0.1", "http, https", True),
        ("127.0.0.1", "https, http", False),
        ("127.0.0.1", "", False),
        ("203.0.113.9", "https", False),
        ("", "https", False),
    ],
)
def test_only_a_trusted_server_can_say_that_it_was_asked_by_https(remote: str, said: str, is_https: bool) -> None:
    assert RULES.is_https({"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_PROTO": said}) is is_https


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        ProxyRules.of(["nonsense"])


def test_an_ipv6_client_is_counted_by_its_network() -> None:
    keys = {
        throttle_key(RULES.client(Request({"REMOTE_ADDR": address}))) for address in ("2001:db8::1", "2001:db8::ffff")
    }
    assert keys == {"2001:db8::/64"}
