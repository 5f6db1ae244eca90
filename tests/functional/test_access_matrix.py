"""Every way to bytes and names × every level × everybody: given exactly where the rules of access give it.

Nothing here is written case by case. A route that gives out bytes or names is a row in ``ROUTES``;
the expected answer is worked out of ``RULES``, by the sentences of the contract.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from qis_core.api import Level
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions
from qis_core.services.startup import password_keepers
from qis_core.testing.app_fixtures import TestSite, site_in
from qis_core.web.api.endpoints import ALL

PUBLIC, NORMAL, ADMINISTRATORS, TEAM, OTHERS = 1, 2, 3, 4, 5
CALLERS = {"public": set(), "user": {NORMAL}, "member": {NORMAL, TEAM}, "administrator": {NORMAL, ADMINISTRATORS}}
"""Who asks, and the groups they are in."""

WHO = {"public": PUBLIC, "normal": NORMAL, "team": TEAM}
RULES: dict[str, dict[int, int]] = {"": {PUBLIC: 10, NORMAL: 10, ADMINISTRATORS: 70}}
"""Each folder's own permissions: every level for every kind of group, the others shut out; and what is below
folders that say otherwise."""
for (kind, group), level in itertools.product(WHO.items(), Level):
    RULES[f"{kind}-{int(level)}"] = {PUBLIC: 0, NORMAL: 0, OTHERS: 70} | {group: int(level)}
for level in Level:
    RULES[f"public-0/opened-{int(level)}"] = {TEAM: int(level)}
    RULES[f"public-70/closed-{int(level)}"] = {PUBLIC: 0, NORMAL: int(level)}
FOLDERS = [
    *(folder for folder in RULES if folder),
    "public-20/below/further",
    "team-20/below",
    "public-0/opened-20/below",
]


def level_of(caller: str, folder: str) -> int:
    """What the contract gives: the nearest folder's permission for each group, the highest of all groups' counts."""
    if caller == "administrator":
        return 70
    above = [folder[:end] for end in range(len(folder), 0, -1) if end == len(folder) or folder[end] == "/"] + [""]
    return max(
        next((RULES[place][group] for place in above if group in RULES.get(place, {})), 0)
        for group in CALLERS[caller] | {PUBLIC}
    )


@dataclass(frozen=True)
class Asker:
    """Asks the site as somebody; ``boss`` as an administrator."""

    site: TestSite
    headers: dict[str, str]
    boss_headers: dict[str, str]

    def get(self, url: str, headers: dict[str, str] | None = None, method: str = "GET") -> Any:
        """The answer, whatever it is."""
        return self._ask(url, {**self.headers, **(headers or {})}, method)

    def boss(self, url: str) -> Any:
        """An administrator's answer to the same question, so that it is in the caches."""
        answer = self._ask(url, self.boss_headers, "GET")
        assert answer.status_int == 200, answer
        return answer

    def _ask(self, url: str, headers: dict[str, str], method: str) -> Any:
        return self.site.testapp.request(url, headers=headers, method=method, expect_errors=True)


Ask = Callable[[Asker, str], Any]


@dataclass(frozen=True)
class Route:
    """A way to bytes or names: the level that it takes, how it is asked for a folder's picture, and the status.

    ``given`` tells by the answer whether something was given; where it is None, the status alone
    tells, and a refusal is 403 with nothing of the picture in it (401 for who has not logged in, where
    ``login`` says that somebody has to be). ``from_above`` says that it goes by the folder above, which
    has to be seen as well.
    """

    needs: Level
    ask: Ask
    status: int = 200
    given: Callable[[Any, str], bool] | None = None
    from_above: bool = False
    login: bool = False


def of(url: str, method: str = "GET", **headers: str) -> Ask:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asker, folder: asker.get(url.format(folder), named, method)


def numbered(path: str, number: str = "id", method: str = "GET") -> Ask:
    """By the number of the picture or of its folder, which an administrator knows."""

    def ask(asker: Asker, folder: str) -> Any:
        found = asker.boss(f"/api/v1/details/?src={folder}/picture.png").json["data"][number]
        return asker.get("/api/v1/" + path.format(found), {"Content-Type": "application/json"}, method)

    return ask


