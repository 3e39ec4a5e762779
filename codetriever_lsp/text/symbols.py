"""Definitions in a syntax tree: names, kinds, containers, extents.

The queries in `queries/` say which nodes define what; everything that is the same in all languages is here: doc comments
and decorators belong to the definition below them, containers follow from nesting, a function in a class is a method.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node, Tree

from codetriever_lsp.model import Symbol
from codetriever_lsp.text.grammar import Captures, definition_matches
from codetriever_lsp.text.lines import Lines

__all__ = ["Definition", "extract", "find_definitions"]

WRAPPERS = frozenset({
    "decorated_definition", "export_statement", "template_declaration", "ambient_declaration", "declaration_list_item",
    "lexical_declaration", "variable_declaration", "expression_statement", "local_variable_declaration", "public_field_definition_wrapper",
    "variable_statement", "type_declaration", "const_declaration", "var_declaration", "template_body_item", "declaration",
})  # fmt: skip
"""Nodes that belong to the definition in them when it is all that they hold."""

_ATTACHED = re.compile(r"comment|attribute|annotation|decorator|pragma|haddock")
"""Types of siblings that, right above a definition, are part of it."""

_CLASS_LIKE = frozenset({"class", "interface", "struct", "enum", "object"})
_SPACE = re.compile(r"\s+")
_SIGNATURE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol with what the chunker needs of the tree: byte offsets of the whole, and the body node."""

    symbol: Symbol
    start: int
    end: int
    body: Node | None
    node: Node
    level: int
    """How many definitions are around it."""


@dataclass(slots=True)
class _Found:
    node: Node
    kind: str
    name: Node
    pattern: int
    body: Node | None
    container: str
    scope: bool


def extract(grammar: str, tree: Tree, lines: Lines) -> tuple[Symbol, ...]:
    """The symbols of a file in document order."""
    return tuple(definition.symbol for definition in find_definitions(grammar, tree, lines))


def find_definitions(grammar: str, tree: Tree, lines: Lines) -> list[Definition]:
    """The definitions of a file in document order, an outer one before what is in it."""
    found = _collect(definition_matches(grammar, tree.root_node))
    result: list[Definition] = []
    around: list[tuple[_Found, str, int]] = []  # (definition or scope, its dotted path, end of its node)
    for item in found:
        while around and around[-1][2] <= item.node.start_byte:
            around.pop()
        name = _name_text(item.name)
        outer = around[-1][1] if around else ""
        container = _join(outer, item.container)
        if name and not item.scope:
            level = sum(not parent.scope for parent, _, _ in around)
            result.append(_definition(item, name, container, _kind(item, around), level, lines))
        around.append((item, _join(container, name), item.node.end_byte))
    return result


def _collect(matches: list[tuple[int, Captures]]) -> list[_Found]:
    """One entry per defining node (the pattern that stands first in the query file), in document order."""
    by_node: dict[tuple[int, int, int], _Found] = {}
    for pattern, captures in matches:
        found = _read_match(pattern, captures)
        if found is None:
            continue
        key = (found.node.start_byte, found.node.end_byte, found.name.start_byte)
        known = by_node.get(key)
        if known is None or found.pattern < known.pattern:
            by_node[key] = found
    return sorted(by_node.values(), key=lambda item: (item.node.start_byte, -item.node.end_byte, item.name.start_byte))


def _read_match(pattern: int, captures: Captures) -> _Found | None:
    scope = "scope" in captures
    capture = "scope" if scope else next((key for key in captures if key.startswith("definition.")), "")
    names = captures.get("scope.name") or captures.get("name")
    if not capture or not names:
        return None
    bodies, containers = captures.get("body"), captures.get("container")
    return _Found(
        node=captures[capture][0],
        kind=capture.partition(".")[2],
        name=names[0],
        pattern=pattern,
        body=bodies[0] if bodies else None,
        container=_name_text(containers[0]) if containers else "",
        scope=scope,
    )


def _definition(item: _Found, name: str, container: str, kind: str, level: int, lines: Lines) -> Definition:
    start, end = _extent(item.node, lines)
    end = max(end, item.name.end_byte)
    symbol = Symbol(
        name=name,
        kind=kind,
        container=container,
        span=lines.span(start, end),
        selection=lines.span(item.name.start_byte, item.name.end_byte),
        signature=_signature(item, lines),
    )
    return Definition(symbol, start, end, item.body, item.node, level)


def _extent(node: Node, lines: Lines) -> tuple[int, int]:
    """The bytes of a definition with its wrappers, doc comment and decorators."""
    outer = node
    while (parent := outer.parent) is not None and parent.type in WRAPPERS and _is_alone(outer, parent):
        outer = parent
    start, first = outer.start_byte, outer.start_point.row
    before = outer.prev_sibling
    while before is not None and _ATTACHED.search(before.type) and _last_row(before) >= first - 1:
        if before.start_point.row == _row_before_end(before.prev_sibling):
            break  # a comment behind the code of the line above belongs to that line
        start, first = before.start_byte, before.start_point.row
        before = before.prev_sibling
    end = outer.end_byte
    data = lines.data
    while end > start and data[end - 1 : end] in (b"\n", b"\r", b" ", b"\t"):
        end -= 1  # some grammars take the line break, or the blank lines behind, into the node
    return start, end


def _is_alone(node: Node, parent: Node) -> bool:
    return all(child == node or _ATTACHED.search(child.type) for child in parent.named_children)


def _last_row(node: Node) -> int:
    """The last line with text of the node; some comment nodes include their line break."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def _row_before_end(node: Node | None) -> int:
    return -1 if node is None or _ATTACHED.search(node.type) else _last_row(node)


def _kind(item: _Found, around: list[tuple[_Found, str, int]]) -> str:
    if item.kind != "function" or not around:
        return item.kind
    parent = around[-1][0]
    return "method" if parent.kind in _CLASS_LIKE or (parent.scope and parent.kind == "") else item.kind


def _signature(item: _Found, lines: Lines) -> str:
    node, body = item.node, item.body
    if body is not None and body.start_byte > node.start_byte:
        end = body.start_byte
    else:
        end = min(node.end_byte, lines.end(lines.line_at(item.name.end_byte)))
    text = lines.data[node.start_byte : max(end, item.name.end_byte)].decode("utf-8", "replace")
    text = _SPACE.sub(" ", text).strip().rstrip("{=").rstrip()
    return text[:_SIGNATURE_LENGTH]


def _name_text(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace").strip().strip("\"'`")
    return _SPACE.sub(" ", text)


def _join(container: str, name: str) -> str:
    return f"{container}.{name}" if container and name else container or name
