"""What a reader, or a language model, needs to understand some lines: definitions around them,
imports, lines nearby.
"""

from __future__ import annotations

from collections.abc import Sequence

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.model import ContextPart, ContextResult, Mark, Span, Symbol
from codetriever_lsp.search.hits import hit_symbol
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.sql.rows import ChunkRow
from codetriever_lsp.text.lines import split_lines

__all__ = ["context"]

_CHARACTERS_A_TOKEN = 4
"""An estimate that holds for code within a fifth; counting tokens would need a model."""
_AROUND_LINES = 20
_IMPORT_STARTS = (
    "import ",
    "from ",
    "use ",
    "using ",
    "require",
    "#include",
    "package ",
    "const ",
    "@import",
    "open ",
    "module ",
    "library(",
)


async def context(
    source: Source, path: str, first: int, last: int, max_tokens: int
) -> ContextResult:
    """The lines `first`..`last` (from 0) of the indexed file with what is around them, cut to
    `max_tokens` (estimated).
    """
    if max_tokens < 1:
        raise BadRequest(f"maxTokens must be positive, not {max_tokens}")
    chunks = await source.file_chunks(path)
    if not chunks:
        raise BadRequest(
            f"{path} is not indexed; codetriever status shows what was skipped and why"
        )
    lines = _all_lines(chunks)
    first, last = min(first, len(lines) - 1), min(max(first, last), len(lines) - 1)
    around = _around([row.symbol for row in await source.file_symbols(path)], first, last)
    parts = list(_parts(lines, around, first, last))
    kept, tokens, truncated = _cut(parts, max_tokens)
    return ContextResult(
        str(source.root / path), chunks[0].language, tuple(kept), tokens, truncated
    )


def _around(symbols: Sequence[Symbol], first: int, last: int) -> list[Symbol]:
    """The definitions that hold all of the lines, the outermost first; where none does, the one
    that holds most of them.
    """
    symbols = sorted(symbols, key=lambda symbol: (symbol.span.start.line, -symbol.span.end.line))
    around = [
        symbol
        for symbol in symbols
        if symbol.span.start.line <= first and symbol.span.end.line >= last
    ]
    if around:
        return around
    shared = [
        min(symbol.span.end.line, last) - max(symbol.span.start.line, first) + 1
        for symbol in symbols
    ]
    most = max(shared, default=0)
    return [symbols[shared.index(most)]] if most > 0 else []


def _parts(
    lines: Sequence[str], around: Sequence[Symbol], first: int, last: int
) -> list[ContextPart]:
    """Most useful first: the innermost definition, the heads of the ones around it, the imports,
    the lines nearby.
    """
    parts: list[ContextPart] = []
    if around:
        inner = around[-1]
        parts.append(_part("definition", lines, inner.span.start.line, inner.span.end.line, inner))
        parts += [
            _part("enclosing", lines, outer.span.start.line, outer.selection.end.line, outer)
            for outer in reversed(around[:-1])
        ]
    imports = _imports(lines)
    if imports:
        parts.append(_part("imports", lines, imports[0], imports[1]))
    if not around:
        parts.append(
            _part(
                "around",
                lines,
                max(0, first - _AROUND_LINES),
                min(len(lines) - 1, last + _AROUND_LINES),
            )
        )
    return parts


def _cut(parts: Sequence[ContextPart], max_tokens: int) -> tuple[list[ContextPart], int, bool]:
    """The parts that fit, the one over the edge by its first lines; the tokens used; whether
    anything was left out.
    """
    kept: list[ContextPart] = []
    left, truncated = max_tokens, False
    for part in parts:
        fitting: ContextPart | None = part
        if _tokens(part.text) > left:
            truncated = True
            fitting = _first_lines(part, left * _CHARACTERS_A_TOKEN)
        if fitting is not None:
            kept.append(fitting)
            left -= _tokens(fitting.text)
    return kept, max_tokens - left, truncated


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_A_TOKEN)


def _first_lines(part: ContextPart, characters: int) -> ContextPart | None:
    lines = split_lines(part.text)
    size, count = 0, 0
    while count < len(lines) and size + len(lines[count]) + 1 <= characters:
        size += len(lines[count]) + 1
        count += 1
    if not count:
        return None
    start = part.span.start.line
    return ContextPart(
        part.role,
        _span(start, start + count - 1, lines[count - 1]),
        "\n".join(lines[:count]),
        part.symbol,
    )


def _part(
    role: str, lines: Sequence[str], first: int, last: int, symbol: Symbol | None = None
) -> ContextPart:
    last = min(last, len(lines) - 1)
    return ContextPart(
        role,
        _span(first, last, lines[last]),
        "\n".join(lines[first : last + 1]),
        hit_symbol(symbol) if symbol else None,
    )


def _span(first: int, last: int, line: str) -> Span:
    end = Mark(
        last,
        len(line.encode("utf-8", "replace")),
        len(line.encode("utf-16-le", "replace")) // 2,
        len(line),
    )
    return Span(Mark(first, 0, 0, 0), end)


def _imports(lines: Sequence[str]) -> tuple[int, int] | None:
    """The first run of import lines of the file, gaps of a line or two allowed."""
    found = [at for at, line in enumerate(lines[:200]) if line.startswith(_IMPORT_STARTS)]
    if not found:
        return None
    last = found[0]
    for at in found[1:]:
        if at - last > 3:
            break
        last = at
    return found[0], last


def _all_lines(chunks: Sequence[ChunkRow]) -> list[str]:
    return [line for chunk in chunks for line in split_lines(chunk.text)]