def known(url: str) -> Ask:
    """With the ETag that an administrator got."""

    def ask(asker: Asker, folder: str) -> Any:
        etag = asker.boss(url.format(folder)).headers["ETag"]
        return asker.get(url.format(folder), {"If-None-Match": etag})

    return ask


def from_memory(url: str) -> Ask:
    def ask(asker: Asker, folder: str) -> Any:
        asker.boss(url.format(folder))
        answer = asker.get(url.format(folder))
        assert answer.status_int != 200 or answer.headers["X-From-Cache"] == "True"
        # A second time, by the shortest way there is.
        again = asker.get(url.format(folder))
        assert (again.status_int, again.body) == (answer.status_int, answer.body)
        return answer

    return ask


def from_disk(url: str) -> Ask:
    def ask(asker: Asker, folder: str) -> Any:
        asker.boss(url.format(folder))
        asker.site.site.platform.cache.memory.clear()
        answer = asker.get(url.format(folder))
        assert answer.status_int != 200 or answer.headers["X-From-Cache"] == "True"
        return answer

    return ask


SRC = "src={}/picture.png"
OPTIONS = f"{SRC}&width=6&format=jpg"
ROUTES: dict[str, Route] = {
    "image": Route(Level.VIEW, of(f"/image?{OPTIONS}")),
    "image with /": Route(Level.VIEW, of(f"/image/?{OPTIONS}&quality=70")),
    "image by Accept": Route(Level.VIEW, of(f"/image?{SRC}&width=6&format=auto", Accept="image/webp")),
    "image, nothing asked": Route(Level.VIEW, of(f"/image?{SRC}&strip=0&colorspace=")),
    "image, uncached": Route(Level.VIEW, of(f"/image?{OPTIONS}&cache=0")),
    "image, attached": Route(Level.VIEW, of(f"/image?{OPTIONS}&attach=1")),
    "image, HEAD": Route(Level.VIEW, of(f"/image?{OPTIONS}", method="HEAD")),
    "image, Range": Route(Level.VIEW, of(f"/image?{OPTIONS}", Range="bytes=0-3")),
    "image, 304": Route(Level.VIEW, known(f"/image?{OPTIONS}"), status=304),
    "image, from memory": Route(Level.VIEW, from_memory(f"/image?{OPTIONS}")),
    "image, from disk": Route(Level.VIEW, from_disk(f"/image?{OPTIONS}")),
    "tile": Route(Level.VIEW, of(f"/image?{OPTIONS}&tile=1:4")),
    "overlay": Route(Level.VIEW, of("/image?src=base.png&format=jpg&overlay={}/picture.png")),
    "overlay, from memory": Route(Level.VIEW, from_memory("/image?src=base.png&format=jpg&overlay={}/picture.png")),
    "under an overlay": Route(Level.VIEW, of(f"/image?{OPTIONS}&overlay=base.png")),
    "template": Route(Level.VIEW, of(f"/image?{SRC}&tmp=SmallJpeg")),
    **{
        f"erez{n}": Route(Level.VIEW, of(f"/erez{n}/erez?{OPTIONS}"))
        for n in ("", "1", "2", "3", "4", "5")
    },
    "original": Route(Level.DOWNLOAD, of(f"/original?{SRC}")),
    "original with /": Route(Level.DOWNLOAD, of(f"/original/?{SRC}")),
    "original, attached": Route(Level.DOWNLOAD, of(f"/original?{SRC}&attach=1")),
    "original, HEAD": Route(Level.DOWNLOAD, of(f"/original?{SRC}", method="HEAD")),
    "original, Range": Route(Level.DOWNLOAD, of(f"/original?{SRC}", Range="bytes=0-3"), status=206),
    "original, wrong Range": Route(Level.DOWNLOAD, of(f"/original?{SRC}", Range="bytes=99999-"), status=416),
    "original, 304": Route(Level.DOWNLOAD, known(f"/original?{SRC}"), status=304),
    "folder page": Route(Level.VIEW, of("/list/?path={}")),
    "publisher": Route(Level.VIEW, of(f"/publish/?{SRC}")),
    "publisher of a rendering": Route(Level.VIEW, of(f"/publish/?{OPTIONS}")),
    "snippets of the publisher": Route(Level.VIEW, of(f"/publish/outputs/?{OPTIONS}")),
    "facts of the publisher": Route(
        Level.VIEW,
        of(f"/publish/facts/?{OPTIONS}"),
        given=lambda answer, folder: "pixels" in answer.text,
    ),
    "download link of the publisher": Route(
        Level.DOWNLOAD, of(f"/publish/?{SRC}"), given=lambda answer, folder: "/original?" in answer.text
    ),
    "name on the page of the folder above": Route(
        Level.VIEW,
        lambda asker, folder: asker.get(f"/list/?path={folder.rpartition('/')[0]}"),
        given=lambda answer, folder: f'"/list/?path={folder}"' in answer.text,
        from_above=True,
    ),
    "list": Route(Level.VIEW, of("/api/v1/list/?path={}")),
    "list, all fields": Route(Level.VIEW, of("/api/list?path=/{}&attributes=1")),
    "details": Route(Level.VIEW, of(f"/api/v1/details/?{SRC}")),
    "details, HEAD": Route(Level.VIEW, of(f"/api/details?{SRC}", method="HEAD")),
    "download in details": Route(
        Level.DOWNLOAD,
        of(f"/api/v1/details/?{SRC}"),
        given=lambda answer, folder: bool((answer.json["data"] or {}).get("download")),
    ),
    "image by number": Route(Level.VIEW, numbered("admin/images/{}/"), login=True),
    "image by number, HEAD": Route(Level.VIEW, numbered("admin/images/{}", method="HEAD"), login=True),
    "title": Route(Level.EDIT, numbered("admin/images/{}/", method="PUT"), login=True),
    "folder by path": Route(Level.VIEW, of("/api/v1/admin/filesystem/folders/?path=/{}"), login=True),
    "folder by number": Route(Level.VIEW, numbered("admin/filesystem/folders/{}/", "folder_id"), login=True),
    "name in the folder above": Route(
        Level.VIEW,
        lambda asker, folder: asker.get(f"/api/v1/admin/filesystem/folders/?path=/{folder.rpartition('/')[0]}"),
        given=lambda answer, folder: f'"/{folder}"' in answer.text,
        from_above=True,
        login=True,
    ),
    # Another route that gives out bytes or names (an export) gets its row here.
}  # fmt: skip

