"""Misspelt words of sentences and identifiers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from codetriever_lsp.search.names.columns import Definitions
from codetriever_lsp.search.names.layers import FolderNames
from codetriever_lsp.search.names.pattern import Entry
from codetriever_lsp.search.names.table import NameTable
from codetriever_lsp.search.query import parse_query
from codetriever_lsp.search.retrieval.spelling_correction import mend, nearest
from codetriever_lsp.search.source import Source

NAMES = ("openConnection", "ConnectionPool", "retrieve_all", "serialize", "flow")


@pytest.fixture
def source() -> Source:
    entries = [
        Entry(name, "function", "", f"{name}.py", at + 1, at + 1) for at, name in enumerate(NAMES)
    ]
    return cast(
        Source,
        SimpleNamespace(names=FolderNames(NameTable(Definitions(entries))), buffer_names=dict),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("conection", "connection"),
        ("retreive", "retrieve"),
        ("serialise", "serialize"),
        ("connection", ""),
        ("conexxxion", ""),
        ("blow", ""),
        ("fow", "flow"),
    ],
)
def test_the_nearest_word_is_meant(typed: str, meant: str) -> None:
    assert nearest(typed, ["connection", "retrieve", "serialize", "flow"]) == meant


def test_what_nothing_has_is_asked_for_as_it_was_meant_as_well(source: Source) -> None:
    query = parse_query("where is a conection of the pool opened")
    weighed = [{"conect": 0.0, "pool": 3.0, "open": 2.0}]
    found = mend(query, weighed, [source])
    assert found.mended == ("connection",)
    assert found.spelt == "where is a conection of the pool opened connection"
    assert {"conect", "connect"} <= found.stems
    assert found.terms["connect"] == 1.0
    assert found.text == query.text


def test_an_identifier_of_several_words_is_mended_word_by_word(source: Source) -> None:
    found = mend(
        parse_query("openConection"), [{"open": 2.0, "conect": 0.0, "openconection": 0.0}], [source]
    )
    assert found.mended == ("connection",)
    assert "connect" in found.terms


@pytest.mark.parametrize(
    ("text", "weighed"),
    [
        ("where is a conection opened", [{"conect": 1.0}]),  # some chunk has it
        (
            "where is a conection opened",
            [{"conect": 0.0}, {"conect": 2.0}],
        ),  # another folder has it
        ("where is a conection opened", [{}]),  # nobody looked
        ("conection", [{"conect": 0.0}]),  # one word: that is compared with whole names
        ("aConection", [{"conect": 0.0}]),  # no more than one word to go by
        ("where is a trampoline", [{"trampolin": 0.0}]),  # like nothing here
    ],
)
def test_the_rest_stays_as_it_is(
    source: Source, text: str, weighed: list[dict[str, float]]
) -> None:
    query = parse_query(text)
    sources: list[Any] = [source] * len(weighed)
    assert mend(query, weighed, sources) is query
