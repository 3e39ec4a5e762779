"""Between the engine's terms and the client's: marks and positions, paths and URIs, symbol kinds,
answers.

Pure: no file is opened, nothing of lsprotocol is imported (the command line uses this module too).
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import PureWindowsPath
from typing import Literal
from urllib.parse import quote, unquote_to_bytes, urlsplit

from codetriever_lsp import model
from codetriever_lsp.engine.ipc import messages
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import payloads

__all__ = [
    "Encoding", "View", "context_result", "document_symbols", "hit", "index_state", "label", "lines_of", "path_of", "range_of",
    "search_result", "status_result", "symbol_information", "uri_of",
]  # fmt: skip

Encoding = Literal["utf-8", "utf-16", "utf-32"]
WINDOWS = os.name == "nt"
_LABEL_DROPS = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
    ]
)


class View:
    """How one client sees the engine's values: its position encoding and its spelling of paths."""

    def __init__(
        self, encoding: Encoding = "utf-16", client_path: Callable[[str], str] = lambda path: path
    ) -> None:
        self.encoding = encoding
        self.client_path = client_path

    def uri(self, path: str) -> str:
        return uri_of(self.client_path(path))

    def range(self, span: model.Span) -> payloads.Range:
        return range_of(span, self.encoding)


def range_of(span: model.Span, encoding: Encoding) -> payloads.Range:
    return payloads.Range(_position(span.start, encoding), _position(span.end, encoding))


def _position(mark: model.Mark, encoding: Encoding) -> payloads.Position:
    column = (
        mark.utf16 if encoding == "utf-16" else mark.utf8 if encoding == "utf-8" else mark.utf32
    )
    return payloads.Position(mark.line, column)


def lines_of(selection: payloads.Range) -> tuple[int, int]:
    """First and last line that a selection touches; one that ends at column 0 does not touch that
    line.
    """
    first, last = sorted((selection.start.line, selection.end.line))
    end = selection.end if selection.end.line == last else selection.start
    return first, last - 1 if end.character == 0 and last > first else last


def path_of(uri: str, *, windows: bool = WINDOWS) -> str:
    """The path that a `file:` URI names, in the form of the operating system; one spelling for all
    spellings of a path.

    Raises BadRequest for every other scheme, for another machine's files, and for names that are
    not UTF-8 (never indexed).
    """
    try:
        parts = urlsplit(uri)
        host = parts.netloc
    except ValueError as error:
        raise BadRequest(f"{uri[:200]!r} is no URI: {error}") from error
    if parts.scheme != "file":
        raise BadRequest(f"{uri[:200]!r} is not a file: URI; only files on disk are searched")
    try:
        path = unquote_to_bytes(parts.path).decode("utf-8")
    except UnicodeError as error:
        raise BadRequest(
            f"{uri[:200]!r} names a file that is not UTF-8; such files are not indexed"
        ) from error
    if "\0" in path or not path.startswith("/"):
        raise BadRequest(f"{uri[:200]!r} is not an absolute path")
    host = "" if host.lower() == "localhost" else host
    return _windows_path(host, path) if windows else _posix_path(host, path, uri)


def _posix_path(host: str, path: str, uri: str) -> str:
    if host:
        raise BadRequest(
            f"{uri[:200]!r} is a file of another machine ({host}); mount it and open it by its path"
        )
    plain = os.path.normpath("/" + path.lstrip("/"))
    # macOS keeps one file under both Unicode spellings of its name; editors send either.
    return unicodedata.normalize("NFC", plain) if sys.platform == "darwin" else plain


def _windows_path(host: str, path: str) -> str:
    """`C:/x` and `c%3A/x` are one file, and so is a share named by host or by leading slashes."""
    if host:
        return str(PureWindowsPath(f"//{host}{path}"))
    if path.startswith("//"):
        return str(PureWindowsPath(path))
    drive = path.lstrip("/")
    if drive[1:2] == ":":
        return str(PureWindowsPath(drive[0].lower() + drive[1:].replace("|", ":", 1)))
    return str(PureWindowsPath(path))


@lru_cache(maxsize=4096)
def uri_of(path: str, *, windows: bool = WINDOWS) -> str:
    """The `file:` URI of an absolute path, everything escaped that RFC 3986 does not call
    unreserved (as VS Code does).
    """
    if not windows:
        return "file://" + quote(path.encode("utf-8", "surrogateescape"))
    slashed = PureWindowsPath(path).as_posix()
    if slashed.startswith("//"):
        return "file:" + quote(slashed)
    return "file:///" + quote(slashed[0].lower() + slashed[1:])


def label(text: str) -> str:
    """A name for display: no control characters, none that turn the direction of what stands beside
    it.
    """
    return text if text.isascii() and text.isprintable() else text.translate(_LABEL_DROPS)


