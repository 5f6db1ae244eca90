"""`qis template`: templates from files, and where they apply."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from qis_core.cli import main

QUICK = {"QIS_PASSWORDS_MEMORY_KIB": "1024", "QIS_PASSWORDS_ROUNDS": "1", "QIS_ADMIN_PASSWORD": "a long password"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site that these tests share."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in QUICK.items():
            patch.setenv(name, value)
        assert CliRunner().invoke(main, ["init", "--no-samples"]).exit_code == 0
    return folder


@pytest.fixture
def run(site, monkeypatch):
    """Runs a command in the site; answers what it says."""
    monkeypatch.chdir(site)

    def invoke(line, code=0):
        answer = CliRunner().invoke(main, shlex.split(line))
        assert answer.exit_code == code, answer.output
        return answer.output

    return invoke


def stored(run, name):
    return json.loads(run(f"template export --name {name}"))["templates"][0]


def test_what_is_written_can_be_brought_in_again(run, site):
    run("template export --output all.json")
    assert run("template import all.json").splitlines() == [
        f"{name}: the same as it was" for name in ("Default", "Precache", "SmallJpeg")
    ]
    assert json.loads(run("template export")) == json.loads((site / "all.json").read_text())


def test_templates_are_added_and_changed(run, site):
    (site / "one.json").write_text(
        '{"name": "Größe", "template": {"width": 200, "fill": "Red"}, "locked": ["width"], "description": "<i>"}'
    )
    (site / "list.json").write_text('[{"name": "größe", "template": {"width": {"value": 90}}}, '
                                    '{"name": "New", "template": {"format": "JPEG", "height": null}}]')  # fmt: skip
    assert run("template import --dry-run one.json") == "Größe: added\n"
    assert run("template import one.json") == "Größe: added\n"
    assert stored(run, "GRÖSSE") == {
        "name": "Größe", "description": "<i>", "locked": ["width"],
        "template": {"width": {"value": 200}, "fill": {"value": "#ff0000"}},
    }  # fmt: skip
    assert run("template import list.json").splitlines() == ["größe: changed", "New: added"]
    assert stored(run, "Größe")["template"] == {"width": {"value": 90}}
    assert stored(run, "new")["template"] == {"format": {"value": "jpg"}}


def test_every_problem_is_named_and_nothing_is_brought_in(run, site):
    (site / "good.json").write_text('{"name": "Good", "template": {}}')
    (site / "bad.json").write_text(json.dumps({"templates": [
        {"name": "A", "template": {"widht": 5, "height": "tall", "quality": 500}, "locked": ["overlay"]},
        {"name": "good", "template": {}},
        {"name": "x" * 121, "template": {}},
    ]}))  # fmt: skip
    told = run("template import good.json bad.json", code=1)
    assert [line for line in told.splitlines() if "'A': widht: '5'" in line and "such as width" in line]
    assert "'A': height: 'tall' is not allowed" in told
    assert "'A': quality: '500' is not allowed" in told
    assert "bad.json: template 'good': the name is taken by good.json: template 'Good'" in told
    assert "1 to 120 printable characters" in told
    assert "Good" not in run("template list")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("3", "it must be an object"),
        ("[[]]", "template number 1: is list"),
        ("{}", "has no name"),
        ('{"name": 5, "template": {}}', "has no name"),
        ('{"name": "a"}', "has no template"),
        ('{"name": "a", "template": [], "values": {}}', "'values' is no part of a template"),
        ('{"name": "a", "template": {}, "locked": "width"}', "locked must be a list"),
        ('{"name": "a", "template": {}, "description": 5}', "description"),
        ('{"name": "", "template": {}}', "name"),
        ('{"name": "a", "template": {"cache": true}}', "cache"),
        ('{"name": "a", "template": {"overlay_src": "\\u0000"}}', "overlay_src"),
        ('{"name": "a", "template": {}, "description": "\\ud800"}', "description"),
        ('{"name": "\\ud800", "template": {}}', "printable"),
        ("\xff", "is not JSON"),
    ],
)
def test_what_is_no_template_is_told_in_a_sentence(run, site, content, told):
    (site / "broken.json").write_bytes(content.encode("latin-1"))
    answer = run("template import broken.json", code=1)
    assert told in answer
    assert "Traceback" not in answer


def test_the_default_of_the_site_and_of_folders(run):
    assert run("template folder shoes") == "Default applies in /shoes: it is the default template of the site.\n"
    assert "SmallJpeg applies in /shoes" in run("template folder /shoes smalljpeg")
    assert (
        run("template folder shoes/red") == "SmallJpeg applies in /shoes/red: it is the default template of /shoes.\n"
    )
    assert "Precache" in run("template default precache")
    assert " ".join(run("template list").split()).count("SmallJpeg /shoes") == 1
    assert "Precache applies in /hats" in run("template folder hats")
    assert "Precache applies in /shoes" in run("template folder shoes --none")
    run("template default Default")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("template folder shoes Nothing", "the name of a template"),
        ("template folder ../x Default", "path"),
        ("template default Nothing", "the name of a template"),
        ("template export --name Nothing", "there is no template"),
    ],
)
def test_what_cannot_be_done_is_told(run, line, told):
    assert told in run(line, code=1)


@pytest.mark.parametrize(("guide", "file", "left"), [
    ("use-templates", "cards.json", ["Card"]),
    ("lay-a-watermark", "watermark.json", ["Watermark /shoes overlay_src, strip", "/shoes/press"]),
])  # fmt: skip
def test_the_commands_of_the_guides_work(tmp_path, monkeypatch, guide, file, left):
    text = (Path(__file__).parents[3] / f"docs/how-to/{guide}.md").read_text()
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    invoke = CliRunner().invoke
    assert invoke(main, ["init", "--no-samples"]).exit_code == 0
    (tmp_path / file).write_text(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 2
    for line in lines:
        command, *words = shlex.split(line)
        answer = invoke(main, words)
        assert (command, answer.exit_code) == ("qis", 0), (line, answer.output)
    told = " ".join(invoke(main, ["template", "list"]).output.split())
    assert all(part in told for part in left), told
