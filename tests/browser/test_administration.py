"""The pages of the account and the administration in a real Chromium: accessible, no wider than a phone, and live."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from qis_core.testing.chromium import Chromium, executable
from qis_core.web.themes.static import FOLDER

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
pytestmark = [
    pytest.mark.skipif(executable() is None, reason="there is no chromium on this machine"),
    pytest.mark.skipif(not (FOLDER / "dist/tasks.js").exists(), reason="the browser code is not built"),
]
PAGES = [
    "/account/", "/admin/", "/admin/users/", "/admin/users/1/", "/admin/groups/", "/admin/groups/3/",
    "/admin/permissions/", "/admin/permissions/trace/?path=folder", "/admin/templates/", "/admin/templates/1/",
    "/admin/tasks/", "/admin/audit/", "/admin/plugins/", "/admin/cache/", "/admin/system/",
]  # fmt: skip


PATIENCE = 120.0
"""Seconds: a machine that does much else besides is slow, and nothing else is told by it."""


def visit(browser: Chromium, url: str) -> None:
    """Loads a page, however long that takes."""
    browser.send("Page.navigate", url=url)
    browser.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'", PATIENCE)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server, and its administrator's password."""
    place = tmp_path_factory.mktemp("server")
    (place / "library/folder").mkdir(parents=True)
    Image.linear_gradient("L").save(place / "library/folder/a.png")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QIS_")}
    program = [sys.executable, "-c", "from qis_core.cli import main; main()", "serve", "--port", "0"]
    process = subprocess.Popen(program, cwd=place, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        told = ""
        for line in process.stdout:
            told += line
            if " serves at " in line:
                break
        address = re.search(r"serves at (http://[^/]+)/", told)
        assert address, told
        yield address[1], re.search(r"password: (\S+)", told)[1]
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    """A browser in which the administrator has logged in."""
    address, password = server
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        visit(chromium, address + "/login/")
        chromium.evaluate(
            f"(() => {{ const form = document.querySelector('main form');"
            f"form.username.value = 'admin'; form.password.value = {json.dumps(password)}; form.requestSubmit(); }})()"
        )
        chromium.wait_for("document.querySelector('.person .wide-only')?.textContent === 'admin'", PATIENCE)
        yield chromium


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
def test_no_page_has_a_serious_finding_of_axe_or_is_wider_than_a_phone(server, browser):
    browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    try:
        for path in PAGES:
            visit(browser, server[0] + path)
            browser.evaluate(AXE.read_text())
            found = browser.evaluate(
                "axe.run(document, { resultTypes: ['violations'] }).then(({violations}) => violations"
                ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
                ".map(({id, nodes}) => `${id}: ${nodes[0].html}`))"
            )
            assert not found, path
            assert browser.evaluate("document.documentElement.scrollWidth") <= 390, path
    finally:
        browser.send("Emulation.clearDeviceMetricsOverride")


def test_the_list_of_tasks_follows_them(server, browser):
    visit(browser, server[0] + "/admin/tasks/")
    token = browser.evaluate("document.querySelector('[name=csrf_token]').value")
    started = browser.evaluate(
        f"""fetch('/api/v1/admin/tasks/sync/', {{ method: 'POST', body: new URLSearchParams({{ path: '/' }}),
            headers: {{ 'X-CSRF-Token': {json.dumps(token)} }} }}).then(answer => answer.status)"""
    )
    assert started in (200, 202)
    visit(browser, server[0] + "/admin/tasks/?show=all")
    state = browser.wait_for(
        "[...document.querySelectorAll('tbody .badge')].find(e => e.textContent === 'done')?.textContent"
    )
    assert state == "done"
