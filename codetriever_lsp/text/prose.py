"""What is written for people in code: comments and string literals.

A question in plain words meets the words of comments, and a message pasted from a terminal the
literal that it was made from. Each grammar has its own nodes for them, found by their names.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

from tree_sitter import Language, Node, Query, QueryCursor, QueryError

from codetriever_lsp.text.grammar import language
from codetriever_lsp.text.lines import Lines

__all__ = ["Ranges", "cut", "find_prose"]

_LITERALS = ("string", "heredoc", "char_literal", "raw_text")
_PARTS = ("content_", "interpol", "type", "_start", "_end", "escape")
"""In the names of nodes that are only a part of a literal, or not one."""

_local = threading.local()

Ranges = list[tuple[int, int]]


def find_prose(grammar: str, root: Node) -> Ranges:
    """The byte ranges of the comments and literals below `root`, in order, none inside another."""
    cursor = _cursor(grammar)
    if cursor is None:
        return []
    found = sorted(
        (node.start_byte, -node.end_byte)
        for nodes in cursor.captures(root).values()
        for node in nodes
    )
    ranges: Ranges = []
    for start, end in found:
        if not ranges or start >= ranges[-1][1]:
            ranges.append((start, -end))
    return ranges


def cut(ranges: Sequence[tuple[int, int]], lines: Lines, first: int, last: int) -> tuple[str, ...]:
    """The texts of the ranges as far as they lie in these lines."""
    begin, end = lines.starts[first], lines.end(last)
    texts: list[str] = []
    for at in range(max(0, bisect_left(ranges, (begin, 0)) - 1), len(ranges)):
        start, stop = max(ranges[at][0], begin), min(ranges[at][1], end)
        if ranges[at][0] >= end:
            break
        if start < stop:
            texts.append(lines.data[start:stop].decode("utf-8", "replace"))
    return tuple(texts)


def _cursor(grammar: str) -> QueryCursor | None:
    cursors: dict[str, QueryCursor | None] = _local.__dict__.setdefault("cursors", {})
    if grammar not in cursors:
        query = _query(grammar)
        cursors[grammar] = None if query is None else QueryCursor(query)
    return cursors[grammar]


@cache
def _query(grammar: str) -> Query | None:
    known = language(grammar)
    patterns = [f"({name}) @prose" for name in _kinds(known) if _is_usable(known, name)]
    return Query(known, "\n".join(patterns)) if patterns else None


def _kinds(known: Language) -> Sequence[str]:
    """The names of the nodes that are comments or literals."""
    names = dict.fromkeys(
        name
        for number in range(known.node_kind_count)
        if known.node_kind_is_named(number)
        and known.node_kind_is_visible(number)
        and (name := known.node_kind_for_id(number))
    )
    return [name for name in names if "comment" in name or _is_literal(name)]


def _is_literal(name: str) -> bool:
    literal = any(word in name for word in _LITERALS) or ("template" in name and "literal" in name)
    return literal and not any(part in name for part in _PARTS)


def _is_usable(known: Language, name: str) -> bool:
    """Some grammars list nodes that a query may not ask for."""
    try:
        Query(known, f"({name}) @prose")
    except QueryError:
        return False
    return True
