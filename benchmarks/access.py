"""What permissions cost on the way of a hit: requests a second of a logged-in user against those of the public."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from cold import QUALITY, ROUNDS, WIDTH
from lab import Server, server
from report import Figure, left_out
from wrk import is_installed, load

FOLDERS = 2000
GROUPS = 20
_FILL = """
import sys
from pathlib import Path
from qis_core.configuration import read_configuration
from qis_core.plugins import load
from qis_core.services.accounts import Accounts
from qis_core.services.actors import OPERATOR
from qis_core.services.groups import Groups
from qis_core.services.permissions import Permissions
from qis_core.services.startup import open_records, password_keepers
folders, count = map(int, sys.argv[2:])
configuration = read_configuration(None, data=Path(sys.argv[1]))
kernel = load(configuration.raw, environ=configuration.environ, here=configuration.here)
with open_records(kernel) as session:
    groups, permissions = Groups(session, OPERATOR), Permissions(session, OPERATOR)
    user = Accounts(session, password_keepers(kernel)).add("ann", "a long password", allow_api=True)
    made = [groups.add(f"group {number}") for number in range(count)]
    for group in made[::2]:
        groups.add_member(group.id, user.id)
    for number in range(folders):
        permissions.set(f"folder/{number}", made[number % count].id, 20)
    for group in made:
        permissions.set("private/shoes/red", group.id, 20)
    permissions.set("private", 1, 0)
    permissions.set("private", 2, 0)
"""


def logged_in(library: Path) -> list[Figure]:
    """A rendering in memory for the public, and for a user with ten groups among two thousand folders' permissions."""
    if not is_installed():
        return [left_out("hit of a logged-in user", "wrk is not installed (Debian: wrk)")]
    private = library / "private/shoes/red"
    private.mkdir(parents=True, exist_ok=True)
    shutil.copy(library / "photo.jpg", private / "photo.jpg")
    options = f"width={WIDTH}&quality={QUALITY}"
    public, hidden = f"/image?src=photo.jpg&{options}", f"/image?src=private/shoes/red/photo.jpg&{options}"
    with server(library, QIS_SERVER_WORKERS="1") as running:
        fill(running)
        token = _token(running)
        by_token, by_session = {"Authorization": f"Bearer {token}"}, {"Cookie": _cookie(running, token)}
        assert running.get(hidden)[0].status == 403
        for headers in (by_token, by_session):
            assert running.get(hidden, headers)[0].status == running.get(public)[0].status == 200
        base = f"http://127.0.0.1:{running.port}"
        rounds = [
            (
                load(base, [public]).rate,
                load(base, [hidden], headers=by_token).rate,
                load(base, [hidden], headers=by_session).rate,
            )
            for _ in range(ROUNDS)
        ]
    token_cost = statistics.median(anonymous / user for anonymous, user, _ in rounds)
    session_cost = statistics.median(anonymous / user for anonymous, _, user in rounds)
    return [
        Figure("hit of a logged-in user against one of the public: cost, by token", token_cost, "×", "≤ 1.3"),
        Figure("hit of a logged-in user against one of the public: cost, by session", session_cost, "×", "≤ 1.3"),
        Figure("hit of a logged-in user, by session", statistics.median(user for _, _, user in rounds), "requests/s"),
    ]


def fill(running: Server) -> None:
    """Gives the server's records a user, groups, and folders with permissions."""
    subprocess.run([sys.executable, "-c", _FILL, str(running.data), str(FOLDERS), str(GROUPS)], check=True)


def _token(running: Server) -> str:
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    body = urlencode({"username": "ann", "password": "a long password"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/api/v1/token/", body, kind)
    found: str = json.loads(connection.getresponse().read())["data"]["token"]
    connection.close()
    return found


def _cookie(running: Server, token: str) -> str:
    """The session's cookie of a browser that has logged in with the token."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    connection.request("GET", "/api/v1/tokenlogin/?" + urlencode({"token": token}))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return str(answer.headers["Set-Cookie"]).partition(";")[0]
