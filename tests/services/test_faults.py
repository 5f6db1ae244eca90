"""Parts of a site are killed while pictures are asked for: nobody gets a wrong one, and hardly anybody an error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from qis_core.testing.app_fixtures import serving
from qis_core.testing.memcached import Memcached
from qis_core.testing.postgres import Postgres, running_postgres
from qis_core.testing.steady import WRONG, Steady

pytestmark = [pytest.mark.services, pytest.mark.slow]

A_SECOND = 15
KNOWN = 10
WORKERS = 2


@dataclass
class Node:
    """A server with a database and a cache of its own, and the process that it began with."""

    url: str
    process: psutil.Process
    database: Postgres
    cache: Memcached


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with contextlib.ExitStack() as closing:
        try:
            database = closing.enter_context(running_postgres())
            cache = Memcached()
        except FileNotFoundError as error:
            pytest.skip(f"a service is not installed: {error}")
        closing.callback(cache.kill)
        settings = {
            "qis.server.workers": "2",
            "qis.imaging.workers": str(WORKERS),
            "qis.database.url": database.make_database(),
            "qis.cache.url": f"memcached://{cache.address}/faults",
        }
        server = closing.enter_context(serving(tmp_path_factory.mktemp("node"), settings))
        yield Node(server.url, psutil.Process(server.pid), database, cache)


def steady(node: Node, first: int) -> Steady:
    made = Steady(
        node.url,
        [f"/image?src=photos/wide.jpg&width={first + n}" for n in range(KNOWN)],
        lambda number: (f"/image?src=photos/wide.jpg&width={first + 20 + number}", first + 20 + number),
        A_SECOND,
    )
    made.learn()
    return made


def problems(asked: Steady) -> list[str]:
    return [outcome.problem for outcome in asked.outcomes if outcome.problem]


def test_pictures_flow_without_database_and_cache(node: Node) -> None:
    asked = steady(node, 50)
    with asked.asking():
        asked.more(10)
        node.cache.kill()
        asked.more(25)
        node.database.end()
        asked.more(40)
        node.cache.start()
        node.database.start()
        asked.more(25)
    assert problems(asked) == []


def web_processes(node: Node) -> list[psutil.Process]:
    return [each for each in node.process.children() if "qis_core.worker" not in each.cmdline()]


def render_processes(node: Node) -> tuple[psutil.Process, psutil.Process]:
    """The nursery of render workers, and one of these."""
    (zygote,) = [each for each in node.process.children() if each not in web_processes(node)]
    nursery = zygote.children()[0]
    return nursery, nursery.children()[0]


def test_a_killed_process_costs_only_what_it_was_doing(node: Node) -> None:
    asked = steady(node, 200)
    with asked.asking():
        asked.more(10)
        render_processes(node)[1].kill()
        asked.more(20)
        web = web_processes(node)[0]
        web.kill()
        asked.more(30)
        render_processes(node)[0].kill()
        asked.more(20)
        assert len(web_processes(node)) == 2
        assert web not in web_processes(node)
    wrong = problems(asked)
    assert WRONG not in wrong
    # One rendering by the killed worker, and one by each of the killed nursery's; and what the killed server process
    # had in its hands, whose connections ended.
    assert [problem for problem in wrong if problem.isdigit()] in [["503"] * count for count in range(WORKERS + 2)]
    assert len(wrong) < A_SECOND
