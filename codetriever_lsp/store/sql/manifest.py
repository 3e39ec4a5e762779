"""The manifest: which files, chunks and symbols the index holds. It is the truth of the index; here
it is read.

One connection writes (only `commit.py` uses it); two read, one for short lookups and one for long
lists, so that neither waits for the other. Each connection has its own thread; a lookup is one
statement.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import aiosqlite
import msgspec

from codetriever_lsp.model import Span, Symbol
from codetriever_lsp.store.records import FileStamp, file_id
from codetriever_lsp.store.sql.rows import (
    ChunkHead,
    ChunkRow,
    FileRow,
    SymbolMark,
    SymbolName,
    SymbolRow,
)
from codetriever_lsp.store.sql.schema import (
    connect_reader,
    connect_writer,
    refuse_newer,
    sqlite_errors,
)

__all__ = ["KnownFile", "Manifest"]

_CHUNKS = """
    SELECT c.id, f.path, f.language, c.ordinal, c.span, c.shape, c.kind, c.name, c.container, c.symbol, c.text
    FROM chunks c JOIN files f ON f.id = c.file
"""
_HEADS = """
    SELECT id, file, ordinal, shape, kind, name, lines, mentions, written, test
    FROM chunks WHERE id IN (SELECT value FROM json_each(?))
"""
_TEXTS = "SELECT id, text FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
_SYMBOL = """
    SELECT s.id, f.path, s.chunk, s.ordinal, s.name, s.kind, s.container, s.span, s.selection, s.signature
    FROM symbols s JOIN files f ON f.id = s.file
"""
_CHUNK_SYMBOLS = """
    WITH asked AS (SELECT id, file, symbol FROM chunks WHERE id IN (SELECT value FROM json_each(?))), found AS (
        SELECT a.id AS asked, s.* FROM asked a JOIN symbols s ON s.file = a.file AND s.ordinal = a.symbol
        UNION SELECT a.id, s.* FROM asked a JOIN symbols s ON s.chunk = a.id
    )
    SELECT s.asked, s.id, f.path, s.chunk, s.ordinal, s.name, s.kind, s.container, s.span, s.selection, s.signature
    FROM found s JOIN files f ON f.id = s.file ORDER BY s.asked, s.ordinal
"""
_NAMES = """
    SELECT s.id, s.name, s.kind, s.container, f.path, s.chunk FROM symbols s JOIN files f ON f.id = s.file
"""
_CHUNKS_BY_ID = _CHUNKS + " WHERE c.id IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed text
_SYMBOLS_BY_ID = _SYMBOL + " WHERE s.id IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed text
_NAMES_OF_FILES = _NAMES + " WHERE s.file IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed text
_KNOWN_FILES = "SELECT id, path, point FROM files WHERE id IN (SELECT value FROM json_each(?))"
_KNOWN_CHUNKS = "SELECT file, id, point FROM chunks WHERE file IN (SELECT value FROM json_each(?))"
_POINTS_OF = """
    SELECT id FROM files WHERE id IN (SELECT value FROM json_each(?1))
    UNION ALL SELECT id FROM chunks WHERE file IN (SELECT value FROM json_each(?1))
"""
_OWNERS = """
    SELECT id FROM files WHERE id IN (SELECT value FROM json_each(?1))
    UNION SELECT file FROM chunks WHERE id IN (SELECT value FROM json_each(?1))
"""
_SYMBOL_MARKS = """
    SELECT f.path, f.digest, min(s.id), count(*) FROM symbols s JOIN files f ON f.id = s.file GROUP BY s.file
"""
_NAMES_AFTER = _NAMES + " WHERE s.id > ? ORDER BY s.id LIMIT ?"
_DUMP_FILES = "SELECT id, path, digest, language, lines, problems, point FROM files ORDER BY path"
_DUMP_CHUNKS = """
    SELECT file, id, ordinal, point, digest, shape, kind, name, container, symbol, mentions, written, test, span, text
    FROM chunks ORDER BY file, ordinal
