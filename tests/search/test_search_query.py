from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.search.query import check_limit, parse_query


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "!?", "---"])
def test_a_query_without_a_word_is_refused(blank: str) -> None:
    with pytest.raises(BadRequest, match="query"):
        parse_query(blank)


@pytest.mark.parametrize("limit", [0, -1, 101, 10_000])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(BadRequest, match="limit must be from 1 to 100"):
        check_limit(limit)


def test_stop_words_count_little_unless_there_is_nothing_else() -> None:
    query = parse_query("where do we give up retrying?")
    assert query.terms["retri"] == 1.0
    assert query.terms["where"] < 0.5
    assert "where" not in query.stems
    assert parse_query("how to").stems


def test_identifiers_are_recognised() -> None:
    assert parse_query("HttpConnPool").single
    assert parse_query("HttpConnPool").names == {"httpconnpool"}
    assert parse_query("who calls Pool.release in my_module").names == {"release", "my_module"}
    assert not parse_query("connection pool").names


def test_a_query_about_tests_knows_it() -> None:
    assert parse_query("test fixtures for the pool").about_tests
    assert not parse_query("the pool").about_tests


@given(st.text())
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    try:
        query = parse_query(text)
    except BadRequest:
        assert not any(char.isalnum() for char in text)
    else:
        assert query.terms


def test_a_megabyte_of_query_is_cut() -> None:
    assert len(parse_query("word " * 200_000).text) < 10_000
