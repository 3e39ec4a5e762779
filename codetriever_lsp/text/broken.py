"""What a syntax error takes along is read again by itself: while somebody types, the rest of the
file keeps its definitions.

One open bracket can make a parser take all that follows for an expression. A block, which begins at
the left margin below a blank line, mostly stands on its own: where it can be read without an error,
and has definitions that were not found, it counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, islice, pairwise
from operator import itemgetter

from msgspec import structs
from tree_sitter import Node, Parser, Point, Range, Tree

from codetriever_lsp.text.grammar import language
from codetriever_lsp.text.lines import Lines
from codetriever_lsp.text.symbols import Definition, find_definitions

__all__ = ["Block", "is_in", "read_blocks", "without_blocks"]

_MOST = 300
"""Blocks of a file that are read again."""

_DIRECTIVE = re.compile(
    rb"#[ \t]*(?:define|undef|if|ifdef|ifndef|else|elif|endif|include|pragma|error)\b"
)
"""Stands at the margin wherever it is."""

_AROUND = frozenset({"namespace", "module", "package"})
"""They may well hold what begins at the left margin."""

Block = tuple[int, int, Tree, list[Definition]]
"""The bytes of a block, its tree, and the definitions in it."""

_BYTE = itemgetter(0)


def read_blocks(
    grammar: str, tree: Tree, lines: Lines, definitions: Sequence[Definition]
) -> list[Block]:
    """The blocks that an error has taken definitions from, in order; `definitions` are those that
    were found in spite of it.
    """
    if not tree.root_node.has_error:
        return []
    found: list[Block] = []
    damaged = _damaged(tree.root_node)
    starts = [row for row in range(len(lines)) if _begins(lines, row)]
    blocks = (block for block in pairwise([*starts, len(lines)]) if _meets(damaged, *block))
    open_ones = [one for one in definitions if _may_take_along(one, lines)]
    reach = list(accumulate((one.end for one in open_ones), max))
    for first, below in islice(blocks, _MOST):
        start, end = lines.start(first), lines.end(below - 1)
        part = Range(Point(first, 0), Point(below - 1, end - lines.start(below - 1)), start, end)
        inner = Parser(language(grammar), included_ranges=[part]).parse(lines.data)
        if inner.root_node.has_error:
            continue
        inside = (bisect_left(definitions, offset, key=_start) for offset in (start, end))
        known = {one.symbol.name for one in definitions[slice(*inside)]}
        again = find_definitions(grammar, inner, lines)
        names = {one.symbol.name for one in again}
        before = bisect_left(open_ones, start, key=_start)
        if known < names or (known == names and again and before and reach[before - 1] > start):
            found.append((start, end, inner, again))
    return found


def without_blocks(
    definitions: Sequence[Definition], blocks: Sequence[Block], lines: Lines
) -> list[Definition]:
    """The definitions that do not begin in one of the blocks, and do not reach into one that they
    have taken along.
    """
    kept: list[Definition] = []
    for one in definitions:
        if not is_in(blocks, one.start):
            below = bisect_right(blocks, one.start, key=_BYTE)
            reached = blocks[below][0] if below < len(blocks) else len(lines.data)
            if one.end <= reached or not _may_take_along(one, lines):
                kept.append(one)
            elif one.symbol.selection.start.line < lines.line_at(
                reached
            ):  # else it is what the block defines
                kept.append(_cut(one, reached, lines))
    return kept


def is_in(blocks: Sequence[Block], offset: int) -> bool:
    """Whether the byte is in one of the blocks."""
    at = bisect_right(blocks, offset, key=_BYTE) - 1
    return at >= 0 and offset < blocks[at][1]


def _start(one: Definition) -> int:
    return one.node.start_byte


def _may_take_along(one: Definition, lines: Lines) -> bool:
    """Whether it is not around the block that it reaches into: it begins at the margin as well."""
    return one.symbol.kind not in _AROUND and lines.start(lines.line_at(one.start)) == one.start


def _cut(one: Definition, end: int, lines: Lines) -> Definition:
    last = one.start + len(lines.data[one.start : end].rstrip())
    return replace(
        one, symbol=structs.replace(one.symbol, span=lines.span(one.start, last)), end=last
    )


def _begins(lines: Lines, row: int) -> bool:
    """Whether a block begins on this line: at the left margin, below a blank line or at the top."""
    start = lines.start(row)
    if lines.data[start : start + 1] in (b"", b" ", b"\t", b"\r", b"\n") or _DIRECTIVE.match(
        lines.data, start
    ):
        return row == 0
    return row == 0 or not lines.data[lines.start(row - 1) : lines.end(row - 1)].strip()


def _damaged(root: Node) -> list[tuple[int, int]]:
    """The rows (first, last) of what has an error, in order and apart: the innermost nodes of
    several lines with one, which may have taken the others along.
    """
    found: list[tuple[int, int]] = []
    stack = [root]
    while stack:
        node = stack.pop()
        inside = (
            [child for child in node.children if child.has_error or child.is_missing]
            if not node.is_error
            else []
        )
        wide = [child for child in inside if child.end_point.row > child.start_point.row]
        if wide or (inside and node == root):
            stack += wide
            found += [rows for rows in map(_rows_of, inside) if rows[0] == rows[1]]
        else:
            found.append(_rows_of(node))
    apart: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if apart and first <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(last, apart[-1][1])
        else:
            apart.append((first, last))
    return apart


def _rows_of(node: Node) -> tuple[int, int]:
    return node.start_point.row, node.end_point.row


def _meets(damaged: Sequence[tuple[int, int]], first: int, below: int) -> bool:
    """Whether one of the rows from `first` on, above `below`, is damaged."""
    at = bisect_left(damaged, first, key=itemgetter(1))
    return at < len(damaged) and damaged[at][0] < below
