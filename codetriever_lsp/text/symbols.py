"""Definitions in a syntax tree: names, kinds, containers, extents.

The queries in `queries/` say which nodes define what; everything that is the same in all languages
is here: doc comments and decorators belong to the definition below them, containers follow from
nesting, a function in a class is a method.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node, Tree

from codetriever_lsp.model import Symbol
from codetriever_lsp.text.grammar import Captures, definition_matches
from codetriever_lsp.text.lines import Lines

__all__ = ["Definition", "extract", "find_definitions"]

WRAPPERS = frozenset({
    "decorated_definition", "export_statement", "template_declaration", "ambient_declaration", "declaration_list_item",
    "lexical_declaration", "variable_declaration", "expression_statement", "local_variable_declaration",
    "variable_statement", "type_declaration", "const_declaration", "var_declaration", "var_spec_list", "template_body_item",
    "declaration", "macrocall_expression", "macro_argument_list", "Decl", "Statement", "value_definition",
    "type_definition", "module_definition", "class_definition", "class_type_definition",
    "implementation_definition",
})  # fmt: skip
"""Nodes that belong to the definition in them when it is all that they hold."""

_ATTACHED = re.compile(
    r"comment|(?<![a-z]_)attribute_|^attributes$|annotation|decorator|pragma|haddock"
)
"""Types of siblings that, right above a definition, are part of it."""

_BESIDE = re.compile(
    f"{_ATTACHED.pattern}|^template_parameter_list$|^requires_clause$|^macro_identifier$|^field_expression$"
)
"""What may stand beside a definition in its wrapper."""

_CONTINUED = frozenset({"getter", "setter"})
"""Types of siblings that, right below a definition, are part of it (Kotlin properties)."""

_CLASS_LIKE = frozenset({"class", "interface", "struct", "enum", "enumMember", "object"})
_DECLARATORS = re.compile(
    r"^(function|pointer|reference|parenthesized|init|array|attributed)_declarator$"
)
_DECLARATIONS = frozenset({"function_definition", "declaration", "field_declaration"})
_FUNCTION_LIKE = frozenset({"function", "method", "constructor", "operator"})
_SPACE = re.compile(r"\s+")
_SEPARATOR = re.compile(r"::|\\")
_ATOM = re.compile(r":(?=\w)")
_CLOSING_HASHES = re.compile(r"\s#+$")
_SIGNATURE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol with what the chunker needs of the tree: byte offsets of the whole, and the body
    node.
    """

    symbol: Symbol
    start: int
    end: int
    body: Node | None
    node: Node
    level: int
    """How many definitions are around it."""
    clauses: tuple[Node, ...] = ()
    """The nodes of a definition in several clauses (`@clause`), `node` being the first."""


@dataclass(slots=True)
class _Found:
    """A match of a definition or scope pattern."""

    node: Node
    kind: str
    name: Node
    names: list[Node]
    pattern: int
    body: Node | None
    container: str
    scope: bool
    clause: bool
    clauses: list[Node]
    arity: int = -1
    rest: int = 0
    reach: int = 0
    """Where a definition marked `@rest.N` ends."""

    @property
    def end(self) -> int:
        body = (
            self.body.end_byte if self.body is not None else 0
        )  # in some grammars a sibling behind the node
        return max((self.clauses or [self.node])[-1].end_byte, body, self.reach)


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    container: str
    parents: list[_Found]


def extract(grammar: str, tree: Tree, lines: Lines) -> tuple[Symbol, ...]:
    """The symbols of a file in document order."""
    return tuple(definition.symbol for definition in find_definitions(grammar, tree, lines))


