"""`analyse`: one call from text to symbols and chunks, whatever the file is like."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Tree

from codetriever_lsp.model import Analysis
from codetriever_lsp.text import regions, rules
from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.rules import TEXT_RULES

SOURCE = "def find(name):\n    a\n    b\n    return name\n"


def test_a_usual_file() -> None:
    analysis = analyse("src/find.py", SOURCE)
    assert (analysis.language, analysis.lines, analysis.problems) == ("python", 4, ())
    assert [(symbol.kind, symbol.name, symbol.signature) for symbol in analysis.symbols] == [
        ("function", "find", "def find(name):")
    ]
    assert [(piece.shape, piece.symbol, piece.symbols) for piece in analysis.chunks] == [
        ("definition", 0, (0,))
    ]


def test_a_file_without_a_grammar_is_no_problem() -> None:
    analysis = analyse("notes.txt", "one\n\ntwo\n")
    assert (analysis.language, analysis.symbols, analysis.problems) == ("text", (), ())
    assert [piece.shape for piece in analysis.chunks] == ["text"]


def test_a_grammar_without_a_query_still_cuts_at_statements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(regions, "has_query", lambda grammar: False)
    analysis = analyse("a.toml", "".join(f"[table{n}]\n" + "a = 1\n" * 20 for n in range(6)))
    assert (analysis.language, analysis.symbols, analysis.problems) == ("toml", (), ())
    assert [piece.text.split("\n")[0] for piece in analysis.chunks] == [
        "[table0]",
        "[table1]",
        "[table2]",
        "[table3]",
        "[table4]",
        "[table5]",
    ]


def test_without_syntax_when_told_so() -> None:
    analysis = analyse("src/find.py", SOURCE, syntax=False)
    assert analysis.symbols == ()
    assert [(piece.shape, piece.text) for piece in analysis.chunks] == [
        ("text", SOURCE.rstrip("\n"))
    ]
    assert analysis.problems == ("Read without its syntax: its grammar failed on it before.",)
    assert analyse("notes.txt", "one\n", syntax=False).problems == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1\n" * 170_000, "it is larger than 1,000,000 bytes"),
        ("x = [" + "1, " * 10_000 + "]\n", "it has lines longer than 20,000 bytes"),
        (SOURCE * 4000 + "x = '" + "1" * 250_000 + "'\n", "it has lines longer than 20,000 bytes"),
    ],
)
def test_without_syntax_when_absurd(text: str, problem: str) -> None:
    analysis = analyse("a.py", text)
    assert analysis.problems == (f"Read without its syntax: {problem}.",)
    assert analysis.symbols == ()
    assert analysis.chunks


def test_one_long_literal_does_not_cost_the_syntax() -> None:
    analysis = analyse("a.py", SOURCE * 300 + "LOGO = '" + "1" * 30_000 + "'\n")
    assert len(analysis.symbols) == 301
    assert analysis.problems == ()


def test_a_failing_grammar_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(grammar: str, data: bytes) -> Tree:
        raise ValueError("Parsing failed")

    monkeypatch.setattr(regions, "parse", fail)
    analysis = analyse("src/find.py", SOURCE)
    assert analysis.problems == (
        "Read without its syntax: its python grammar failed (ValueError).",
    )
    assert analysis.symbols == ()
    assert [piece.text for piece in analysis.chunks] == [SOURCE.rstrip("\n")]


def test_the_rules_name_queries_and_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"[\w-]+:[\w-]+:[\d.]+:[0-9a-f]{16}", TEXT_RULES)
    assert rules._rules() == TEXT_RULES
    monkeypatch.setattr(rules, "CHUNK_RULES", "other")
    assert rules._rules() != TEXT_RULES


def names(analysis: Analysis) -> list[str]:
    return [
        f"{symbol.kind} {symbol.container}.{symbol.name} {symbol.selection.start.line}"
        for symbol in analysis.symbols
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.html", "<p>a</p>\n<script>\nfunction f() {\n}\n</script>\n"),
        ("a.html", "<p>a</p>\n<script type=module>\nfunction f() {\n}\n</script>\n"),
        ("a.vue", "<i/>\n<script setup lang='ts'>\nfunction f(a: string) {\n}\n</script>\n"),
        ("a.svelte", "<b/>\n<script lang=ts>\nfunction f(a: string) {\n}\n</script>\n"),
        ("a.astro", "---\n\nfunction f(a: string) {\n}\n---\n<p/>\n"),
    ],
)
def test_scripts_inside_pages(path: str, text: str) -> None:
    assert any(re.fullmatch(r"function .*\.f 2", name) for name in names(analyse(path, text)))


def test_data_inside_pages_is_no_script() -> None:
    text = "<script type='application/json'>\nfunction f() {\n}\n</script>\n"
    assert not any("function" in name for name in names(analyse("a.html", text)))


def test_several_scripts_are_in_document_order() -> None:
    text = "".join(f"<script>\nfunction f{n}() {{\n  a()\n  b()\n}}\n</script>\n" for n in range(3))
    analysis = analyse("a.html", text)
    assert [symbol.name for symbol in analysis.symbols if symbol.kind == "function"] == [
        "f0",
        "f1",
        "f2",
    ]
    assert [line for symbol in analysis.symbols if (line := symbol.span.start.line)] == sorted(
        line for symbol in analysis.symbols if (line := symbol.span.start.line)
    )


@settings(deadline=None)
@given(
    st.sampled_from(["a.py", "a.html", "a.vue", "a", "Makefile", "a.json", "a.h"]),
    st.text(max_size=200),
    st.booleans(),
)
def test_never_raises(path: str, text: str, syntax: bool) -> None:
    analysis = analyse(path, text, syntax=syntax)
    assert analysis.lines == sum(
        piece.span.end.line - piece.span.start.line + 1 for piece in analysis.chunks
    )
