"""Lays a file out as runs of lines: definitions, heads of classes, what lies between, small
neighbours together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from codetriever_lsp.text.rows import Rows
from codetriever_lsp.text.symbols import Definition

__all__ = ["Item", "Piece", "lay_out", "nest"]

SMALL = 3
"""A definition of up to so many lines grows together with its neighbours; a longer one stands
alone."""

SMALL_MEMBER = 6
"""The same for fields, constants and the like inside a class: half of it is mostly a comment."""

NESTED = 8
"""Inside a long function, a function of fewer lines is read with what is around it."""

GROUP = 0.5
"""How heavy a group of small neighbours may get, in full chunks: enough context to embed, small
enough to be a place."""

DEEP = 40
"""Definitions nested deeper are not taken apart; no code written by people gets there."""

LEFTOVER = 2
"""So few lines between two definitions are no place of their own."""

COMMENT = 60
"""Comments of up to so many lines above a definition are read with it even if a blank line is
between them."""

_COMMENT = re.compile("comment|haddock")
"""Types of nodes."""

HEADER = 15
"""Up to so many lines that end with an open bracket (`impl A for B {`) are the head of what
follows."""

_PLAIN_CONTAINERS = frozenset({"module", "namespace", "package"})
"""Their heads say little more than a name."""

SECTION = "string"
"""The kind of a heading: the text below it is its own up to the next heading."""

_VALUES = frozenset({"variable", "constant", "property", "field", "key", "enumMember"})
"""Taken apart only if there are methods inside (an object literal that is a module)."""

_CALLABLE = frozenset({"function", "method", "constructor", "operator", "event"})


@dataclass(slots=True)
class Item:
    """A definition with its place in the tree of definitions; `index` is its symbol number."""

    index: int
    definition: Definition
    first: int
    last: int
    named: int
    """The line of the name."""
    children: list[Item] = field(default_factory=list)

    @property
    def callable(self) -> bool:
        return self.definition.symbol.kind in _CALLABLE


@dataclass(slots=True)
class Piece:
    """A run of lines that becomes one chunk, or several if it is too long.

    `item` is the definition that it is or belongs to, `around` the one around it. `small` pieces
    may grow together.
    """

    first: int
    last: int
    shape: str
    item: Item | None
    around: Item | None
    small: bool
    nodes: Sequence[Node] = ()


def nest(definitions: Sequence[Definition], rows: Rows) -> list[Item]:
    """The outermost definitions, with those inside them as children."""
    top: list[Item] = []
    stack: list[Item] = []
    for index, definition in enumerate(definitions):
        node = definition.node
        while stack and (
            stack[-1].definition.end <= node.start_byte or stack[-1].definition.node == node
        ):
            stack.pop()
        first = rows.lines.line_at(definition.start)
        last = rows.lines.line_at(max(definition.start, definition.end - 1))
        named = min(max(first, definition.symbol.selection.start.line), max(first, last))
        item = Item(index, definition, first, max(first, last), named)
        (stack[-1].children if stack else top).append(item)
        stack.append(item)
    return top


def lay_out(items: Sequence[Item], nodes: Sequence[Node], rows: Rows) -> list[Piece]:
    """The pieces of the whole file, in order, each line in exactly one; `nodes` are its outermost
    syntax nodes, in order.
    """
    return _Region(rows, None, nodes).pieces(items, 0, len(rows) - 1, 0)


class _Region:
    """The lines of one definition (or of the file) that are divided among its members and
    itself.
    """

    def __init__(self, rows: Rows, owner: Item | None, nodes: Sequence[Node]) -> None:
        self.rows = rows
        self.owner = owner
        self.nodes = nodes
        self.starts: list[int] | None = None
        self.found: list[Piece] = []

    def pieces(self, items: Sequence[Item], first: int, last: int, depth: int) -> list[Piece]:
        row = first
        if self.owner is not None and items:
            row = min(max(items[0].first, self.owner.named + 1), last + 1)
            self._add_head(self.owner, first, row - 1)
        for item in items:
            start, end = max(item.first, row), min(item.last, last)
            if end < start:
                continue
            if start > row:
                start = self._above(row, start)
                self._add_gap(row, start - 1)
            self._add_item(item, start, end, depth)
            row = end + 1
        if row <= last:
            self._add_gap(row, last)
        return self._merge()

    def _add_head(self, owner: Item, first: int, last: int) -> None:
        shape = "definition" if owner.callable else "outline"
        self.found.append(
            Piece(first, last, shape, owner, None, not owner.callable, self._nodes(first, last))
        )

    def _add_item(self, item: Item, first: int, last: int, depth: int) -> None:
        members = _members(item, self.rows) if depth < DEEP else []
        if members:
            region = _Region(self.rows, item, self._nodes_in(item, first, last))
            self.found += region.pieces(members, first, last, depth + 1)
            return
        member = self.owner is not None and item.definition.symbol.kind in _VALUES
        small = self.rows.filled(first, last) <= (SMALL_MEMBER if member else SMALL)
        self.found.append(
            Piece(
                first,
                last,
                "definition",
                item,
                self.owner,
                small,
                self._nodes_of(item, first, last),
            )
        )

    def _above(self, first: int, start: int) -> int:
        """The first line of a definition at `start` with the comment and the `#if` above it, blank
        lines between or not.
        """
        row = start
        while (row := self._last_filled(first, row)) >= first:
            comment = self._comment_at(row)
            if self.rows.is_directive(row):
                start = row
            elif (
                comment >= first and start - comment <= COMMENT and not self._tops_the_file(comment)
            ):
                start = row = comment
            else:
                break
        return start

    def _last_filled(self, first: int, row: int) -> int:
        row -= 1
        while row >= first and self.rows.blank(row):
            row -= 1
        return row

    def _comment_at(self, row: int) -> int:
        """The first line of the comments, one right below the other, that end on line `row`; -1 if
        there are none.
        """
        number = bisect_right(self._starts(), row) - 1
        first = -1
        while number >= 0 and _COMMENT.search(self.nodes[number].type):
            top = self._starts()[number]
            above = self.nodes[number - 1].end_point if number else None
            if above is not None and (above.row > top or (above.row == top and above.column > 0)):
                break  # behind the code of that line
            first = top
            number -= 1
            if above is None or above.row + (above.column > 0) < top:
                break
        return first

    def _tops_the_file(self, row: int) -> bool:
        return self.owner is None and not self.found and self.rows.filled(0, row) == 1

    def _add_gap(self, first: int, last: int) -> None:
        """Lines between definitions. What only ends the piece above belongs to it."""
        rows = self.rows
        if self.found:
            while first <= last and rows.closes(first):
                self.found[-1].last = first
                first += 1
        if first <= last:
            shape = "text" if self.owner is None else "part"
            small = rows.filled(first, last) <= (HEADER if rows.unfinished(last) else SMALL)
            self.found.append(
                Piece(first, last, shape, self.owner, self.owner, small, self._nodes(first, last))
            )

    def _nodes_of(self, item: Item, first: int, last: int) -> Sequence[Node]:
        """The nodes to split a definition at."""
        definition = item.definition
        if definition.clauses:
            return definition.clauses
        return self._nodes(first, last) if _reaches_on(definition) else (definition.node,)

    def _nodes_in(self, item: Item, first: int, last: int) -> Sequence[Node]:
        """The nodes among which the members of a definition are."""
        if item.definition.body is not None:
            return item.definition.body.named_children
        return self._nodes_of(item, first, last)

    def _nodes(self, first: int, last: int) -> Sequence[Node]:
        """The statements that have to do with these lines."""
        starts = self._starts()
        return self.nodes[max(0, bisect_right(starts, first) - 1) : bisect_right(starts, last)]

    def _starts(self) -> list[int]:
        if self.starts is None:
            self.starts = [node.start_point.row for node in self.nodes]
        return self.starts

    def _merge(self) -> list[Piece]:
        """Small neighbours together, leftovers of a line or two with what they belong to."""
        grown: list[Piece] = []
        for piece in self.found:
            if (
                grown
                and grown[-1].small
                and piece.small
                and self.rows.weight(grown[-1].first, piece.last) <= GROUP
            ):
                grown[-1] = _join(grown[-1], piece)
            else:
                grown.append(piece)
        result: list[Piece] = []
        carried: int | None = None
        for number, piece in enumerate(grown):
            if carried is not None:
                piece.first, carried = carried, None
            if number + 1 < len(grown) and self._belongs_below(piece, bool(result)):
                carried = piece.first
            elif result and self._is_leftover(piece):
                result[-1].last = piece.last
            else:
                result.append(piece)
        for piece in result:
            piece.small = False
        return result

    def _is_leftover(self, piece: Piece) -> bool:
        return (
            piece.shape in ("text", "part")
            and self.rows.filled(piece.first, piece.last) <= LEFTOVER
        )

    def _belongs_below(self, piece: Piece, any_above: bool) -> bool:
        """Whether a piece is read with the one below it: the head of a namespace, a directive, a
        comment.
        """
        rows = self.rows
        count = rows.filled(piece.first, piece.last)
        if piece.shape == "outline":
            return (
                count <= LEFTOVER
                and piece.item is not None
                and piece.item.definition.symbol.kind in _PLAIN_CONTAINERS
            )
        if piece.shape not in ("text", "part"):
            return False
        if count <= LEFTOVER and (
            not any_above or any(rows.opens(row) for row in range(piece.first, piece.last + 1)[:8])
        ):
            return True
        return count <= HEADER and rows.unfinished(piece.last)


def _join(above: Piece, below: Piece) -> Piece:
    shape = above.shape if above.shape == "outline" else "group"
    item = above.item if shape == "outline" else None
    return replace(above, last=below.last, shape=shape, item=item, nodes=())


def _members(item: Item, rows: Rows) -> list[Item]:
    """The definitions inside `item` that get chunks of their own, none if it is best read in one
    piece.
    """
    if not item.children:
        return []
    kind = item.definition.symbol.kind
    children = list(_below_the_name(item))
    heavy = rows.weight(item.first, item.last) > 1
    if kind == SECTION:
        return children
    if item.callable:
        return (
            [child for child in children if rows.filled(child.first, child.last) >= NESTED]
            if heavy
            else []
        )
    if kind in _VALUES:
        return (
            children
            if any(child.callable and _stands_alone(child, rows) for child in children)
            else []
        )
    return children if heavy or any(_stands_alone(child, rows) for child in children) else []


def _below_the_name(item: Item) -> Iterator[Item]:
    """The children, and for one on the line that names the parent (`data A = A {…}`) its own."""
    for child in item.children:
        if child.named > item.named:
            yield child
        else:
            yield from (inner for inner in child.children if inner.named > item.named)


def _stands_alone(item: Item, rows: Rows) -> bool:
    return (item.callable or bool(item.children)) and rows.filled(item.first, item.last) > SMALL


def _reaches_on(definition: Definition) -> bool:
    """Whether it goes on behind its node, as a heading does and `package a;`."""
    return definition.end > definition.node.end_byte and (
        definition.body is None or definition.body.end_byte < definition.end
    )