"""
_DUMP_SYMBOLS = """
    SELECT file, ordinal, chunk, name, kind, container, signature, span, selection FROM symbols ORDER BY file, ordinal
"""
_span = msgspec.msgpack.Decoder(Span).decode


class KnownFile(msgspec.Struct, frozen=True):
    """What the manifest says of a file's points: the fingerprint of the file point, and of each
    chunk point by id.
    """

    id: int
    point: bytes
    chunks: dict[int, bytes]


class Manifest:
    """An open manifest; made by `Manifest.open`, ended by `close`."""

    def __init__(
        self,
        file: Path,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        lister: aiosqlite.Connection,
    ) -> None:
        self.file = file
        self.writer = writer
        self._reader = reader
        self._lister = lister

    @classmethod
    async def open(cls, file: Path) -> Manifest:
        """Open or create. Raises StoreTooNew (nothing touched), StoreCorrupt or StoreError."""
        refuse_newer(file)
        async with contextlib.AsyncExitStack() as stack:
            connections = []
            for connect in (connect_writer, connect_reader, connect_reader):
                connection = await connect(file)
                stack.push_async_callback(connection.close)
                connections.append(connection)
            stack.pop_all()
            return cls(file, *connections)

    async def close(self) -> None:
        """Fold the write-ahead log into the file and close all connections."""
        try:
            with sqlite_errors(self.file):
                await self._reader.close()
                await self._lister.close()
                await self.writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            for connection in (self._reader, self._lister, self.writer):
                await connection.close()

    async def check(self) -> str:
        """What SQLite finds wrong with the file, nothing if it is sound. Reads all of it."""
        ((answer,), *_) = await self._list("PRAGMA quick_check(1)")
        return "" if answer == "ok" else str(answer)

    async def meta(self) -> dict[str, str]:
        return dict(await self._get("SELECT key, value FROM meta"))

    async def files(self) -> list[FileRow]:
        rows = await self._list(
            "SELECT id, path, language, lines, chunks, symbols, problems != '[]' FROM files ORDER BY path"
        )
        return [FileRow(*row) for row in rows]

    async def stamps(self) -> dict[str, FileStamp]:
        rows = await self._list("SELECT path, digest, size, mtime_ns FROM files")
        return {path: FileStamp(digest, size, mtime) for path, digest, size, mtime in rows}

    async def chunks(self, ids: Collection[int]) -> dict[int, ChunkRow]:
        """The chunks with these ids; unknown ones are missing."""
        rows = await self._get(_CHUNKS_BY_ID, _json(ids)) if ids else ()
        return {row[0]: _chunk_row(row) for row in rows}

    async def chunk_heads(self, ids: Collection[int]) -> dict[int, ChunkHead]:
        """The same without texts and ranges."""
        rows = await self._get(_HEADS, _json(ids)) if ids else ()
        return {row[0]: ChunkHead._make(row) for row in rows}

    async def chunk_texts(self, ids: Collection[int]) -> dict[int, str]:
        """Their texts alone."""
        return dict(await self._get(_TEXTS, _json(ids)) if ids else ())

    async def file_chunks(self, path: str) -> list[ChunkRow]:
        return [
            _chunk_row(row)
            for row in await self._get(
                _CHUNKS + " WHERE c.file = ? ORDER BY c.ordinal", file_id(path)
            )
        ]

    async def symbols(self, rowids: Collection[int]) -> dict[int, SymbolRow]:
        rows = await self._get(_SYMBOLS_BY_ID, _json(rowids)) if rowids else ()
        return {row[0]: _symbol_row(row) for row in rows}

    async def file_symbols(self, path: str) -> list[SymbolRow]:
        return [
            _symbol_row(row)
            for row in await self._get(
                _SYMBOL + " WHERE s.file = ? ORDER BY s.ordinal", file_id(path)
            )
        ]

    async def chunk_symbols(self, ids: Collection[int]) -> dict[int, list[SymbolRow]]:
        """For each chunk the definition that it is or is a part of, and those named in it."""
        found: dict[int, list[SymbolRow]] = {}
        for chunk, *row in await self._get(_CHUNK_SYMBOLS, _json(ids)) if ids else ():
            found.setdefault(chunk, []).append(_symbol_row(row))
        return found

    async def symbol_names(self, paths: Collection[str] | None = None) -> list[SymbolName]:
        """Of all files, or only of these."""
        if paths is None:
            return list(await self._list(_NAMES))
        return list(await self._list(_NAMES_OF_FILES, _json(map(file_id, paths))))

    async def names_after(self, row: int, count: int) -> list[SymbolName]:
        """The first `count` with a higher row id."""
        return list(await self._list(_NAMES_AFTER, row, count))

    async def symbol_marks(self) -> dict[str, SymbolMark]:
        """Of each file that has definitions."""
        return {path: SymbolMark(*mark) for path, *mark in await self._list(_SYMBOL_MARKS)}

    async def known(self, paths: Collection[str]) -> dict[str, KnownFile]:
        """What the points of these files hold, as committed; unknown paths are missing."""
        ids = _json(map(file_id, paths))
        files = await self._get(_KNOWN_FILES, ids)
        points = await self._get(_KNOWN_CHUNKS, ids) if files else ()
        chunks: dict[int, dict[int, bytes]] = {file: {} for file, _, _ in files}
        for file, chunk, point in points:
            chunks.setdefault(file, {})[chunk] = point
        return {path: KnownFile(file, point, chunks[file]) for file, path, point in files}

    async def point_count(self) -> int:
        ((count,),) = await self._list(
            "SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM chunks)"
        )
        return int(count)

    async def point_ids(self) -> set[int]:
        """The ids of all points that must exist."""
        return {
            row[0]
            for row in await self._list("SELECT id FROM files UNION ALL SELECT id FROM chunks")
        }

    async def owners(self, points: Collection[int]) -> set[int]:
        """The ids of the files that these points belong to."""
        return {row[0] for row in await self._list(_OWNERS, _json(points))}

    async def points_of(self, files: Collection[int]) -> set[int]:
        """The ids of the points of these files (ids)."""
        return {row[0] for row in await self._list(_POINTS_OF, _json(files))}

    async def journal(self) -> set[int]:
        return {row[0] for row in await self._list("SELECT file FROM journal")}

    async def dump(self) -> dict[str, Any]:
        """Everything that depends only on the files, in a form that can be compared; see
        `Store.dump`.
        """
        files = await self._list(_DUMP_FILES)
        chunks = await self._list(_DUMP_CHUNKS)
        symbols = await self._list(_DUMP_SYMBOLS)
        return {
            "files": [list(row) for row in files],
            "chunks": _by_file(chunks),
            "symbols": _by_file(symbols),
        }

    async def _get(self, query: str, *values: object) -> list[Any]:
        with sqlite_errors(self.file):
            return list(await self._reader.execute_fetchall(query, values))

    async def _list(self, query: str, *values: object) -> list[Any]:
        with sqlite_errors(self.file):
            return list(await self._lister.execute_fetchall(query, values))


def _json(ids: Iterable[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()


def _chunk_row(row: Any) -> ChunkRow:
    chunk, path, language, ordinal, span, *rest = row
    return ChunkRow(chunk, path, language, ordinal, _span(span), *rest)


def _symbol_row(row: Any) -> SymbolRow:
    symbol, path, chunk, ordinal, name, kind, container, span, selection, signature = row
    return SymbolRow(
        symbol,
        path,
        chunk,
        ordinal,
        Symbol(name, kind, container, _span(span), _span(selection), signature),
    )


def _by_file(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for file, *rest in rows:
        grouped.setdefault(file, []).append(rest)
    return grouped
