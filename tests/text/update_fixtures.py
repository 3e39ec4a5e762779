"""Write `expected.json` of the fixtures anew: `python tests/text/update_fixtures.py [NAME ...]`.

What it writes is what the code does, not what is right: read the difference against the source
before it is committed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from codetriever_lsp.model import Span
from codetriever_lsp.text.document import analyse

FIXTURES = Path(__file__).parent / "fixtures"


def fixture_folders() -> list[Path]:
    """The folders with a fixture: one `sample.*` and its `expected.json` each."""
    return sorted(path for path in FIXTURES.iterdir() if path.is_dir())


def sample(folder: Path) -> Path:
    """The source file of a fixture."""
    (path,) = folder.glob("sample.*")
    return path


def observe(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The symbols and chunks of a fixture in the form of `expected.json`; lines and UTF-16 columns
    count from 0."""
    path = sample(folder)
    analysis = analyse(path.name, path.read_bytes().decode("utf-8"))
    symbols = [
        {
            "name": symbol.name,
            "kind": symbol.kind,
            "container": symbol.container,
            "range": _numbers(symbol.span),
            "selection": _numbers(symbol.selection),
        }
        for symbol in analysis.symbols
    ]
    chunks = [
        {
            "start": chunk.span.start.line,
            "end": chunk.span.end.line,
            "shape": chunk.shape,
            "symbol": analysis.symbols[chunk.symbol].name if chunk.symbol >= 0 else "",
        }
        for chunk in analysis.chunks
    ]
    return {"symbols": symbols, "chunks": chunks}


def render(observed: dict[str, list[dict[str, Any]]]) -> str:
    """The text of `expected.json`: one symbol or chunk a line, so that differences are readable."""
    sections = []
    for key, items in observed.items():
        lines = ",\n".join("    " + json.dumps(item, ensure_ascii=False) for item in items)
        sections.append(f'  "{key}": [\n{lines}\n  ]' if items else f'  "{key}": []')
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main(names: list[str]) -> None:
    for folder in fixture_folders():
        if names and folder.name not in names:
            continue
        text = render(observe(folder))
        target = folder / "expected.json"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8", newline="\n")
            print("wrote", target.relative_to(FIXTURES))


def _numbers(span: Span) -> list[int]:
    return [span.start.line, span.start.utf16, span.end.line, span.end.utf16]


if __name__ == "__main__":
    main(sys.argv[1:])
