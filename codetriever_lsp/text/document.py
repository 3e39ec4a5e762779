"""Everything the text layer knows of one file, in one call."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from codetriever_lsp.model import Analysis, Chunk
from codetriever_lsp.text.chunker import chunk
from codetriever_lsp.text.languages import HEAD_BYTES, Language, detect
from codetriever_lsp.text.lines import Lines
from codetriever_lsp.text.regions import read_syntax
from codetriever_lsp.text.symbols import Definition

__all__ = ["analyse"]

_log = logging.getLogger(__name__)

MAX_SYNTAX_BYTES = 1_000_000
"""Larger files are generated or data: parsing them costs seconds and much memory, and finds nothing
people ask for."""

MAX_SYNTAX_LINE = 20_000
"""Bytes of a line. A file that mostly consists of longer ones is minified, and a tree of one line
cuts nothing. A single long literal in a file that people wrote does not matter, up to ten times as
much."""


def analyse(path: str, text: str, *, syntax: bool = True) -> Analysis:
    """The language, symbols and chunks of the file `path` with the content `text`; never raises.

    `path` only tells the language. With `syntax=False`, or where the syntax tree cannot be had,
    there are no symbols, the chunks follow paragraphs, and a problem says so.
    """
    data = text.encode("utf-8", "replace")
    lines = Lines(data)
    language = detect(path, data[:HEAD_BYTES])
    problem = _why_no_syntax(language, lines, syntax)
    definitions: Sequence[Definition] = ()
    chunks: tuple[Chunk, ...] = ()
    if language.grammar and not problem:
        try:
            found = read_syntax(language.grammar, lines)
            definitions = found.definitions
            chunks = chunk(lines, definitions, found.nodes, found.prose)
        except Exception as error:  # noqa: BLE001  (whatever a grammar does, the file is still text)
            problem = f"its {language.name} grammar failed ({type(error).__name__})"
            definitions = ()
            _log.warning("grammar %s failed: %s", language.grammar, type(error).__name__)
    symbols = tuple(definition.symbol for definition in definitions)
    problems = (f"Read without its syntax: {problem}.",) if problem else ()
    return Analysis(language.name, len(lines), symbols, chunks or chunk(lines), problems)


def _why_no_syntax(language: Language, lines: Lines, wanted: bool) -> str:
    size = len(lines.data)
    if not language.grammar:
        return ""
    if not wanted:
        return "its grammar failed on it before"
    if size > MAX_SYNTAX_BYTES:
        return f"it is larger than {MAX_SYNTAX_BYTES:,} bytes"
    if size <= MAX_SYNTAX_LINE:
        return ""
    long = [
        length
        for row in range(len(lines))
        if (length := lines.end(row) - lines.start(row)) > MAX_SYNTAX_LINE
    ]
    if not long or (sum(long) < 0.75 * size and max(long) < 10 * MAX_SYNTAX_LINE):
        return ""
    return f"it has lines longer than {MAX_SYNTAX_LINE:,} bytes"
