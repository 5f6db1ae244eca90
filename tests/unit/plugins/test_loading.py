"""Plugins as an operator meets them: installed distributions, good and bad."""

from __future__ import annotations

import logging

import pytest

from qis_core.plugins import PluginRecord, PluginState, builtin_candidates, installed_candidates, load
from qis_core.settings import ConfigurationError

GOOD = """
from qis_core.api import Phase, PixelOperation, Real, hookimpl

QIS_API = (1, 0)

class Sepia(PixelOperation):
    name = "sepia"
    phase = Phase.COLOUR
    options = [Real("sepia", default=0, help="Strength of the brown tone")]
    version = 3

    def apply(self, image, options, context):
        return image

@hookimpl
def qis_register_operations():
    return [Sepia()]
"""

ENCODER = """
from qis_core.api import Encoder, Int, hookimpl

QIS_API = (1, 0)

class Zap(Encoder):
    name = "zap"
    extensions = ["zap"]
    media_type = "image/zap"
    aliases = {aliases}
    options = [Int("{option}", help="?")]

    def encode(self, image, options, metadata, out):
        pass

@hookimpl
def qis_register_encoders(context):
    return [Zap()]
"""


def load_plain(raw=None, **others):
    return load(raw or {}, environ={}, **others)


def record_of(kernel, name) -> PluginRecord:
    found = [record for record in kernel.records if record.name == name]
    return found[-1]


def reason_of(name) -> tuple[PluginState, str]:
    record = record_of(load_plain(), name)
    return record.state, record.reason


def test_an_installed_plugin_is_loaded_with_what_it_brings(install_plugin):
    install_plugin("sepia", GOOD, version="2.5")
    kernel = load_plain()
    record = record_of(kernel, "sepia")
    assert record.state is PluginState.LOADED
    assert (record.distribution, record.version, record.api) == ("qis-sepia", "2.5", (1, 0))
    assert record.hooks == ("qis_register_operations",)
    assert record.registered == {"operations": ("sepia",)}
    assert record.options == ("sepia",)
    assert record.reason == ""
    assert record.seconds > 0
    assert kernel.registries.operations["sepia"].name == "sepia"
    assert kernel.registries.operations.owner("sepia") == "sepia"
    assert kernel.registries.operations.version_of("sepia") == "sepia-2.5:3"


def test_the_plugins_in_the_box_come_first_and_installed_ones_by_name(install_plugin):
    install_plugin("zoo", GOOD.replace("sepia", "zoo"))
    install_plugin("ape", GOOD.replace("sepia", "ape"))
    names = [record.name for record in load_plain().records]
    assert names[: len(builtin_candidates())] == [candidate.name for candidate in builtin_candidates()]
    assert [name for name in names if name in ("zoo", "ape")] == ["ape", "zoo"]


def test_a_blocked_plugin_is_not_imported(install_plugin):
    install_plugin("bomb", "raise SystemExit('imported')")
    record = record_of(load_plain({"qis.plugins.blocked": "bomb"}), "bomb")
    assert record.state is PluginState.BLOCKED
    assert "qis.plugins.blocked" in record.reason