def find_definitions(grammar: str, tree: Tree, lines: Lines) -> list[Definition]:
    """The definitions of a file in document order, an outer one before what is in it."""
    matches = definition_matches(grammar, tree.root_node)
    attached = frozenset(
        node.id for _, captures in matches for node in captures.get("attached", ())
    )
    result: list[Definition] = []
    around: list[
        tuple[_Found, str, int]
    ] = []  # (definition or scope, its dotted path, end of its node)
    found = _merge_clauses(_collect(matches), attached)
    _stretch(found, lines, attached)
    for item in found:
        while around and (around[-1][2] <= item.node.start_byte or around[-1][0].node == item.node):
            around.pop()  # `int a, b;` defines two names with one node: neither is in the other
        if item.kind == "variable" and around and around[-1][0].kind in _FUNCTION_LIKE:
            continue
        name = _names_text(item.names, lines)
        container = _join(around[-1][1] if around else "", item.container)
        if name and not item.scope:
            parents = [parent for parent, _, _ in around]
            result.append(_definition(item, _Place(name, container, parents), lines, attached))
        around.append((item, _join(container, _dotted(name)), item.end))
    return result


def _collect(matches: list[tuple[int, Captures]]) -> list[_Found]:
    """One entry per defining node (the pattern that stands first in the query file), in document
    order.
    """
    by_node: dict[tuple[int, int, int], _Found] = {}
    ignored = _ignored(matches)
    for pattern, captures in matches:
        found = _read_match(pattern, captures)
        if found is None or ignored.get(found.node.id, pattern) < pattern:
            continue
        key = (found.node.start_byte, found.node.end_byte, found.name.start_byte)
        known = by_node.get(key)
        if known is None or found.pattern < known.pattern:
            by_node[key] = found
    return sorted(
        by_node.values(),
        key=lambda item: (item.node.start_byte, -item.node.end_byte, item.name.start_byte),
    )


def _ignored(matches: list[tuple[int, Captures]]) -> dict[int, int]:
    """Nodes captured as `@ignored` (a local variable): by node the first such pattern, patterns
    below it define nothing.
    """
    ignored: dict[int, int] = {}
    for pattern, captures in matches:
        for node in captures.get("ignored", ()):
            ignored[node.id] = min(pattern, ignored.get(node.id, pattern))
    return ignored


def _read_match(pattern: int, captures: Captures) -> _Found | None:
    scope = "scope" in captures
    capture = (
        "scope" if scope else next((key for key in captures if key.startswith("definition.")), "")
    )
    names = captures.get("scope.name") or captures.get("name")
    node = _declaration(captures[capture][0]) if capture else None
    if node is None or not names:
        return None
    bodies, containers = captures.get("body"), captures.get("container", ())
    return _Found(
        node=node,
        kind=capture.partition(".")[2],
        name=names[0],
        names=names,
        pattern=pattern,
        body=bodies[0]
        if bodies
        else node.child_by_field_name("body")
        if node.type in _DECLARATIONS
        else None,
        container=".".join(_dotted(_name_text(node)) for node in containers),
        scope=scope,
        clause="clause" in captures,
        arity=next(
            (
                node.named_child_count
                for node in captures.get("clause", ())
                if node != captures[capture][0]
            ),
            -1,
        ),
        clauses=[],
        rest=next((int(key[5:]) for key in captures if key.startswith("rest.")), 0),
    )


def _declaration(node: Node) -> Node | None:
    """The whole that a captured C declarator is part of (`f(int)` in `char *f(int) {…}`); None if
    that is a parameter.
    """
    whole = node
    while _DECLARATORS.search(whole.type) and whole.parent is not None:
        whole = whole.parent
    if whole == node or whole.type in _DECLARATIONS:
        return whole
    return node if whole.type == "ERROR" else None


def _merge_clauses(found: list[_Found], attached: frozenset[int]) -> list[_Found]:
    """Let neighbours marked `@clause` that have the same name be one definition (equations, a type
    signature above them).

    Where `@clause` stands at the parameters, their number must be the same too.
    """
    result: list[_Found] = []
    latest: dict[tuple[str, str, int], _Found] = {}
    for item in found:
        if item.clause:
            known = latest.get(key := (item.kind, _name_text(item.name), item.arity))
            if (
                known is not None
                and _previous(item.node, attached) == (known.clauses or [known.node])[-1]
            ):
                known.clauses = [*(known.clauses or [known.node]), item.node]
                known.body = None
                continue
            latest[key] = item
        result.append(item)
    return result


