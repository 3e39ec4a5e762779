"""What travels between client and server in the custom requests, field by field (camelCase on the
wire).

Parameters are validated while they are read: `msgspec` names the field that is wrong, and an
unknown field is an error, so that a misspelt option never goes unnoticed. Answers are `msgspec`
structs too, not lsprotocol's classes: a thousand symbols are encoded in under a millisecond instead
of 7 to 20, and the command line prints the same answers without the half second that importing
lsprotocol costs. `protocol.py` registers these types with pygls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.model import KINDS, MODES

__all__ = [
    "ContextParams", "ContextPart", "ContextResult", "DocumentSymbol", "EngineInfo", "FolderInfo", "Hit", "HitSymbol",
    "IndexState", "Location", "Partial", "Position", "Range", "ReindexParams", "SearchFilters", "SearchParams", "SearchResult",
    "SimilarParams", "StatusParams", "StatusResult", "SymbolInformation", "SyncParams", "SyncResult", "TextDocument", "Token",
    "structure",
]  # fmt: skip

MAX_QUERY = 10_000
"""Characters of a query. Nobody types more; what is pasted beyond it is better sent to
`codetriever/similar`."""

MOST_HITS = 100
"""Hits that one answer may have."""

MAX_ITEMS = 1_000
"""Entries of one filter list."""

Token = str | int
UInt = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Items = Annotated[tuple[str, ...], Meta(max_length=MAX_ITEMS)]
P = TypeVar("P")


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST_HITS:
        raise ValueError(f"limit must be from 1 to {MOST_HITS}, not {limit}")


class Shape(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Base of everything that is sent: a field at its default is left out."""


class Params(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Base of the parameters of custom requests."""


class Position(Shape, frozen=True):
    """`character` counts in the negotiated encoding."""

    line: UInt
    character: UInt


class Range(Shape, frozen=True):
    start: Position
    end: Position


class TextDocument(Shape, frozen=True):
    uri: str


class Location(Shape, frozen=True):
    uri: str
    range: Range


# Parameters


class SearchFilters(Params, frozen=True):
    """Each list is a union, the lists are intersected, an empty list does not narrow. `folders` are
    URIs.
    """

    languages: Items = ()
    paths: Items = ()
    kinds: Items = ()
    folders: Items = ()

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise ValueError(
                    f"unknown kind {kind!r} in filters.kinds; known are {', '.join(KINDS)}"
                )
        for glob in self.paths:
            if problem := _glob_problem(glob):
                raise ValueError(f"bad glob {glob[:100]!r} in filters.paths: {problem}")


class SearchParams(Params, frozen=True):
    query: str
    limit: int = 20
    filters: SearchFilters = SearchFilters()
    mode: str = "hybrid"
    explain: bool = False
    work_done_token: Token | None = None
    partial_result_token: Token | None = None

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise ValueError("query is blank; say in a few words what the code does, or name it")
        if len(self.query) > MAX_QUERY:
            raise ValueError(
                f"query is {len(self.query):,} characters long; at most {MAX_QUERY:,} are accepted"
            )
        if self.mode not in MODES:
            raise ValueError(
                f"mode must be {', '.join(MODES[:-1])} or {MODES[-1]}, not {self.mode[:100]!r}"
            )
        _check_limit(self.limit)


class SimilarParams(Params, frozen=True):
    """The lines of `range`, or the line of `position`; exactly one of both."""

    text_document: TextDocument
    position: Position | None = None
    range: Range | None = None
    limit: int = 20
    filters: SearchFilters = SearchFilters()
    work_done_token: Token | None = None
    partial_result_token: Token | None = None

    def __post_init__(self) -> None:
        if (self.position is None) == (self.range is None):
            raise ValueError("give either position or range")
        _check_limit(self.limit)


class ContextParams(Params, frozen=True):
    text_document: TextDocument
    range: Range
    max_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    work_done_token: Token | None = None


class StatusParams(Params, frozen=True):
    work_done_token: Token | None = None


class ReindexParams(Params, frozen=True):
    """`folder` is the URI of a workspace folder; every folder where it is left out."""

    folder: str = ""
    full: bool = False
    work_done_token: Token | None = None


class SyncParams(Params, frozen=True):
    """`timeout_ms` 0 waits as long as it takes."""

    timeout_ms: UInt = 0
    work_done_token: Token | None = None


# Answers


class HitSymbol(Shape, frozen=True):
    """`kind` is LSP's number of a SymbolKind."""

    name: str
    kind: int
    selection_range: Range
    container_name: str = ""


class Hit(Shape, frozen=True):
    """`explain` holds what each feature added to the score by name, and `features` and `matched`
    beside them.
    """

    uri: str
    range: Range
    language: str
    score: float
    snippet: str
    symbol: HitSymbol | None = None
    explain: dict[str, float | dict[str, float] | tuple[str, ...]] | None = None


class IndexState(Shape, frozen=True):
    """Also the parameters of the notification `codetriever/indexStatus`."""

    state: str
    generation: int
    files: int
    pending: int
    message: str = ""


class SearchResult(Shape, frozen=True):
    hits: tuple[Hit, ...]
    index: IndexState
    took_ms: float


class Partial(Shape, frozen=True):
    """The value of `$/progress` under a `partialResultToken` of search and similar; the hits are
    appended.
    """

    hits: tuple[Hit, ...]


class ContextPart(Shape, frozen=True):
    """`role` is "definition", "enclosing", "imports" or "around"."""

    role: str
    range: Range
    text: str
    symbol: HitSymbol | None = None


class ContextResult(Shape, frozen=True):
    uri: str
    language: str
    parts: tuple[ContextPart, ...]
    tokens: int
    truncated: bool


class EngineInfo(Shape, frozen=True):
    pid: int
    version: str
    uptime_seconds: float
    clients: int
    memory_bytes: int
    cache_dir: str


class FolderInfo(Shape, frozen=True):
    """`folder` is a URI; `model` has name, dimension, source; `skipped` counts files by reason;
    `timings` are seconds.
    """

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
    timings: dict[str, float]
    embedded: int
    last_error: str = ""


class StatusResult(Shape, frozen=True):
    engine: EngineInfo
    folders: tuple[FolderInfo, ...]


class SyncResult(Shape, frozen=True):
    generation: int


class SymbolInformation(Shape, frozen=True):
    """An entry of `workspace/symbol`, valid as SymbolInformation and as WorkspaceSymbol."""

    name: str
    kind: int
    location: Location
    container_name: str = ""


class DocumentSymbol(Shape, frozen=True):
    name: str
    kind: int
    range: Range
    selection_range: Range
    children: tuple[DocumentSymbol, ...] = ()


def structure(raw: object, shape: type[P]) -> P:
    """`raw` JSON as `shape`; raises BadRequest naming the field that is wrong. `null` stands for a
    field left out.
    """
    try:
        return msgspec.convert(_cleaned({} if raw is None else raw), shape)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from error


def _cleaned(value: Any) -> Any:
    """Without `null` fields, and with 20.0 as 20: clients whose language has one kind of number
    send that.
    """
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _glob_problem(glob: str) -> str:
    """What makes a glob unusable on its face; the engine, which knows the full syntax, checks
    again.
    """
    pattern = glob.removeprefix("!")
    if not pattern.strip():
        return "it is empty"
    if "\0" in pattern:
        return "it holds a NUL character"
    if len(pattern) > 1_000:
        return "it is longer than 1,000 characters"
    return ""
