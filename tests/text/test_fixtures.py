"""Symbols and chunks of each language against `fixtures/NAME/expected.json`, which people have read
and agreed with."""

from __future__ import annotations

import difflib
import json
from importlib import resources
from pathlib import Path

import pytest
from update_fixtures import fixture_folders, observe, render, sample

from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.languages import LANGUAGES

FOLDERS = fixture_folders()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_symbols_and_chunks(folder: Path) -> None:
    expected = render(json.loads((folder / "expected.json").read_text(encoding="utf-8")))
    observed = render(observe(folder))
    if expected != observed:
        difference = difflib.unified_diff(
            expected.splitlines(),
            observed.splitlines(),
            "expected.json",
            sample(folder).name,
            lineterm="",
            n=1,
        )
        pytest.fail("\n".join(difference), pytrace=False)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_selection_of_a_symbol_names_it(folder: Path) -> None:
    data = sample(folder).read_bytes()
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    analysis = analyse(sample(folder).name, data.decode("utf-8"))
    assert analysis.symbols
    for symbol in analysis.symbols:
        start, end = symbol.selection.start, symbol.selection.end
        rows = lines[start.line : end.line + 1]
        rows[-1] = rows[-1][: end.utf8]
        rows[0] = rows[0][start.utf8 :]
        selected = " ".join(b" ".join(rows).decode("utf-8").split())
        assert selected
        assert symbol.name in selected or selected in symbol.name, (
            "a name may have several parts, the first is selected"
        )
        assert symbol.span.start.line <= start.line <= end.line <= symbol.span.end.line


def test_every_queried_grammar_has_a_fixture() -> None:
    queried = {language.grammar for language in LANGUAGES.values() if language.queried}
    assert queried - {folder.name for folder in FOLDERS} == set()


def test_typescript_and_tsx_are_read_alike() -> None:
    queries = resources.files("codetriever_lsp.text") / "queries"
    assert (queries / "typescript.scm").read_bytes() == (queries / "tsx.scm").read_bytes()
