"""Every error has a stable code, a meaning, and a status."""

from __future__ import annotations

import importlib
import pickle
import pkgutil

import pytest

import qis_core
import qis_core.api
from qis_core.api import BadOption, QisError, TooLarge, Unavailable
from qis_core.api.errors import ERRORS
from qis_core.web.errors import STATUSES


def public_errors():
    found = {kind for kind in vars(qis_core.api).values() if isinstance(kind, type) and issubclass(kind, QisError)}
    return sorted(found - {QisError}, key=lambda kind: kind.code)


every_error = pytest.mark.parametrize("kind", public_errors(), ids=lambda kind: kind.code)


@every_error
def test_it_is_mapped_to_a_status_of_failure(kind):
    assert 400 <= STATUSES[kind] < 600


@every_error
def test_it_says_what_it_means(kind):
    assert kind.__doc__
    assert kind.__doc__.strip().splitlines()[0].rstrip().endswith((".", ";", ","))


@every_error
def test_it_is_listed_or_a_special_case_of_one_that_is(kind):
    assert issubclass(kind, ERRORS)


def test_no_two_errors_share_a_code():
    for module in pkgutil.walk_packages(qis_core.__path__, "qis_core."):
        if ".migrations" not in module.name and ".samples" not in module.name:
            importlib.import_module(module.name)
    # A subclass without a code of its own is, for clients, its parent.
    codes = [kind.code for kind in _subclasses(QisError) if "code" in vars(kind)]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize(
    "error",
    [
        BadOption("width", "x", "a whole number"),
        TooLarge("the picture", 2, 1, "pixels"),
        Unavailable("busy", retry_after=7),
        QisError("plain"),
    ],
    ids=lambda error: error.code,
)
def test_it_survives_the_way_from_a_render_worker(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def _subclasses(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith("qis_core."):
            yield each
            yield from _subclasses(each)
