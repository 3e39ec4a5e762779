"""Names that are written alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.search.names.trigrams import LEAST_ALIKE, Spelling, likeness, runs_of

NAMES = ["httpconnectionpool", "parse_url", "workspaceSymbol", "数据库连接", "größe", "x", "retry"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("HttpConectionPool", "httpconnectionpool"),
        ("pool http connection", "httpconnectionpool"),
        ("parseUrl", "parse_url"),
        ("symbolWorkspace", "workspaceSymbol"),
        ("数据库", "数据库连接"),
        ("retyr", "retry"),
        ("x", "x"),
    ],
)
def test_a_name_half_remembered_is_found(typed: str, meant: str) -> None:
    found = Spelling(NAMES).like(typed, 3)
    assert found
    assert NAMES[found[0][0]] == meant


def test_what_is_not_alike_is_not_found() -> None:
    assert Spelling(NAMES).like("matrix", 3) == []
    assert (
        Spelling(NAMES).like(
            "a sentence that is far too long to be the name of anything in code at all", 3
        )
        == []
    )
    assert Spelling(NAMES).like("!?", 3) == []
    assert Spelling([]).like("retry", 3) == []


@given(st.lists(st.text(max_size=12), max_size=20), st.text(max_size=20))
def test_the_index_says_what_a_comparison_one_by_one_says(names: list[str], typed: str) -> None:
    wanted = runs_of(typed)
    one_by_one = {at: alike for at, name in enumerate(names) if (alike := likeness(wanted, name))}
    found = dict(Spelling([name.casefold() for name in names]).like(typed, 100))
    assert found == pytest.approx(one_by_one)
    assert all(LEAST_ALIKE <= alike <= 1 for alike in found.values())
