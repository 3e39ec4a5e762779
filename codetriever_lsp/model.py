"""The values that every layer speaks: places, symbols, chunks, queries, hits, and the messages
between client and engine.

Nothing here does IO. Everything is frozen; what crosses a process boundary is a `msgspec.Struct`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "KINDS",
    "MODES",
    "Analysis",
    "Chunk",
    "ContextPart",
    "ContextResult",
    "Explanation",
    "Filters",
    "FolderStatus",
    "Hit",
    "HitSymbol",
    "IndexState",
    "Mark",
    "Mode",
    "SearchResult",
    "Span",
    "State",
    "Symbol",
    "SymbolHit",
]

Mode = Literal["hybrid", "lexical", "semantic"]
MODES: tuple[Mode, ...] = ("hybrid", "lexical", "semantic")
State = Literal["empty", "indexing", "ready", "degraded"]

KINDS: tuple[str, ...] = (
    "file", "module", "namespace", "package", "class", "method", "property", "field", "constructor", "enum",
    "interface", "function", "variable", "constant", "string", "number", "boolean", "array", "object", "key",
    "null", "enumMember", "struct", "event", "operator", "typeParameter",
)  # fmt: skip
"""Symbol kinds by their LSP names; the LSP number of a kind is its place here, counted from 1."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """Base of values: immutable and comparable; unknown fields of a newer peer are ignored."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A place between two characters: a line and, within it, the column in each encoding that LSP
    can negotiate.

    All are counted from 0. `utf8` counts bytes, `utf16` code units, `utf32` code points. Lines end
    at LF, CRLF or CR and at nothing else, as in LSP.
    """

    line: int
    utf8: int
    utf16: int
    utf32: int


class Span(msgspec.Struct, frozen=True, array_like=True):
    """The text from `start` to `end`, `end` not included."""

    start: Mark
    end: Mark


class Symbol(Value, frozen=True):
    """One definition in a file.

    `span` covers the whole definition with its doc comment and decorators, `selection` its name.
    `container` is the dotted path of the definitions around it ("" at the top). `signature` is the
    text up to the body on one line, at most 200 characters.
    """

    name: str
    kind: str
    container: str
    span: Span
    selection: Span
    signature: str = ""


class Chunk(Value, frozen=True):
    """A run of whole lines that is found, embedded and shown as one piece.

    `span` runs from column 0 of its first line to the end of its last line (its line break not
    included). The chunks of a file, in order, hold each line of the file exactly once. `symbols`
    are the positions in `Analysis.symbols` of the definitions whose name lies in this chunk, and
    `symbol` the one that the chunk is (or is a part of), -1 where there is none. `shape` is
    "definition", "outline" (the head of a class or module, its members being chunks of their own),
    "part" (a later piece of a long definition), "group" (small neighbours together) or "text".
    `context` is what a reader would need on top of `text` to know what it is (container, signature
    of the definition that a part belongs to, the outline of a class): embedded with the text, never
    shown as text. `prose` is what is written for people in it: its comments and string literals,
    each on its own.
    """

    span: Span
    text: str
    shape: str
    symbol: int = -1
    symbols: tuple[int, ...] = ()
    context: str = ""
    prose: tuple[str, ...] = ()


class Analysis(Value, frozen=True):
    """What the text layer knows of one file. `problems` are for people ("syntax tree unavailable:
    …").
    """

    language: str
    lines: int
    symbols: tuple[Symbol, ...]
    chunks: tuple[Chunk, ...]
    problems: tuple[str, ...] = ()


# What a client asks and gets. Paths are absolute, in the form of the operating system.


class Filters(Value, frozen=True):
    """Narrow a search. Each list is a union; the lists are intersected; an empty list does not
    narrow.

    `paths` are globs over the path relative to its folder ("src/**/*.py", "!**/test_*" excludes);
    `kinds` are names of `KINDS`; `folders` are absolute paths of workspace folders.
    """

    languages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


class HitSymbol(Value, frozen=True):
    name: str
    kind: str
    container: str
    selection: Span


class Explanation(Value, frozen=True):
    """Why a hit stands where it does: the ranking features by name with what each added to the
    score.
    """

    features: dict[str, float]
    contributions: dict[str, float]
    matched: tuple[str, ...] = ()


class Hit(Value, frozen=True):
    """One place that answers a query; `score` is 0..1 and comparable within one answer."""

    path: str
    span: Span
    language: str
    score: float
    snippet: str
    symbol: HitSymbol | None = None
    explain: Explanation | None = None


class IndexState(Value, frozen=True):
    state: State
    generation: int
    files: int
    pending: int
    message: str = ""


class SearchResult(Value, frozen=True):
    hits: tuple[Hit, ...]
    index: IndexState
    took_ms: float


class SymbolHit(Value, frozen=True):
    """An entry of `workspace/symbol`, or of an outline (then in document order)."""

    name: str
    kind: str
    container: str
    path: str
    span: Span
    selection: Span
    score: float = 0.0


class ContextPart(Value, frozen=True):
    """`role` is "definition", "enclosing", "imports" or "around"."""

    role: str
    span: Span
    text: str
    symbol: HitSymbol | None = None


class ContextResult(Value, frozen=True):
    path: str
    language: str
    parts: tuple[ContextPart, ...]
    tokens: int
    truncated: bool


class FolderStatus(Value, frozen=True):
    """The state of one workspace folder, as `codetriever/status` shows it."""

    folder: str
    state: str
    files: int
    chunks: int
    symbols: int
    pending: int
    languages: dict[str, int]
    skipped: dict[str, int]
    model: dict[str, str | int]
    store_path: str
    store_bytes: int
    generation: int
    watcher: str
    last_error: str
    timings: dict[str, float]
    embedded: int
    """Texts embedded for this folder since the engine opened it; 0 after a restart with nothing
    changed."""
