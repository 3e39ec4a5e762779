"""Tree-sitter grammars and our definition queries, each set up once per process.

Grammars come from the wheel of `tree-sitter-language-pack`; nothing is downloaded. A grammar may
hang or crash (`cobol` hangs on the input `x`), so untrusted files are parsed in worker processes
with a deadline.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib import resources
from typing import cast

from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree
from tree_sitter_language_pack import SupportedLanguage, get_language

__all__ = ["Captures", "definition_matches", "has_query", "language", "parse"]

Captures = dict[str, list[Node]]

_local = threading.local()


@cache
def language(grammar: str) -> Language:
    """The compiled grammar; LookupError for a name that the language pack does not have."""
    return get_language(cast(SupportedLanguage, grammar))


@cache
def has_query(grammar: str) -> bool:
    return resources.files("codetriever_lsp.text").joinpath("queries", f"{grammar}.scm").is_file()


def parse(grammar: str, data: bytes) -> Tree:
    """The syntax tree of UTF-8 `data`; tree-sitter gives one for any input, with error nodes where
    it must.
    """
    parsers: dict[str, Parser] = _local.__dict__.setdefault("parsers", {})
    parser = parsers.get(grammar)
    if parser is None:
        parser = parsers[grammar] = Parser(language(grammar))
    return parser.parse(data)


def definition_matches(grammar: str, root: Node) -> list[tuple[int, Captures]]:
    """All matches of the grammar's definition query below `root`: (number of the pattern in the
    file, nodes by capture).
    """
    cursors: dict[str, QueryCursor] = _local.__dict__.setdefault("cursors", {})
    cursor = cursors.get(grammar)
    if cursor is None:
        cursor = cursors[grammar] = QueryCursor(_query(grammar))
    return cursor.matches(root)


@cache
def _query(grammar: str) -> Query:
    source = (
        resources.files("codetriever_lsp.text")
        .joinpath("queries", f"{grammar}.scm")
        .read_text(encoding="utf-8")
    )
    return Query(language(grammar), source)