COVERED = {
    "image", "image/", "erez", *(f"erez{n}" for n in range(1, 6)), "original", "original/", "home", "publish",
    "publish.outputs", "publish.facts",
    "library",
    "GET list", "GET details", "GET admin/images/{id}", "PUT admin/images/{id}", "GET admin/filesystem/folders",
    "GET admin/filesystem/folders/{id}",
}  # fmt: skip
"""The routes that ``ROUTES`` asks: pages by the route's name, endpoints by method and path."""

NOTHING_OF_THE_LIBRARY = {
    "health", "help", "help.viewers", "robots", "__static/", "__themes/default/", "viewers-js", "viewers-styles",
    "scheme", "login", "login.begin", "login.finish", "logout", "account", "admin",
    "admin.users", "admin.user", "admin.groups", "admin.group", "admin.plugins",
    "admin.system", "admin.start", "admin.starting", "api.openapi", "api-docs",
    "POST token", "GET tokenlogin", "GET account", "PUT account", "POST account/password", "GET account/sessions",
    "DELETE account/sessions", "DELETE account/sessions/{id}", "GET account/tokens", "POST account/tokens",
    "DELETE account/tokens/{id}", "GET admin/users/{id}/sessions", "DELETE admin/users/{id}/sessions",
    "GET admin/users", "POST admin/users", "GET admin/users/{id}", "PUT admin/users/{id}", "DELETE admin/users/{id}",
    "GET admin/groups", "POST admin/groups", "GET admin/groups/{id}", "PUT admin/groups/{id}",
    "DELETE admin/groups/{id}", "POST admin/groups/{id}/members", "DELETE admin/groups/{id}/members/{user_id}",
    "GET admin/templates", "POST admin/templates", "GET admin/templates/{id}", "PUT admin/templates/{id}",
    "DELETE admin/templates/{id}", "GET admin/properties/{name}", "PUT admin/properties/{name}",
}  # fmt: skip
"""They give out neither pictures nor names of files and folders."""