def _stretch(found: list[_Found], lines: Lines, attached: frozenset[int]) -> None:
    """Let what is marked `@rest.N` (`package A;`, a heading) reach to the next with N or less, or
    to the end around it.
    """
    open_in: dict[int, list[_Found]] = {}
    for item in found:
        if not item.rest:
            continue
        region = item.node.parent
        while region is not None and region.type == "section" and region.parent is not None:
            region = region.parent
        if region is None:
            continue
        before = open_in.setdefault(region.id, [])
        start = _extent(item.node, lines, attached)[0]
        while before and before[-1].rest >= item.rest:
            before.pop().reach = start
        if item.body is None:  # what has a body of its own only ends the one before
            before.append(item)
            item.reach = region.end_byte


def _previous(node: Node, attached: frozenset[int]) -> Node | None:
    """The sibling before `node` and before the comments and annotations above it."""
    before = node.prev_named_sibling
    while before is not None and _is_attached(before, attached):
        before = before.prev_named_sibling
    return before


def _is_attached(node: Node, attached: frozenset[int]) -> bool:
    return node.id in attached or _ATTACHED.search(node.type) is not None


def _definition(item: _Found, place: _Place, lines: Lines, attached: frozenset[int]) -> Definition:
    start, end = _extent(item.node, lines, attached)
    end = max(end, item.name.end_byte)
    if item.end > item.node.end_byte:
        end = max(end, _trimmed(item.end, start, lines))
    symbol = Symbol(
        name=place.name,
        kind=_kind(item, place.parents),
        container=place.container,
        span=lines.span(start, end),
        selection=lines.span(item.name.start_byte, item.name.end_byte),
        signature=_signature(item, lines),
    )
    level = sum(not parent.scope for parent in place.parents)
    return Definition(symbol, start, end, item.body, item.node, level, tuple(item.clauses))


def _extent(node: Node, lines: Lines, attached: frozenset[int]) -> tuple[int, int]:
    """The bytes of a definition with its wrappers, doc comment and decorators."""
    outer = _outer(node)
    head = _head(outer)
    start, first = head.start_byte, head.start_point.row
    before = _before(head, attached)
    while before is not None and _is_attached(before, attached) and _last_row(before) >= first - 1:
        if before.start_point.row == _row_before_end(_sibling_before(before), attached):
            break  # a comment behind the code of the line above belongs to that line
        start, first = before.start_byte, before.start_point.row
        before = _sibling_before(before)
    while (after := outer.next_named_sibling) is not None and after.type in _CONTINUED:
        outer = after
    return start, _trimmed(_end(outer), start, lines)


def _end(node: Node) -> int:
    """The end of a definition without comments of what follows, which grammars with indented blocks
    take into the block.
    """
    end, last = node.end_byte, node
    while last.children:
        last = last.children[-1]
        while (
            "comment" in last.type
            and last.start_point.column <= node.start_point.column
            and last.prev_sibling is not None
        ):
            last = last.prev_sibling
            end = last.end_byte
    return end


def _sibling_before(node: Node) -> Node | None:
    before = node.prev_sibling
    while (
        before is not None and before.type == "\n"
    ):  # line breaks are nodes in the grammar of fish
        before = before.prev_sibling
    return before


def _before(node: Node, attached: frozenset[int]) -> Node | None:
    """What stands right before `node`, also where the grammar puts a comment into the node before
    or outside of the block.
    """
    column, above = node.start_point.column, node
    while (
        above.prev_sibling is None
        and above.parent is not None
        and above.parent.start_byte == node.start_byte
    ):
        above = above.parent
    before = last = _sibling_before(above)
    while last is not None and last.children:
        last = last.children[-1]
        if _is_attached(last, attached) and last.start_point.column == column:
            return last
    return before


