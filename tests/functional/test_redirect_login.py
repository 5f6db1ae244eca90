"""Logging in at an identity provider: a plugin of a few lines sends the browser there and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from webtest import TestApp

from qis_core.testing.app_fixtures import TestSite, site_in
from qis_core.testing.fixtures import plugins_in

PROVIDER = '''
"""An identity provider that knows everybody who says so."""

from urllib.parse import urlencode

from qis_core.api import ExternalUser, RedirectAuthenticator, Refused, hookimpl

QIS_API = (1, 0)


class Friendly(RedirectAuthenticator):
    """Believes every name but Mallory's."""

    name = "friendly"
    label = "Friendly Inc."

    def begin(self, callback_url, state):
        """Its page."""
        return "https://id.example/authorize?" + urlencode({"redirect_uri": callback_url, "state": state})

    def finish(self, callback_url, parameters, state):
        """Who it is."""
        if parameters.get("name", "mallory") == "mallory" or parameters["state"] != state:
            raise Refused("Friendly Inc. does not know this person")
        return ExternalUser(username=parameters["name"], first_name="Zoë")


@hookimpl
def qis_register_authenticators():
    """Both are registered alike."""
    return [Friendly()]
'''


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """A site with the provider's plugin, for all of these tests."""
    folder = tmp_path_factory.mktemp("provided")
    with plugins_in(folder / "site-packages") as install:
        install("friendly", PROVIDER)
        with site_in(folder, {}) as made:
            yield made


@pytest.fixture
def app(provided: TestSite) -> TestApp:
    """A browser that has never been there."""
    provided.testapp.reset()
    return provided.testapp


def begin(app: TestApp, to: str = "/?path=art") -> str:
    """Goes to the provider from the login page; answers the state that it was given."""
    page = app.get(f"/login/?next={to}")
    assert "Friendly Inc." in page.text
    answer = page.click("Friendly Inc.")
    place = urlsplit(answer.location)
    asked = parse_qs(place.query)
    assert place.netloc == "id.example"
    assert asked["redirect_uri"] == ["http://localhost/login/from/friendly/"]
    return asked["state"][0]


def finish(app: TestApp, state: str, name: str = "zoe", status: int = 303):
    """Comes back from the provider."""
    return app.get("/login/from/friendly/", {"state": state, "name": name}, status=status)


def test_somebody_whom_the_provider_knows_is_logged_in_and_goes_on(app: TestApp) -> None:
    assert finish(app, begin(app), "ada").location == "http://localhost/?path=art"
    found = app.get("/api/account/").json["data"]
    assert (found["username"], found["first_name"], found["auth_type"]) == ("ada", "Zoë", 2)
    app.reset()
    finish(app, begin(app), "ada")
    assert app.get("/api/account/").json["data"]["id"] == found["id"]
    assert len(app.get("/api/account/sessions/").json["data"]) == 2


def test_the_way_back_is_only_for_the_browser_that_began_it(app: TestApp) -> None:
    state = begin(app)
    app.reset()
    assert "begun by another browser" in finish(app, state, status=403).text
    begin(app)
    finish(app, state, status=403)
    for wrong in ("", "x", state[:-1] + ("A" if state[-1] != "A" else "B"), "é", "\0"):
        finish(app, wrong, status=403)
    app.get("/login/from/friendly/?state=x&state=y", status=403)
    app.get("/login/from/nobody/?state=x", status=404)
    app.get("/login/with/nobody/", status=404)
    app.get("/api/account/", status=401)


def test_a_state_is_of_use_once(app: TestApp) -> None:
    state = begin(app)
    finish(app, state)
    finish(app, state, status=403)


def test_whom_the_provider_does_not_know_is_refused(app: TestApp) -> None:
    assert "does not know this person" in finish(app, begin(app), "mallory", 403).text
    app.get("/api/account/", status=401)


def test_a_provider_cannot_let_anybody_into_an_account_with_a_password_here(app: TestApp) -> None:
    assert "its password is kept here" in finish(app, begin(app), "admin", 403).text
    app.get("/api/account/", status=401)


def test_a_provider_leads_back_only_to_own_or_allowed_hosts(app: TestApp) -> None:
    assert finish(app, begin(app, "//evil.example/")).location == "http://localhost/"
