"""From ranked chunks to hits: the exact range, the symbol it is, the lines to show."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Sequence
from pathlib import Path

from codetriever_lsp.model import Explanation, Hit, HitSymbol, Mark, Span, Symbol
from codetriever_lsp.search.query import Query
from codetriever_lsp.search.ranking.features import name_stems
from codetriever_lsp.search.ranking.linear_model import Ranked, contributions
from codetriever_lsp.search.ranking.synonyms import said_otherwise
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.sql.rows import ChunkRow, SymbolRow
from codetriever_lsp.text.lines import split_lines
from codetriever_lsp.text.terms import words

__all__ = ["hit_symbol", "make_hits", "visible_span"]

_SNIPPET_LINES = 40
_SNIPPET_CHARACTERS = 4_000


async def make_hits(
    sources: Sequence[Source],
    ranked: Sequence[Ranked],
    query: Query | None,
    explain: bool,
    kinds: Collection[str] = (),
) -> list[Hit]:
    """The hits of ranked places, in their order; a place that is gone since it was found is left
    out.

    Who asks for some kinds of definitions is not shown a member of another kind in place of what
    was found.
    """
    hits: dict[int, Hit] = {}
    for number, source in enumerate(sources):
        mine = {at: place for at, place in enumerate(ranked) if place.file.folder == number}
        ids = [place.chunk.id for place in mine.values()]
        rows, symbols = await asyncio.gather(source.chunks(ids), source.chunk_symbols(ids))
        for at, place in mine.items():
            if row := rows.get(place.chunk.id):
                shown = [one for one in symbols.get(row.id, []) if _is_asked_for(one, row, kinds)]
                hits[at] = _hit(source.root, row, shown, place, query, explain)
    return [hits[at] for at in sorted(hits)]


def _is_asked_for(symbol: SymbolRow, chunk: ChunkRow, kinds: Collection[str]) -> bool:
    """Whether it may be shown of the chunk: the definition that the chunk is, and those of the
    kinds that were asked for.
    """
    return not kinds or symbol.symbol.kind in kinds or symbol.ordinal == chunk.symbol >= 0


def visible_span(chunk: ChunkRow) -> tuple[Span, str]:
    """The chunk's range and text without the blank lines at its end and at its start."""
    lines = split_lines(chunk.text)
    first, last = 0, len(lines) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    while first < last and not lines[first].strip():
        first += 1
    start = chunk.span.start if not first else Mark(chunk.span.start.line + first, 0, 0, 0)
    end = (
        chunk.span.end
        if last == len(lines) - 1
        else _line_end(chunk.span.start.line + last, lines[last])
    )
    return Span(start, end), "\n".join(lines[first : last + 1])


def hit_symbol(symbol: Symbol) -> HitSymbol:
    return HitSymbol(symbol.name, symbol.kind, symbol.container, symbol.selection)


def _hit(
    root: Path,
    chunk: ChunkRow,
    symbols: Sequence[SymbolRow],
    place: Ranked,
    query: Query | None,
    explain: bool,
) -> Hit:
    span, text = visible_span(chunk)
    symbol = _symbol_of(chunk, symbols, query)
    if symbol is not None and chunk.shape != "part":
        span, text = _within(span, text, symbol.span)
    return Hit(
        path=str(root / chunk.path),
        span=span,
        language=chunk.language,
        score=round(place.score, 4),
        snippet=_bounded(text),
        symbol=hit_symbol(symbol) if symbol else None,
        explain=_explanation(place, text, query) if explain else None,
    )