def kind_number(kind: str) -> int:
    """LSP's number of a kind; a kind of a newer engine counts as a variable."""
    return model.KINDS.index(kind) + 1 if kind in model.KINDS else model.KINDS.index("variable") + 1


def hit(found: model.Hit, view: View) -> payloads.Hit:
    return payloads.Hit(
        uri=view.uri(found.path),
        range=view.range(found.span),
        language=found.language,
        score=found.score,
        snippet=found.snippet,
        symbol=_hit_symbol(found.symbol, view),
        explain=_explain(found.explain),
    )


def _hit_symbol(symbol: model.HitSymbol | None, view: View) -> payloads.HitSymbol | None:
    if symbol is None:
        return None
    return payloads.HitSymbol(
        label(symbol.name),
        kind_number(symbol.kind),
        view.range(symbol.selection),
        label(symbol.container),
    )


def _explain(
    explanation: model.Explanation | None,
) -> dict[str, float | dict[str, float] | tuple[str, ...]] | None:
    if explanation is None:
        return None
    return {
        **explanation.contributions,
        "features": explanation.features,
        "matched": explanation.matched,
    }


def index_state(state: model.IndexState) -> payloads.IndexState:
    return payloads.IndexState(
        state.state, state.generation, state.files, state.pending, state.message
    )


def search_result(
    result: model.SearchResult, view: View, hits: Iterable[model.Hit] | None = None
) -> payloads.SearchResult:
    """The answer, with `hits` in place of its own where they are given."""
    chosen = result.hits if hits is None else hits
    return payloads.SearchResult(
        tuple(hit(found, view) for found in chosen),
        index_state(result.index),
        round(result.took_ms, 3),
    )


def context_result(result: model.ContextResult, view: View) -> payloads.ContextResult:
    parts = (
        payloads.ContextPart(
            part.role, view.range(part.span), part.text, _hit_symbol(part.symbol, view)
        )
        for part in result.parts
    )
    return payloads.ContextResult(
        view.uri(result.path), result.language, tuple(parts), result.tokens, result.truncated
    )


def status_result(result: messages.StatusResult, view: View) -> payloads.StatusResult:
    engine = result.engine
    return payloads.StatusResult(
        payloads.EngineInfo(
            engine.pid,
            engine.version,
            round(engine.uptime_s, 1),
            engine.clients,
            engine.memory_bytes,
            engine.cache_dir,
        ),
        tuple(_folder_info(folder, view) for folder in result.folders),
    )


def _folder_info(status: model.FolderStatus, view: View) -> payloads.FolderInfo:
    fields = {name: getattr(status, name) for name in status.__struct_fields__}
    return payloads.FolderInfo(**(fields | {"folder": view.uri(status.folder)}))


def symbol_information(symbol: model.SymbolHit, view: View) -> payloads.SymbolInformation:
    """Located at its name: that is where an editor jumps to."""
    location = payloads.Location(view.uri(symbol.path), view.range(symbol.selection))
    return payloads.SymbolInformation(
        label(symbol.name), kind_number(symbol.kind), location, label(symbol.container)
    )


def document_symbols(
    symbols: Iterable[model.SymbolHit], view: View
) -> tuple[payloads.DocumentSymbol, ...]:
    """A flat outline in document order as a tree: a definition holds those whose span lies within
    its own.
    """
    top: list[payloads.DocumentSymbol] = []
    open_: list[tuple[model.SymbolHit, list[payloads.DocumentSymbol]]] = []

    def close() -> None:
        symbol, children = open_.pop()
        (open_[-1][1] if open_ else top).append(_document_symbol(symbol, children, view))

    for symbol in sorted(
        symbols, key=lambda one: (_place(one.span.start), _negated(_place(one.span.end)))
    ):
        while open_ and not _within(symbol.span, open_[-1][0].span):
            close()
        open_.append((symbol, []))
    while open_:
        close()
    return tuple(top)


def _document_symbol(
    symbol: model.SymbolHit, children: list[payloads.DocumentSymbol], view: View
) -> payloads.DocumentSymbol:
    # A selection outside of its range makes editors reject the whole outline.
    selection = symbol.selection if _within(symbol.selection, symbol.span) else symbol.span
    name = label(symbol.name) or "(unnamed)"
    return payloads.DocumentSymbol(
        name,
        kind_number(symbol.kind),
        view.range(symbol.span),
        view.range(selection),
        tuple(children),
    )


def _within(inner: model.Span, outer: model.Span) -> bool:
    return _place(outer.start) <= _place(inner.start) and _place(inner.end) <= _place(outer.end)


def _place(mark: model.Mark) -> tuple[int, int]:
    return mark.line, mark.utf8


def _negated(place: tuple[int, int]) -> tuple[int, int]:
    return -place[0], -place[1]
