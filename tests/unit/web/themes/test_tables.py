"""Tables that a phone shows cell by cell: each cell says what it is of."""

import bs4
import pytest

from qis_core.web.themes.chain import CORE
from qis_core.web.themes.templates import make_environment

PAGE = """{% call c.table("Users", ["User", "Name", ""], stacks=stacks) %}{% for user, name in rows %}
<tr class="row"><th scope="row">{{ user }}</th><td>{{ name }}</td><td><b>{{ user }}</b></td></tr>
{% endfor %}{% endcall %}"""


@pytest.fixture
def shown():
    """The table of some rows, as a page has it."""

    def show(*rows: tuple[str, str], stacks: bool = True) -> bs4.BeautifulSoup:
        html = make_environment([CORE]).from_string(PAGE).render(rows=rows, stacks=stacks)
        return bs4.BeautifulSoup(html, "html.parser")

    return show


def test_cells_carry_the_name_of_their_column(shown):
    first, second = shown(("ada", "Ada"), ("bob", "")).select("tbody tr")
    assert [cell.attrs for cell in first.select("td")] == [{"data-label": "Name"}, {}]
    assert first.th.attrs == {"scope": "row", "data-label": "User"}
    assert second.td.attrs == {"data-empty": ""}
    assert first["class"] == ["row"]


def test_what_stands_in_cells_stays_as_it_is(shown):
    text = "<td onclick='x'> & \\1 \\g<0> </tr>"
    row = shown((text, text)).select_one("tbody tr")
    assert [cell.text for cell in row.select("th, td")] == [text, text, text]
    assert len(row.select("td")) == 2


def test_a_matrix_stays_a_table(shown):
    assert not shown(("ada", "Ada"), stacks=False).select("[data-label], .stacks")