def _symbol_of(chunk: ChunkRow, symbols: Sequence[SymbolRow], query: Query | None) -> Symbol | None:
    """The definition that the query names; else the one that the chunk is; of a group the one that
    fits best, if any.

    Of a small class, which is one chunk, it is a member that fits better than all the rest of it,
    and so is a function inside another.
    """
    named = [
        row.symbol
        for row in symbols
        if row.chunk == chunk.id and query and row.symbol.name.casefold() in query.names
    ]
    if named:
        return min(named, key=lambda symbol: symbol.span.end.line - symbol.span.start.line)
    own = (
        next((row for row in symbols if row.ordinal == chunk.symbol), None)
        if chunk.symbol >= 0
        else None
    )
    inside = [
        row.symbol
        for row in symbols
        if row.chunk == chunk.id and row is not own and _is_in(row.symbol, own)
    ]
    if query is None or not inside:
        return own.symbol if own else None
    lines = [_stems(line) & query.stems for line in split_lines(chunk.text)]
    fitting = [
        (_fit(symbol, lines, chunk.span.start.line, query), -at, symbol)
        for at, symbol in enumerate(inside)
    ]
    fit, _, symbol = max(fitting, key=lambda item: item[:2])
    if own is None:
        return symbol if fit > 0 else None
    rest = [line for at, line in enumerate(lines, chunk.span.start.line) if not _holds(symbol, at)]
    return symbol if fit > _fit_of(own.symbol.name, rest, query) else own.symbol


def _is_in(symbol: Symbol, own: SymbolRow | None) -> bool:
    """Whether it is a member and not what is around the definition that the chunk is (`namespace A
    { class B`).
    """
    return own is None or (
        _holds(own.symbol, symbol.span.start.line) and _holds(own.symbol, symbol.span.end.line)
    )


def _fit(symbol: Symbol, lines: Sequence[frozenset[str]], first: int, query: Query) -> float:
    return _fit_of(
        symbol.name, [line for at, line in enumerate(lines, first) if _holds(symbol, at)], query
    )


def _fit_of(name: str, lines: Sequence[frozenset[str]], query: Query) -> float:
    """How much of the name the query says, in other words too, and how much of the query the lines
    say: 0 to 2.
    """
    stems, others = name_stems(name), said_otherwise(query.stems)
    same = len(stems & query.stems) + math.fsum(
        others[stem].worth for stem in stems - query.stems if stem in others
    )
    common = same / len(stems | query.stems) if stems else 0.0
    said = len(frozenset[str]().union(*lines)) / len(query.stems) if query.stems else 0.0
    return common + said


def _holds(symbol: Symbol, line: int) -> bool:
    return symbol.span.start.line <= line <= symbol.span.end.line


def _stems(line: str) -> frozenset[str]:
    return frozenset(stem for word in words(line) for stem in name_stems(word))


def _within(visible: Span, text: str, definition: Span) -> tuple[Span, str]:
    """Of the visible lines of a chunk those of the definition that it is: without what only
    precedes or follows it.

    All of them where the chunk is no more than what precedes it, a long comment.
    """
    if definition.start.line > visible.end.line or definition.end.line < visible.start.line:
        return visible, text
    lines = split_lines(text)
    base = visible.start.line
    first = min(max(definition.start.line, base), visible.end.line)
    last = max(first, min(definition.end.line, visible.end.line))
    chosen = lines[first - base : last - base + 1]
    return Span(Mark(first, 0, 0, 0), _line_end(last, chosen[-1])), "\n".join(chosen)


def _line_end(number: int, line: str) -> Mark:
    return Mark(
        number,
        len(line.encode("utf-8", "replace")),
        len(line.encode("utf-16-le", "replace")) // 2,
        len(line),
    )


def _bounded(text: str) -> str:
    lines = text.split("\n", _SNIPPET_LINES)[:_SNIPPET_LINES]
    return "\n".join(lines)[:_SNIPPET_CHARACTERS]


def _explanation(place: Ranked, text: str, query: Query | None) -> Explanation:
    features: dict[str, float] = {}
    if place.features is not None:
        features |= {
            f"file.{name}": round(value, 4)
            for name, value in place.features.of_file(place.file).items()
        }
        features |= {
            f"chunk.{name}": round(value, 4)
            for name, value in place.features.of_chunk(place.chunk).items()
        }
    folded = text.casefold()
    matched = tuple(sorted(stem for stem in query.stems if stem in folded)) if query else ()
    return Explanation(features, contributions(place), matched)
