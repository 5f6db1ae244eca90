"""One site with people for the pages of accounts and administration, asked by browsers without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import Image
from webtest import Form, TestApp, TestResponse

from qis_core.testing.apis import PASSWORD, Api
from qis_core.testing.app_fixtures import ADMIN_PASSWORD, site_in


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site with people, and folders in folders."""
    with site_in(tmp_path_factory.mktemp("administration"), {}) as made:
        for folder in ("press/2030", "desk"):
            (made.library / folder).mkdir(parents=True)
            Image.new("RGB", (40, 30), "red").save(made.library / folder / "red.png")
        yield Api(site=made).add_people()


@dataclass(frozen=True)
class Person:
    """A browser in which somebody has logged in; '' is nobody."""

    api: Api
    app: TestApp

    def sees(self, path: str, status: int = 200) -> TestResponse:
        """A page."""
        return self.app.get(path, status=status)

    def form(self, page: TestResponse, do: str, **where: object) -> Form:
        """The page's form that does this, with the hidden fields that ``where`` names."""
        for form in page.forms.values():
            buttons = [button for button in form.fields.get("do", []) if button._value == do]
            if buttons and all(form[name].value == str(value) for name, value in where.items()):
                return form
        raise AssertionError(f"no form does {do} {where}")

    def does(self, page: TestResponse, do: str, status: int = 303, where=None, **fields: object) -> TestResponse:
        """What a form answers when it is filled in and sent."""
        form = self.form(page, do, **(where or {}))
        for name, value in fields.items():
            form[name] = value
        return form.submit("do", value=do, status=status)


@pytest.fixture
def person(shared: Api) -> Iterator:
    """Logs somebody in; each call is another browser."""

    def log_in(name: str = "admin", password: str = "") -> Person:
        app = TestApp(shared.site.testapp.app, extra_environ={"HTTP_ACCEPT": "text/html,*/*"})
        if name:
            form = next(form for form in app.get("/login/").forms.values() if "password" in form.fields)
            form["username"], form["password"] = name, password or (ADMIN_PASSWORD if name == "admin" else PASSWORD)
            form.submit(status=303)
        return Person(shared, app)

    return log_in