def test_a_plugin_in_the_box_can_be_blocked():
    kernel = load_plain({"qis.plugins.blocked": "geometry"})
    assert record_of(kernel, "geometry").state is PluginState.BLOCKED
    assert "resize" not in kernel.registries.operations


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("", "does not state the API version"),
        ("QIS_API = (2, 0)", "written for API 2.0, and this server has 1.0"),
        ("QIS_API = (1, 99)", "written for API 1.99"),
        ("QIS_API = (0, 9)", "written for API 0.9"),
        ("QIS_API = '1.0'", "must be two whole numbers"),
        ("QIS_API = (1, True)", "must be two whole numbers"),
    ],
)
def test_another_api_version_is_refused(install_plugin, stated, said):
    install_plugin("old", GOOD.replace("QIS_API = (1, 0)", stated))
    state, reason = reason_of("old")
    assert state is PluginState.REFUSED
    assert said in reason


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("raise RuntimeError('boom\\nand more')", "RuntimeError: boom and more"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        (
            "from qis_core.api import Unavailable\nraise Unavailable('ImageMagick is missing: install it')",
            "ImageMagick is missing: install it",
        ),
    ],
)
def test_a_failing_import_is_a_fact_and_no_crash(install_plugin, source, said):
    install_plugin("broken", source)
    install_plugin("sepia", GOOD)
    kernel = load_plain()
    record = record_of(kernel, "broken")
    assert record.state is PluginState.FAILED
    assert said in record.reason
    assert "\n" not in record.reason
    assert record_of(kernel, "sepia").state is PluginState.LOADED


