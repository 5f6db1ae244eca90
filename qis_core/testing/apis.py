"""A site seen by its REST API, as the people who call it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qis_core.testing.app_fixtures import TestSite

if TYPE_CHECKING:
    from webtest import TestResponse

PASSWORD = "a password of seven words"
"""The password of everybody who is added."""

RIGHTS = {"uma": "admin_users", "percy": "admin_permissions", "fiona": "admin_files", "ann": "", "bob": ""}
"""People by name, and the right that a group of their own gives them; ``admin`` has all."""


@dataclass(kw_only=True)
class Api:
    """Calls endpoints of a site; ``who`` is '' for the public."""

    site: TestSite
    ids: dict[str, int] = field(default_factory=dict)

    def add_people(self) -> Api:
        """Makes the accounts of ``RIGHTS``, each in a group that has its name with a capital letter."""
        from qis_core.services.accounts import Accounts
        from qis_core.services.actors import OPERATOR
        from qis_core.services.groups import Groups
        from qis_core.services.startup import password_keepers

        site = self.site.site
        with site.writing.begin() as session:
            accounts, groups = Accounts(session, password_keepers(site.kernel)), Groups(session, OPERATOR)
            self.ids["admin"] = accounts.get("admin").id
            for name, right in RIGHTS.items():
                self.ids[name] = accounts.add(name, PASSWORD, allow_api=True).id
                group = groups.add(name.capitalize())
                groups.set_rights(group.id, {right: True} if right else {})
                groups.add_member(group.id, self.ids[name])
                self.ids[group.name] = group.id
        return self

    def permit(self, folder: str, group_id: int, level: int) -> None:
        """Sets a permission."""
        from qis_core.services.actors import OPERATOR
        from qis_core.services.permissions import Permissions

        with self.site.site.writing.begin() as session:
            Permissions(session, OPERATOR).set(folder, group_id, level)

    def headers(self, who: str) -> dict[str, str]:
        """What somebody's requests bring."""
        return {"Authorization": f"Bearer {self.site.site.tokens.issue(self.ids[who])}"} if who else {}

    def call(
        self, method: str, path: str, who: str = "", status: int = 200, /, *, json: object = None, **form: object
    ) -> TestResponse:
        """The answer to a request under ``/api/v1/``, which must have that status and the contract's envelope."""
        app = self.site.testapp
        options: dict[str, Any] = {"headers": self.headers(who), "expect_errors": True}
        ask = getattr(app, method.lower() + ("_json" if json is not None else ""))
        if method in ("POST", "PUT"):
            options["params"] = form if json is None else json
        answer = ask(f"/api/v1/{path}", **options)
        assert answer.status_int == status, answer
        assert answer.content_type == "application/json"
        assert set(answer.json) == {"status", "message", "data"}
        assert answer.json["status"] == status
        return answer

    def data(self, method: str, path: str, who: str = "admin", /, **sent: Any) -> Any:
        """What an answer with status 200 holds."""
        return self.call(method, path, who, **sent).json["data"]