def _outer(node: Node) -> Node:
    while (
        (parent := node.parent) is not None and parent.type in WRAPPERS and _is_alone(node, parent)
    ):
        node = parent
    return node


def _head(node: Node) -> Node:
    """The wrapper of several definitions (`let a = 1 and b = 2`) if this one is the first on its
    first line.
    """
    parent = node.parent
    if (
        parent is None
        or parent.type not in WRAPPERS
        or parent.start_point.row != node.start_point.row
    ):
        return node
    first = next((child for child in parent.named_children if not _BESIDE.search(child.type)), None)
    return _outer(parent) if first == node else node


def _trimmed(end: int, start: int, lines: Lines) -> int:
    """`end` without white space before it: some grammars take the line break, or blank lines
    behind, into the node.
    """
    while end > start and lines.data[end - 1 : end] in (b"\n", b"\r", b" ", b"\t"):
        end -= 1
    return end


def _is_alone(node: Node, parent: Node) -> bool:
    return all(child == node or _BESIDE.search(child.type) for child in parent.named_children)


def _last_row(node: Node) -> int:
    """The last line with text of the node; some comment nodes include their line break."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point.row else row


def _row_before_end(node: Node | None, attached: frozenset[int]) -> int:
    return -1 if node is None or _is_attached(node, attached) else _last_row(node)


def _kind(item: _Found, parents: list[_Found]) -> str:
    if item.kind != "function" or not parents:
        return item.kind
    parent = parents[-1]
    return (
        "method"
        if parent.kind in _CLASS_LIKE or (parent.scope and parent.kind == "")
        else item.kind
    )


def _signature(item: _Found, lines: Lines) -> str:
    node, body = item.node, item.body
    if body is not None and body.start_byte > node.start_byte:
        end = body.start_byte
    else:
        end = min(node.end_byte, lines.end(lines.line_at(item.name.end_byte)))
    outer = _outer(node)
    before = [
        child.end_byte
        for child in outer.children
        if child.end_byte <= node.start_byte and _ATTACHED.search(child.type)
    ]
    start = max(
        before, default=_behind_description(outer)
    )  # decorators are no part of it, `export` and `const` are
    text = lines.data[start : max(end, item.name.end_byte)].decode("utf-8", "replace")
    text = _SPACE.sub(" ", text).strip().rstrip("{=").rstrip()
    return text[:_SIGNATURE_LENGTH]


def _behind_description(node: Node) -> int:
    """Where a definition begins that may have its description as its first part (GraphQL)."""
    first: Node | None = node
    while first is not None and first.start_byte == node.start_byte:
        if first.type == "description":
            return first.end_byte
        first = first.child(0) if first.child_count else None
    return node.start_byte


def _names_text(nodes: list[Node], lines: Lines) -> str:
    """The name, put together where it stands in pieces (`add:to:` of Objective-C); spaces and
    commas between them stay.
    """
    name = _name_text(nodes[0])
    for before, node in pairwise(nodes):
        gap = lines.data[before.end_byte : node.start_byte].decode("utf-8", "replace")
        name += ("" if gap.strip(" ,\r\n\t") else _SPACE.sub(" ", gap)) + _name_text(node)
    return name


def _name_text(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace").strip()
    if node.type == "inline":
        text = _CLOSING_HASHES.sub("", text)
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    return _SPACE.sub(
        " ",
        _ATOM.sub("", text, count=1) if text.startswith(":") and node.type != "selectors" else text,
    )


def _dotted(name: str) -> str:
    """A name with the separators of other languages, such as `a::b`, as a piece of a dotted
    path.
    """
    return _SEPARATOR.sub(".", name).strip(".")


def _join(container: str, name: str) -> str:
    return f"{container}.{name}" if container and name else container or name
