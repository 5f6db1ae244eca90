"""The publisher's form comes from the declarations of whatever is installed."""

import pytest

from qis_core.api import Operation, Text
from qis_core.domain.templates import Template
from qis_core.domain.vocabulary import Vocabulary
from qis_core.plugins import load
from qis_core.web.pages.option_form import NO_CONTROL, FormState, control_groups, template_only
from qis_core.web.pages.option_query import form_options, image_part


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    registries = load({}, environ={}, data=tmp_path_factory.mktemp("data")).registries
    return Vocabulary(registries.operations, registries.encoders, registries.decoders)


def state(given=None, template=None, **more):
    return FormState(given=given or {}, template=template or Template(name=""), suggestions={}, **more)


def controls(vocabulary, *arguments, **more):
    groups = control_groups(vocabulary.document(), state(*arguments, **more))
    return {control.name: control for group in groups for control in group.controls}


def test_every_option_of_every_installed_operation_and_format_has_a_control(vocabulary):
    declared = {o.name for operation in vocabulary.operations for o in operation.options} | set(vocabulary.encoder_keys)
    declared |= set(vocabulary.by_name)
    assert declared - {""} - NO_CONTROL == controls(vocabulary).keys()
    only = {control.name for control in template_only(vocabulary.document(), state())}
    assert only == {option.key for option in vocabulary.by_key.values() if not option.name}


def test_each_kind_of_option_has_its_own_kind_of_control(vocabulary):
    found = {name: control.widget for name, control in controls(vocabulary).items()}
    expected = {
        "width": "number", "ovopacity": "number", "angle": "number", "strip": "check", "fit": "choice",
        "format": "choice", "fill": "colour", "gravity": "place", "ovpos": "place",
        "halign": "align", "overlay": "text", "icc": "text",
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_what_somebody_else_adds_stands_in_the_group_of_its_phase(vocabulary):
    class Sepia(Operation):
        name = "sepia"
        phase = vocabulary.operations[0].phase
        options = (Text("sepia_tone", help="How brown"),)

    groups = control_groups(
        Vocabulary({"sepia": Sepia}, vocabulary.encoders, {}).document(), state({"sepia_tone": "dark"})
    )
    (group,) = [group for group in groups if "sepia_tone" in {control.name for control in group.controls}]
    assert group.label == "Crop"
    assert group.used == 1
    assert group.controls[0].label == "Sepia tone"


def test_a_slider_ends_where_the_picture_does(vocabulary):
    width = controls(vocabulary, longest=4000)["width"]
    assert (width.slider, width.high) == (True, "4000")
    assert not controls(vocabulary)["width"].slider
    assert controls(vocabulary)["left"].step == "0.01"


def test_a_template_gives_what_holds_where_nothing_is_said_and_locks(vocabulary):
    template = Template(name="t", values={"strip": True, "width": 300}, locked=frozenset({"width"}))
    found = controls(vocabulary, {"height": "9"}, template)
    assert (found["width"].base, found["width"].from_template, found["width"].locked) == ("300", True, True)
    assert found["strip"].is_on
    assert (found["height"].value, found["height"].locked) == ("9", False)


def test_the_reason_stands_beside_the_option_it_is_about(vocabulary):
    found = controls(vocabulary, {"width": "wide"}, wrong="width", problem="width: no")
    assert [name for name, control in found.items() if control.problem] == ["width"]
    assert found["width"].value == "wide"


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"width": "3", "height": " ", "fit": ""}, {"width": "3"}),
        ({"base.strip": "1", "strip": "1"}, {}),
        ({"base.strip": "1"}, {"strip": "0"}),
        ({"attach": "1"}, {"attach": "1"}),
        ({"tmp": "", "publish.sizes": "50vw"}, {}),
    ],
)
def test_a_form_becomes_the_options_of_a_url(fields, options):
    assert form_options({"publish.src": "a%2Fb%FF.jpg", **fields}.items()) == {"src": "a/b\udcff.jpg", **options}


def test_the_pages_own_fields_are_no_part_of_the_image_url():
    assert image_part("src=a&publish.sizes=3&width=2&") == "src=a&width=2"
