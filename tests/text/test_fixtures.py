"""Symbols and chunks of each language against `fixtures/NAME/expected.json`, which people have read and agreed with."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
from codetriever_lsp.text.languages import LANGUAGES
from update_fixtures import fixture_folders, observe, render, sample

FOLDERS = fixture_folders()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_symbols_and_chunks(folder: Path) -> None:
    expected = render(json.loads((folder / "expected.json").read_text(encoding="utf-8")))
    observed = render(observe(folder))
    difference = difflib.unified_diff(
        expected.splitlines(), observed.splitlines(), "expected.json", sample(folder).name, lineterm="", n=1
    )
    if expected != observed:
        pytest.fail("\n".join(difference), pytrace=False)


def test_every_queried_grammar_has_a_fixture() -> None:
    queried = {language.grammar for language in LANGUAGES.values() if language.queried}
    assert queried - {folder.name for folder in FOLDERS} == set()