def test_an_entry_point_to_nowhere_fails(install_plugin):
    install_plugin("lost", GOOD, target="no_such_module:thing")
    assert reason_of("lost")[0] is PluginState.FAILED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("qis_register_operations()", "qis_register_operations(contxt)"), "contxt, which the hook does not have"),
        (("qis_register_operations()", "qis_register_operation()"), "did you mean qis_register_operations?"),
        (("qis_register_operations()", "qis_register_operations(context=None)"), "context a default value"),
        (("@hookimpl", "@hookimpl(wrapper=True)"), "wrapped"),
        (("@hookimpl", ""), "not marked with @hookimpl"),
        (("@hookimpl\ndef qis_register_operations", "def other"), "implements no hook"),
        (("return [Sepia()]", "return [Sepia]"), "the class Sepia was returned"),
        (("return [Sepia()]", "return None"), "returned None; it must return a list"),
        (("return [Sepia()]", "return ['sepia']"), "a str was returned"),
        (("return [Sepia()]", "return [Sepia(), Sepia()]"), "registers the operation sepia twice"),
        (('name = "sepia"', 'name = "Se pia"'), "Sepia.name is 'Se pia'"),
        (("version = 3", "version = '3'"), "Sepia.version is '3'"),
        (("Phase.COLOUR", "Phase.RESIZE"), "Sepia.phase is"),
        (('Real("sepia"', 'Real("se-pia"'), "the option key 'se-pia' must be a Python identifier"),
        (('Real("sepia"', 'Real("sepia", key="keys"'), "taken by a method of Options"),
        (('Real("sepia"', 'Real("class"'), "must be a Python identifier"),
        (('Real("sepia"', 'Real("Sepia"'), "the option name 'Sepia' is not legal"),
        (('Real("sepia"', 'Real("width"'), "the image URL option width"),
        (('Real("sepia"', 'Real("src"'), "already that of the core of QIS"),
        (('Real("sepia"', 'Real("format"'), "already that of the core of QIS"),
        (('Real("sepia"', 'Real("s", key="rotation"'), "the template key rotation"),
        (("options = [", "options = ['x', "), "holds a str; it must be an Option"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_refused_with_the_reason(install_plugin, change, said):
    source = GOOD.replace(*change)
    assert source != GOOD
    install_plugin("sepia", source)
    kernel = load_plain()
    record = record_of(kernel, "sepia")
    assert record.state is PluginState.REFUSED
    assert said in record.reason
    assert record.registered == {}
    assert "sepia" not in kernel.registries.operations


def test_an_exception_in_a_register_hook_fails_the_plugin_only(install_plugin, caplog):
    install_plugin("sepia", GOOD.replace("return [Sepia()]", "return [1 / 0]"))
    with caplog.at_level(logging.WARNING, "qis.plugins"):
        state, reason = reason_of("sepia")
    assert state is PluginState.FAILED
    assert reason.startswith("ZeroDivisionError")
    assert "sepia (qis-sepia 1.0) failed" in caplog.text


def test_of_two_plugins_with_one_thing_the_second_is_refused_as_a_whole(install_plugin):
    install_plugin("bbb", GOOD)
    twice = GOOD + (
        "class Other(Sepia):\n    name = 'other'\n    options = []\n"
        "@hookimpl\ndef qis_decide_access(question):\n    return None\n"
    )
    install_plugin("ccc", twice.replace("[Sepia()]", "[Other(), Sepia()]"))
    kernel = load_plain()
    assert record_of(kernel, "bbb").state is PluginState.LOADED
    refused = record_of(kernel, "ccc")
    assert refused.state is PluginState.REFUSED
    assert "bbb (qis-bbb 1.0)" in refused.reason
    assert "ccc (qis-ccc 1.0)" in refused.reason
    assert "other" not in kernel.registries.operations
    assert not kernel.manager.implements("qis_decide_access")


def test_a_refused_plugin_keeps_no_name_from_the_next(install_plugin):
    install_plugin("aaa", GOOD.replace("return [Sepia()]", "return [Sepia(), Sepia()]"))
    install_plugin("bbb", GOOD)
    assert record_of(load_plain(), "bbb").state is PluginState.LOADED


def test_two_plugins_of_one_name_are_told_apart_by_their_distributions(install_plugin):
    install_plugin("sepia", GOOD, distribution="qis-first")
    install_plugin("sepia", GOOD, distribution="qis-second")
    records = [record for record in load_plain().records if record.name == "sepia"]
    assert [record.state for record in records] == [PluginState.LOADED, PluginState.REFUSED]
    assert "already that of sepia (qis-first 1.0)" in records[1].reason


def test_a_stranger_cannot_take_the_name_of_a_plugin_in_the_box(install_plugin):
    install_plugin("geometry", GOOD)
    records = [record for record in load_plain().records if record.name == "geometry"]
    assert [record.state for record in records] == [PluginState.LOADED, PluginState.REFUSED]


def test_two_entry_points_to_one_object(install_plugin):
    module = install_plugin("first", GOOD)
    install_plugin("second", "", target=module)
    assert "same object as the plugin first" in reason_of("second")[1]


def test_an_illegal_plugin_name_is_refused(install_plugin):
    install_plugin("Sepia!", GOOD, distribution="qis-sepia")
    assert "no legal plugin name" in reason_of("Sepia!")[1]


def test_an_object_can_be_the_plugin(install_plugin):
    source = (
        GOOD.replace("@hookimpl\ndef qis_register_operations():\n    return [Sepia()]", "")
        + """
class Plugin:
    QIS_API = (1, 0)

    @hookimpl
    def qis_register_operations(self, context):
        return [Sepia()]

plugin = Plugin()
"""
    )
    install_plugin("sepia", source, target="qis_sepia:plugin")
    assert reason_of("sepia") == (PluginState.LOADED, "")


def test_formats_may_share_an_option_but_not_with_an_operation(install_plugin):
    install_plugin("zap", ENCODER.format(aliases=["zzz"], option="width"))
    assert "width" in reason_of("zap")[1]


def test_an_encoder_is_found_by_its_aliases(install_plugin):
    install_plugin("zap", ENCODER.format(aliases=["zzz"], option="quality"))
    encoders = load_plain().registries.encoders
    assert encoders["zzz"] is encoders["zap"]
    assert encoders.owner("zzz") == "zap"
    assert [encoder.name for encoder in encoders.unique].count("zap") == 1


def test_an_alias_of_another_encoder_is_refused(install_plugin):
    install_plugin("zap", ENCODER.format(aliases=["jpeg"], option="zap"))
    assert "the encoder jpeg" in reason_of("zap")[1]


SETTINGS = """
from dataclasses import dataclass
from pathlib import Path
from qis_core.api import SettingsGroup, hookimpl, setting

QIS_API = (1, 0)

@dataclass(frozen=True)
class FaxSettings:
    dpi: int = setting(150, minimum=1, maximum=600, help="Resolution")

seen = []

@hookimpl
def qis_register_settings():
    return [SettingsGroup(name="fax", type=FaxSettings)]

@hookimpl
def qis_register_tasks(context):
    seen.append((context.settings(FaxSettings).dpi, context.data))
    return []
"""


def test_a_plugin_reads_its_settings_and_the_data_folder(install_plugin, tmp_path):
    install_plugin("fax", SETTINGS)
    kernel = load_plain({"qis.fax.dpi": "300"}, data=tmp_path)
    assert record_of(kernel, "fax").state is PluginState.LOADED
    import qis_fax

    assert qis_fax.seen == [(300, tmp_path)]
    assert kernel.settings.of(qis_fax.FaxSettings).dpi == 300


def test_a_bad_value_of_a_plugins_setting_stops_the_start(install_plugin):
    install_plugin("fax", SETTINGS)
    with pytest.raises(ConfigurationError, match=r"qis\.fax\.dpi: '999' is not allowed here"):
        load_plain({"qis.fax.dpi": "999"})


def test_settings_of_a_blocked_or_broken_plugin_stop_nothing(install_plugin):
    install_plugin("fax", SETTINGS)
    install_plugin("wax", "import no_such_library")
    kernel = load_plain({"qis.fax.dpi": "300", "qis.wax.half": "yes", "qis.plugins.blocked": "fax"})
    assert "fax" not in [group.name for group in kernel.settings.groups]


def test_settings_of_a_plugin_that_fails_later_leave_no_trace(install_plugin):
    install_plugin("fax", SETTINGS.replace("return []", "raise ValueError('no')"))
    kernel = load_plain()
    assert record_of(kernel, "fax").state is PluginState.FAILED
    assert "fax" not in [group.name for group in kernel.settings.groups]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('name="fax"', 'name="fxa"'), "must be named as the plugin, 'fax'"),
        (("frozen=True", "frozen=False"), "must be a frozen dataclass"),
        (("dpi: int", "dpi: complex"), "it must be one of"),
        (('setting(150, minimum=1, maximum=600, help="Resolution")', "150"), "must be made by setting"),
        (("[SettingsGroup", "['x', SettingsGroup"), "a list with one SettingsGroup"),
    ],
)
def test_settings_that_are_declared_wrongly_are_refused(install_plugin, change, said):
    source = SETTINGS.replace(*change)
    assert source != SETTINGS
    install_plugin("fax", source)
    state, reason = reason_of("fax")
    assert state is PluginState.REFUSED
    assert said in reason


