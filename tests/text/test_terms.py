from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.terms import (
    chunk_vector,
    file_vectors,
    path_words,
    query_terms,
    query_vector,
    split,
    term_id,
    terms_of,
)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("getWorkspaceSymbol", ("get", "workspace", "symbol")),
        ("HTTPServer2_url", ("http", "server", "2", "url")),
        ("__init__", ("init",)),
        ("SHA256", ("sha", "256")),
        ("naïveBayes", ("naïve", "bayes")),
        ("получитьДанные", ("получить", "данные")),
        ("接続を閉じる", ("接続", "続を", "を閉", "閉じ", "じる")),
        ("get接続", ("get", "接続")),
        ("ÜberPrüfung", ("über", "prüfung")),
    ],
)
def test_split(word: str, parts: tuple[str, ...]) -> None:
    assert split(word) == parts


def test_a_compound_is_a_term_of_its_own() -> None:
    assert terms_of("getWorkspaceSymbol")[-1] == "getworkspacesymbol"
    assert terms_of("get_workspace_symbol")[-1] == "getworkspacesymbol"


def test_words_of_one_stem_are_one_term() -> None:
    assert terms_of("retries") == terms_of("retry") == terms_of("retrying")


def test_path_words_leave_the_extension_out() -> None:
    assert path_words("src/flask/json/tag.test.py") == ("src", "flask", "json", "tag")


def test_what_a_chunk_defines_weighs_more_than_what_it_mentions() -> None:
    text = "def close_pool():\n    pass\n\n\ndef caller():\n    x = 1\n    y = 2\n    close_pool()\n    return x\n"
    analysis = analyse("pool.py", text)
    defining, mentioning = (
        dict(zip(*chunk_vector("pool.py", analysis, chunk), strict=True))
        for chunk in analysis.chunks
    )
    assert defining[term_id("closepool")] > mentioning[term_id("closepool")] > 0


def test_file_vectors_have_names_and_path() -> None:
    vectors = file_vectors("net/pool.py", analyse("net/pool.py", "def release(): ...\n"))
    assert term_id("releas") in vectors["names"][0]
    assert term_id("net") in vectors["path"][0]
    assert term_id("def") in vectors["file"][0]


@given(st.text())
def test_vectors_are_sorted_unique_positive_and_repeatable(text: str) -> None:
    analysis = analyse("a.py", text)
    for chunk in analysis.chunks:
        ids, weights = chunk_vector("a.py", analysis, chunk)
        assert ids == sorted(set(ids))
        assert all(weight > 0 for weight in weights)
        assert (ids, weights) == chunk_vector("a.py", analysis, chunk)
    ids, _ = query_vector(query_terms(text))
    assert ids == sorted(set(ids))