BY_RIGHT = {
    "GET admin/permissions", "POST admin/permissions", "GET admin/permissions/{id}", "PUT admin/permissions/{id}",
    "DELETE admin/permissions/{id}", "GET admin/permissions/trace", "GET admin/folders/{id}/template",
    "PUT admin/folders/{id}/template", "DELETE admin/folders/{id}/template", "GET admin/audit",
    "admin.cache", "admin.purge", "admin.permissions", "admin.trace", "admin.audit", "admin.templates",
    "admin.template",
}  # fmt: skip
"""They name folders, to those who have a right for it, whatever the folders' levels; see below."""

ELSEWHERE = {
    "GET search": "tests/functional/api/test_search.py",
    "GET tags": "tests/functional/api/test_search.py",
    "GET admin/images/{id}/tags": "tests/functional/api/test_search.py",
    "POST admin/images/{id}/tags": "tests/functional/api/test_search.py",
    "DELETE admin/images/{id}/tags": "tests/functional/api/test_search.py",
    "PUT admin/images/{id}/focal": "tests/functional/api/test_search.py",
    "admin.tasks": "tests/functional/admin_pages",
    "details": "tests/functional/pages",
    "playground": "tests/functional/pages/test_publisher.py",
    "trash": "tests/functional/pages/test_trash.py",
    "search": "tests/functional/api/test_search.py",
    "selection": "tests/functional/pages",
    "selection.undo": "tests/functional/pages",
    "upload": "tests/functional/pages",
    "folder": "tests/functional/pages",
    "help.viewer": "tests/functional/test_help.py",
    "pdf.pages": "plugins/qis-pdf/tests/test_output.py",
    "POST upload": "tests/functional/api/test_uploads.py",
    "PUT admin/filesystem/images/{id}": "tests/functional/api/test_filesystem.py",
    "DELETE admin/filesystem/images/{id}": "tests/functional/api/test_filesystem.py",
    "POST admin/filesystem/folders": "tests/functional/api/test_filesystem.py",
    "PUT admin/filesystem/folders/{id}": "tests/functional/api/test_filesystem.py",
    "DELETE admin/filesystem/folders/{id}": "tests/functional/api/test_filesystem.py",
    "GET admin/filesystem/trash": "tests/functional/api/test_filesystem.py",
    "POST admin/filesystem/trash/{id}": "tests/functional/api/test_filesystem.py",
    "DELETE admin/filesystem/trash/{id}": "tests/functional/api/test_filesystem.py",
    "GET admin/tasks": "tests/functional/api/test_tasks.py",
    "GET admin/tasks/{id}": "tests/functional/api/test_tasks.py",
    "GET admin/tasks/{function}/{id}": "tests/functional/api/test_tasks.py",
    "DELETE admin/tasks/{id}": "tests/functional/api/test_tasks.py",
    "POST admin/tasks/*": "tests/functional/api/test_tasks.py",
}
"""They change files or go by their owner, so that a matrix of questions cannot ask them: where it is tested who may."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestSite]:
    """A site with a picture in every folder and the permissions of ``RULES``."""
    with site_in(tmp_path_factory.mktemp("matrix"), {}) as made:
        number = itertools.count()
        for folder in ["", *FOLDERS]:
            (made.library / folder).mkdir(parents=True, exist_ok=True)
            colour = (next(number) * 5 % 256, 80, 200)
            Image.new("RGB", (12, 8), colour).save(made.library / folder / ("picture.png" if folder else "base.png"))
        with made.site.writing.begin() as session:
            groups, permissions = Groups(session, OPERATOR), Permissions(session, OPERATOR)
            assert (groups.add("Team").id, groups.add("Others").id) == (TEAM, OTHERS)
            for folder, levels in RULES.items():
                for group, level in levels.items():
                    permissions.set(folder, group, level)
            accounts = Accounts(session, password_keepers(made.site.kernel))
            for name in ("user", "member"):
                accounts.add(name, "a long password", allow_api=True)
            groups.add_member(TEAM, accounts.get("member").id)
            accounts.add("administrator", "a long password", administrator=True, allow_api=True)
        yield made


@pytest.fixture(scope="module")
def tokens(site: TestSite) -> dict[str, dict[str, str]]:
    """The headers that each caller sends."""
    with site.site.reading() as session:
        accounts = Accounts(session)
        ids = {caller: accounts.get(caller).id for caller in CALLERS if caller != "public"}
    return {"public": {}} | {
        caller: {"Authorization": f"Bearer {site.site.tokens.issue(number)}"} for caller, number in ids.items()
    }


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", ROUTES)
def test_what_is_given_is_what_the_rules_give(site, tokens, route, caller):
    asker = Asker(site, tokens[caller], tokens["administrator"])
    for folder in FOLDERS:
        check(ROUTES[route], asker, caller, folder)


def check(row: Route, asker: Asker, caller: str, folder: str) -> None:
    """One question and its answer."""
    seen = [folder, folder.rpartition("/")[0]] if row.from_above else [folder]
    expected = all(level_of(caller, place) >= row.needs for place in seen) and not (row.login and caller == "public")
    answer = row.ask(asker, folder)
    if row.given is not None:
        assert row.given(answer, folder) is expected, (folder, answer)
    elif expected:
        assert answer.status_int == row.status, (folder, answer)
    else:
        assert answer.status_int == (401 if row.login and caller == "public" else 403), (folder, answer)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert answer.content_type in ("text/plain", "text/html", "application/json")
        assert f"{folder}/picture.png?" not in answer.text


@pytest.mark.parametrize("caller", CALLERS)
def test_the_service_and_its_trace_agree_with_the_rules(site, tokens, caller):
    identity = site.site.callers.identity({"HTTP_AUTHORIZATION": tokens[caller].get("Authorization", "")})
    for folder in FOLDERS:
        access = site.site.platform.access
        assert access.level(identity, f"{folder}/picture.png") == level_of(caller, folder)
        assert access.trace(identity, folder).level == level_of(caller, folder)


def test_only_what_everybody_may_see_is_public_for_caches_between(site, tokens):
    for folder in FOLDERS:
        answer = site.testapp.get(f"/image?{OPTIONS.format(folder)}", headers=tokens["administrator"])
        kind = "public" if level_of("public", folder) >= Level.VIEW else "private"
        assert answer.headers["Cache-Control"].startswith(kind + ","), folder


def test_every_route_is_classified(site):
    registry = site.testapp.app.registry
    names = {route["introspectable"]["name"] for route in registry.introspector.get_category("routes")}
    endpoints = {f"{endpoint.method} {endpoint.path}": endpoint.route for endpoint in registry[ALL]}
    found = (names - set(endpoints.values())) | endpoints.keys()
    listed = COVERED | NOTHING_OF_THE_LIBRARY | BY_RIGHT | ELSEWHERE.keys()
    new = {name for name in found - listed if not name.startswith("POST admin/tasks/")}
    assert not new, f"say in this file of {sorted(new)} whether they give out bytes or names, and to whom"
    assert not COVERED - found


def test_what_names_folders_by_right_is_for_nobody_else(site, tokens):
    known = {f"{endpoint.method} {endpoint.path}" for endpoint in site.testapp.app.registry[ALL]}
    for route in sorted(name for name in BY_RIGHT & known if name.startswith("GET")):
        path = "/api/v1/" + route.split()[1].replace("{id}", "1") + "/?path=/"
        askers = {caller: Asker(site, tokens[caller], tokens["administrator"]) for caller in CALLERS}
        statuses = {caller: asker.get(path).status_int for caller, asker in askers.items()}
        assert statuses == {"public": 401, "user": 403, "member": 403, "administrator": 200}, route
