"""Splits a long run of lines where a reader would: between statements, then between paragraphs,
then anywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node

from codetriever_lsp.text.rows import Rows

__all__ = ["Run", "split"]

Run = tuple[int, int]
"""The first and the last line."""

_FINE = 0.25
"""Pieces below this share of a full chunk are not looked into, and no chunk should be smaller."""

_LEVEL_COST = 0.5
"""A cut one block deeper must make the sizes so much more even (in shares of a full chunk) to be
taken."""

_SLACK = 0.15
"""What remains may be over the limit by this share rather than be cut once more."""

_DEPTH = 64
"""How deep syntax is looked into. Files made to hurt end here."""

_LEADING = re.compile(r"comment|attribute|annotation|decorator|pragma|label")
"""Types of nodes that stay with the statement below them."""


class _Atom(NamedTuple):
    """Lines that stay together; `level` says how many blocks deep the place before them is."""

    first: int
    last: int
    level: int


def split(
    rows: Rows, nodes: Sequence[Node], first: int, last: int, limit: float = 1.0
) -> list[Run]:
    """The lines `first` to `last` in runs of a weight of about `limit` at most, as even as good
    places to cut allow.

    `nodes` are syntax nodes in document order that cover these lines at least in part, none for
    plain text. A single line is never cut, so one very long line gives one heavy run.
    """
    if rows.weight(first, last) <= limit:
        return [(first, last)]
    atoms: list[_Atom] = []
    _find_atoms(rows, nodes, _Atom(first, last, 0), limit * _FINE, _DEPTH, atoms)
    return _without_blank_beginnings(rows, _pack(rows, atoms, limit))


def _pack(rows: Rows, atoms: list[_Atom], limit: float) -> list[Run]:
    """Neighbours together again. Each run ends at the best of the places that leave it neither tiny
    nor too long.
    """
    last = atoms[-1].last
    runs: list[Run] = []
    number = 0
    while number < len(atoms):
        start = atoms[number].first
        rest = rows.weight(start, last)
        if rest <= limit * (1 + _SLACK):
            runs.append((start, last))
            break
        number = _next_cut(rows, atoms, number, rest / math.ceil(rest / limit), limit)
        runs.append((start, atoms[number].first - 1 if number < len(atoms) else last))
    return runs


def _without_blank_beginnings(rows: Rows, runs: list[Run]) -> list[Run]:
    """Blank lines at the beginning of a run moved to the run above: some grammars count them to the
    node below.
    """
    starts = [runs[0][0]]
    for first, last in runs[1:]:
        start = next((row for row in range(first, last + 1) if not rows.blank(row)), None)
        if start is not None:
            starts.append(start)
    return [
        (start, after - 1)
        for start, after in zip(starts, [*starts[1:], runs[-1][1] + 1], strict=True)
    ]


def _next_cut(rows: Rows, atoms: list[_Atom], number: int, even: float, limit: float) -> int:
    """The atom before which to cut next, `len(atoms)` for the end."""
    start, last = atoms[number].first, atoms[-1].last
    best, best_cost = 0, math.inf
    for candidate in range(number + 1, len(atoms)):
        atom = atoms[candidate]
        size = rows.weight(start, atom.first - 1)
        if size > limit and best:
            break
        tiny = size < limit * _FINE or rows.weight(atom.first, last) < limit * _FINE
        cost = (abs(size - even) + 2 * tiny + 4 * (size > limit)) / limit + _LEVEL_COST * atom.level
        if cost < best_cost:
            best, best_cost = candidate, cost
        if size > limit:
            break
    return best or len(atoms)


def _find_atoms(
    rows: Rows, nodes: Sequence[Node], whole: _Atom, fine: float, depth: int, found: list[_Atom]
) -> None:
    if whole.first == whole.last or rows.weight(whole.first, whole.last) <= fine:
        found.append(whole)
        return
    if depth == 0 or not nodes:
        _find_paragraphs(rows, whole, fine, found)
        return
    segments = _segments(nodes, whole.first, whole.last)
    inner = whole.level + (len(segments) > 1)
    for number, (start, node) in enumerate(segments):
        end = segments[number + 1][0] - 1 if number + 1 < len(segments) else whole.last
        part = _Atom(start, end, inner if number else whole.level)
        _find_atoms(
            rows, node.named_children if node is not None else (), part, fine, depth - 1, found
        )


def _segments(nodes: Sequence[Node], first: int, last: int) -> list[tuple[int, Node | None]]:
    """The lines on which a statement begins, each with the largest of the statements that begin
    there.
    """
    segments: list[tuple[int, Node | None]] = [(first, None)]
    largest = -1
    glued = -2  # last line of a comment that stays with what follows
    for node in nodes:
        row, end = node.start_point.row, node.end_point.row
        if row > last:
            break
        if end < first:
            continue
        if row > segments[-1][0] and row > glued + 1:
            segments.append((row, node))
            largest = end - row
        elif end - row > largest:
            segments[-1] = (segments[-1][0], node)
            largest = end - row
        glued = (
            end - (node.end_point.column == 0)
            if row >= segments[-1][0] and _LEADING.search(node.type)
            else -2
        )
    return segments


def _find_paragraphs(rows: Rows, whole: _Atom, fine: float, found: list[_Atom]) -> None:
    """Runs between blank lines, each with the blank lines below it; what is still too heavy goes
    line by line.
    """
    starts = [whole.first]
    starts += [
        row
        for row in range(whole.first + 1, whole.last + 1)
        if rows.blank(row - 1) and not rows.blank(row)
    ]
    inner = whole.level + 1
    for number, (start, after) in enumerate(
        zip(starts, [*starts[1:], whole.last + 1], strict=True)
    ):
        level = inner if number else whole.level
        if rows.weight(start, after - 1) <= fine:
            found.append(_Atom(start, after - 1, level))
        else:
            found += _single_lines(rows, _Atom(start, after - 1, level), inner + 1)


def _single_lines(rows: Rows, whole: _Atom, inner: int) -> list[_Atom]:
    starts = [
        row
        for row in range(whole.first, whole.last + 1)
        if row == whole.first or not rows.blank(row)
    ]
    ends = [*(row - 1 for row in starts[1:]), whole.last]
    return [
        _Atom(row, end, inner if number else whole.level)
        for number, (row, end) in enumerate(zip(starts, ends, strict=True))
    ]
