"""Cuts a file into chunks at its definitions, so that what is found is a place and not a window of
lines.

`layout` divides the lines into pieces: one per definition, one for what lies between two; a class
becomes its head and its members; small neighbours grow together. `splitting` cuts what is too long
at statements. Here pieces become chunks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tree_sitter import Node

from codetriever_lsp.model import Chunk
from codetriever_lsp.text.layout import Piece, lay_out, nest
from codetriever_lsp.text.lines import Lines
from codetriever_lsp.text.outline import context_of
from codetriever_lsp.text.prose import cut as cut_prose
from codetriever_lsp.text.rows import Rows
from codetriever_lsp.text.splitting import split
from codetriever_lsp.text.symbols import Definition

__all__ = ["chunk"]

TEXT = 0.6
"""How heavy a chunk of text without definitions gets, in full chunks: prose has more than one
subject a screen."""


def chunk(
    lines: Lines,
    definitions: Sequence[Definition] = (),
    nodes: Sequence[Node] = (),
    prose: Sequence[tuple[int, int]] = (),
) -> tuple[Chunk, ...]:
    """The chunks of a file in order; each line is in exactly one of them.

    `definitions` are those of the whole file in document order: their positions are the symbol
    numbers of the chunks. `nodes` are the outermost nodes of its syntax, in order; without them
    text is cut at paragraphs. `prose` are the byte ranges of comments and literals. Blank lines
    belong to the chunk above them, those at the top of a file to its first chunk.
    """
    rows = Rows(lines)
    pieces = lay_out(nest(definitions, rows), nodes, rows)
    cut = [
        (piece, run, number > 0)
        for piece in pieces
        for number, run in enumerate(_split(rows, piece))
    ]
    named = _symbols_by_chunk(definitions, [run[0] for _, run, _ in cut])
    return tuple(
        Chunk(
            span=lines.lines_span(first, last),
            text=lines.text(first, last),
            shape="part" if later and piece.shape != "text" else piece.shape,
            symbol=piece.item.index if piece.item is not None else -1,
            symbols=tuple(symbols),
            context=context_of(piece, later=later),
            prose=cut_prose(prose, lines, first, last),
        )
        for (piece, (first, last), later), symbols in zip(cut, named, strict=True)
    )


def _split(rows: Rows, piece: Piece) -> list[tuple[int, int]]:
    return split(rows, piece.nodes, piece.first, piece.last, TEXT if piece.shape == "text" else 1.0)


def _symbols_by_chunk(definitions: Sequence[Definition], starts: list[int]) -> list[list[int]]:
    """For each chunk the numbers of the definitions whose name begins in it; `starts` are the first
    lines of the chunks.
    """
    found: list[list[int]] = [[] for _ in starts]
    for number, definition in enumerate(definitions):
        found[max(0, bisect_right(starts, definition.symbol.selection.start.line) - 1)].append(
            number
        )
    return found
