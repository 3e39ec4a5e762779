"""Syntax of a whole file, the scripts inside web pages and components included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from heapq import merge

from tree_sitter import Node, Parser, Query, QueryCursor, Range

from codetriever_lsp.text.broken import Block, is_in, read_blocks, without_blocks
from codetriever_lsp.text.grammar import has_query, language, parse
from codetriever_lsp.text.lines import Lines
from codetriever_lsp.text.prose import Ranges, find_prose
from codetriever_lsp.text.symbols import Definition, find_definitions

__all__ = ["Syntax", "read_syntax"]

_SCRIPTS = {
    "html": "(script_element (raw_text) @script) @element",
    "vue": "(script_element (raw_text) @script) @element",
    "svelte": "(script_element (raw_text) @script) @element",
    "astro": "(frontmatter (frontmatter_js_block) @script) @element (script_element (raw_text) @script) @element",
}
"""Where scripts are, by the grammar of the file."""

_TYPED = re.compile(rb"\blang\s*=\s*[\"']?(ts|tsx|typescript)\b")
_NOT_A_SCRIPT = re.compile(
    rb"\btype\s*=\s*[\"']?(?!(?:text|application)/(?:java|ecma|type)script|module|text/babel)[\w/+-]"
)

_HOLDERS = frozenset({"declarations"})
"""Types of nodes that hold the statements of a file (Haskell)."""

_MOST_SCRIPTS = 50
"""A page with more has them generated."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """The outermost nodes of a file, its definitions, and the byte ranges of its comments and
    literals, all in order.
    """

    nodes: Sequence[Node] = ()
    definitions: Sequence[Definition] = ()
    prose: Ranges = field(default_factory=list)


def read_syntax(grammar: str, lines: Lines) -> Syntax:
    """The syntax of a file. What defines nothing (data, prose itself) has no comments and literals
    to tell apart.

    Scripts inside are read with their own grammar, and their statements stand among the nodes in
    place of the element.
    """
    tree = parse(grammar, lines.data)
    nodes = _outermost(tree.root_node)
    definitions = find_definitions(grammar, tree, lines) if has_query(grammar) else []
    if grammar not in _SCRIPTS:
        blocks = read_blocks(grammar, tree, lines, definitions) if has_query(grammar) else []
        prose = find_prose(grammar, tree.root_node) if definitions or blocks else []
        found = Syntax(nodes, definitions, prose)
        return _with_blocks(grammar, found, blocks, lines) if blocks else found
    prose = find_prose(grammar, tree.root_node)
    for element, script in _scripts(grammar, tree.root_node):
        inner = _read_script(grammar, element, script, lines)
        nodes = [*merge([node for node in nodes if node != element], inner.nodes, key=_position)]
        definitions = [
            *merge(
                definitions, inner.definitions, key=lambda definition: _position(definition.node)
            )
        ]
        prose = sorted(
            [span for span in prose if not script.start_byte <= span[0] < script.end_byte]
            + inner.prose
        )
    return Syntax(nodes, definitions, prose)


def _outermost(root: Node) -> list[Node]:
    """The nodes right below the root, and those in one that only holds others."""
    return [
        inner
        for node in root.named_children
        for inner in (node.named_children if node.type in _HOLDERS else (node,))
    ]


def _with_blocks(grammar: str, whole: Syntax, blocks: Sequence[Block], lines: Lines) -> Syntax:
    """The syntax with what was read again in place of what was found there before."""
    nodes = [node for node in whole.nodes if not is_in(blocks, node.start_byte)]
    prose = [span for span in whole.prose if not is_in(blocks, span[0])]
    definitions = without_blocks(whole.definitions, blocks, lines)
    for _, _, tree, again in blocks:
        nodes += _outermost(tree.root_node)
        definitions += again
        prose += find_prose(grammar, tree.root_node)
    nodes.sort(key=_position)
    definitions.sort(key=lambda definition: _position(definition.node))
    return Syntax(nodes, definitions, sorted(prose))


def _position(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


def _scripts(grammar: str, root: Node) -> list[tuple[Node, Node]]:
    matches = QueryCursor(_script_query(grammar)).matches(root)[:_MOST_SCRIPTS]
    return [(captures["element"][0], captures["script"][0]) for _, captures in matches]


@cache
def _script_query(grammar: str) -> Query:
    return Query(language(grammar), _SCRIPTS[grammar])


def _read_script(grammar: str, element: Node, script: Node, lines: Lines) -> Syntax:
    tag = lines.data[element.start_byte : script.start_byte]
    if _NOT_A_SCRIPT.search(tag):
        return Syntax([element])
    inner = "typescript" if grammar == "astro" or _TYPED.search(tag) else "javascript"
    place = Range(script.start_point, script.end_point, script.start_byte, script.end_byte)
    tree = Parser(language(inner), included_ranges=[place]).parse(lines.data)
    definitions = find_definitions(inner, tree, lines) if has_query(inner) else []
    return Syntax(_outermost(tree.root_node), definitions, find_prose(inner, tree.root_node))