def test_a_plugin_cannot_take_the_cores_settings(install_plugin):
    install_plugin("server", SETTINGS.replace('name="fax"', 'name="server"'))
    assert "the core's own" in reason_of("server")[1]


def test_strict_refuses_to_start_and_names_every_broken_plugin(install_plugin):
    install_plugin("sepia", GOOD)
    install_plugin("broken", "import no_such_library")
    install_plugin("old", GOOD.replace("(1, 0)", "(9, 0)"))
    with pytest.raises(ConfigurationError) as raised:
        load_plain({"qis.plugins.strict": "true"}, candidates=installed_candidates())
    text = str(raised.value)
    assert "broken (qis-broken 1.0)" in text
    assert "old (qis-old 1.0)" in text
    assert "sepia" not in text


def test_strict_does_not_mind_blocked_plugins(install_plugin):
    install_plugin("broken", "import no_such_library")
    raw = {"qis.plugins.strict": "true", "qis.plugins.blocked": "broken"}
    assert load_plain(raw, candidates=installed_candidates()).records


def test_metadata_without_name_and_version_stop_nobody(install_plugin, tmp_path):
    install_plugin("sepia", GOOD)
    (tmp_path / "site-packages/qis_sepia-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\n")
    assert record_of(load_plain(), "sepia").state is PluginState.LOADED
