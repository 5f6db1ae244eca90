"""What HTTP Basic brings."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qis_core.web.security import basic_credentials


@given(st.text().filter(lambda name: ":" not in name), st.text())
def test_name_and_password_come_out_as_they_went_in(name: str, password: str) -> None:
    encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
    assert basic_credentials(f"Basic {encoded}") == (name, password)


@pytest.mark.parametrize("header", ["", "Basic", "Basic x", "Basic eA==", "Basic //8=", "Bearer eDp5", "Basic é"])
def test_anything_else_is_nothing(header: str) -> None:
    assert basic_credentials(header) is None


@given(st.text())
def test_no_header_is_a_fault(header: str) -> None:
    basic_credentials(header)
    basic_credentials(f"Basic {header}")
