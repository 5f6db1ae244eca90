"""What Register hooks may return, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from qis_core.api import (
    Analyser,
    Decoder,
    Encoder,
    Int,
    Option,
    StorageProvider,
    Task,
    Theme,
    WebExtension,
)
from qis_core.plugins.hooks import PluginRefused
from qis_core.plugins.things import KINDS, claims


class Fax(Decoder):
    name = "fax"
    extensions = ("fax",)
    media_types = ("image/g3fax",)

    def sniff(self, head):
        return False

    def probe(self, source, hint):
        raise NotImplementedError

    def decode(self, source, hint):
        raise NotImplementedError


class FaxOut(Encoder):
    name = "fax"
    extensions = ("fax",)
    media_type = "image/g3fax"
    aliases = ("g3",)
    options = (Int("quality", help="?"),)

    def encode(self, image, options, metadata, out):
        raise NotImplementedError


class Attic(StorageProvider):
    scheme = "attic"

    def open(self, url):
        raise NotImplementedError


@dataclass
class Parameters:
    days: int = 1


class Sweep(Task):
    name = "sweep"
    parameters = Parameters

    def run(self, parameters, context):
        raise NotImplementedError


class Hue(Analyser):
    name = "hue"

    def analyse(self, image, info):
        return {}


def check(kind, thing, **changes):
    for attribute, value in changes.items():
        setattr(thing, attribute, value)
    return KINDS[kind].checked("hook", [thing])


def complaint(kind, thing, **changes) -> str:
    with pytest.raises(PluginRefused) as raised:
        check(kind, thing, **changes)
    return str(raised.value)


def test_what_is_right_is_taken(tmp_path):
    for kind, thing in [
        ("decoders", Fax()),
        ("encoders", FaxOut()),
        ("storages", Attic()),
        ("tasks", Sweep()),
        ("analysers", Hue()),
        ("themes", Theme(name="dark", path=tmp_path)),
        ("web", WebExtension(name="iiif", include="qis_iiif.web")),
    ]:
        assert check(kind, thing) == (thing,)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"extensions": ()}, "Fax.extensions is ()"),
        ({"extensions": "fax"}, "Fax.extensions is 'fax'"),
        ({"extensions": [".fax"]}, "Fax.extensions holds '.fax'"),
        ({"extensions": ["FAX"]}, "Fax.extensions holds 'FAX'"),
        ({"media_types": "image/fax"}, "Fax.media_types is 'image/fax'"),
        ({"priority": 1.5}, "Fax.priority is 1.5"),
        ({"version": True}, "Fax.version is True"),
        ({"name": ""}, "Fax.name is ''"),
    ],
)
def test_decoders(changes, said):
    assert said in complaint("decoders", Fax(), **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aliases": ["G 3"]}, "FaxOut.aliases holds 'G 3'"),
        ({"aliases": None}, "FaxOut.aliases is None"),
        ({"media_type": None}, "FaxOut.media_type must be a text"),
        ({"modes": [1]}, "FaxOut.modes is [1]"),
        ({"options": None}, "FaxOut.options must be a list"),
        ({"options": [Int("a"), Int("a")]}, "two options have the"),
        ({"options": [Option("a", key="b"), Option("c", key="b")]}, "two options have the key 'b'"),
    ],
)
def test_encoders(changes, said):
    assert said in complaint("encoders", FaxOut(), **changes)


def test_a_store_is_named_by_its_scheme():
    assert KINDS["storages"].names(Attic()) == ("attic",)
    assert "Attic.scheme is 'At tic'" in complaint("storages", Attic(), scheme="At tic")


@pytest.mark.parametrize("parameters", [None, int, Parameters()])
def test_a_tasks_parameters_are_a_dataclass(parameters):
    assert "Sweep.parameters must be a dataclass" in complaint("tasks", Sweep(), parameters=parameters)


def test_a_themes_folder_is_there(tmp_path):
    assert "there is no folder" in complaint("themes", Theme(name="dark", path=tmp_path / "none"))


@pytest.mark.parametrize("include", ["", "not a module", "a..b", "a.b:c"])
def test_a_web_extension_names_a_module(include):
    assert "is no dotted module name" in complaint("web", WebExtension(name="iiif", include=include))


def test_a_thing_of_another_kind_is_refused():
    assert complaint("decoders", FaxOut()) == "hook: a FaxOut was returned; it must be Decoder"


def test_an_encoder_claims_its_aliases_too():
    assert list(claims("encoders", FaxOut())) == [("encoder", "fax"), ("encoder", "g3")]
