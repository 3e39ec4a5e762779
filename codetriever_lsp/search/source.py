"""One folder as one client sees it: its index, its names, and the client's open buffers in place of
their files.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.model import Symbol
from codetriever_lsp.search.names.layers import FolderNames
from codetriever_lsp.search.names.pattern import Entry
from codetriever_lsp.store.records import ChunkRecord, FileRecord, Prepared, file_id
from codetriever_lsp.store.sql.rows import ChunkHead, ChunkRow, FileRow, SymbolRow
from codetriever_lsp.store.store import Store
from codetriever_lsp.workspace.paths import relative

__all__ = ["OpenBuffer", "Source", "locate_in"]


@dataclass(frozen=True, slots=True)
class OpenBuffer:
    """An open document as it is searched: the rows that the manifest would have if its text were on
    disk.
    """

    file: FileRow
    chunks: Mapping[int, ChunkRow]
    heads: Mapping[int, ChunkHead]
    symbols: Sequence[SymbolRow]
    names: Sequence[Entry]

    @classmethod
    def of(cls, prepared: Prepared, owner: int) -> OpenBuffer:
        """The rows of a buffer that was prepared under the ids of `owner`; rows of symbols are
        negative.
        """
        record = prepared.file
        ident = file_id(record.path, owner)
        file = FileRow(
            ident,
            record.path,
            record.language,
            record.lines,
            len(record.chunks),
            len(record.symbols),
        )
        chunks = {chunk.id: _row_of(chunk, record) for chunk in record.chunks}
        heads = {chunk.id: _head_of(chunk, ident) for chunk in record.chunks}
        symbols = [
            SymbolRow(-1 - at, record.path, entry.chunk, entry.ordinal, entry.symbol)
            for at, entry in enumerate(record.symbols)
        ]
        return cls(file, chunks, heads, symbols, [entry_of(row) for row in symbols])


@dataclass(frozen=True, slots=True)
class Source:
    """What a search reads. `buffers` are by relative path."""

    root: Path
    store: Store
    names: FolderNames
    buffers: Mapping[str, OpenBuffer] = field(default_factory=dict)

    async def chunks(self, ids: Collection[int]) -> dict[int, ChunkRow]:
        """The rows of these chunks that this client can see."""
        rows = await self.store.chunks(ids)
        if self.buffers:
            rows = {ident: row for ident, row in rows.items() if row.path not in self.buffers}
            for buffer in self.buffers.values():
                rows.update(
                    {ident: buffer.chunks[ident] for ident in buffer.chunks.keys() & set(ids)}
                )
        return rows

    async def texts(self, ids: Collection[int]) -> dict[int, str]:
        """The texts of these chunks, which this client can see (see `heads`)."""
        texts = await self.store.chunk_texts(ids)
        for buffer in self.buffers.values():
            texts.update(
                (ident, buffer.chunks[ident].text) for ident in buffer.chunks.keys() & set(ids)
            )
        return texts

    async def heads(self, ids: Collection[int]) -> dict[int, ChunkHead]:
        """What ranking needs of these chunks, as far as this client can see them."""
        heads = await self.store.chunk_heads(ids)
        if self.buffers:
            replaced = {file_id(path) for path in self.buffers}
            heads = {ident: head for ident, head in heads.items() if head.file not in replaced}
            for buffer in self.buffers.values():
                heads.update(
                    (ident, buffer.heads[ident]) for ident in buffer.heads.keys() & set(ids)
                )
        return heads

    def files(self) -> Mapping[int, FileRow]:
        """All files that this client can see, by id."""
        if not self.buffers:
            return self.store.files_by_id
        files = dict(self.store.files_by_id)
        for path, buffer in self.buffers.items():
            files.pop(file_id(path), None)
            files[buffer.file.id] = buffer.file
        return files

    async def file_chunks(self, path: str) -> list[ChunkRow]:
        """The chunks of one file in order; [] for a file that is not indexed."""
        if buffer := self.buffers.get(path):
            return sorted(buffer.chunks.values(), key=lambda row: row.ordinal)
        return await self.store.file_chunks(path)

    async def file_symbols(self, path: str) -> list[SymbolRow]:
        """The definitions of one file in document order."""
        if buffer := self.buffers.get(path):
            return list(buffer.symbols)
        return await self.store.file_symbols(path)

    async def chunk_symbols(self, ids: Collection[int]) -> dict[int, list[SymbolRow]]:
        """For each of these chunks the definition that it is or is a part of, and those named in
        it.
        """
        found = await self.store.chunk_symbols(ids)
        for buffer in self.buffers.values():
            for row in (buffer.chunks[ident] for ident in buffer.chunks.keys() & set(ids)):
                found[row.id] = [
                    item
                    for item in buffer.symbols
                    if item.ordinal == row.symbol or item.chunk == row.id
                ]
        return found

    async def symbols(self, entries: Sequence[Entry]) -> dict[Entry, Symbol]:
        """The definitions behind entries of the names; those that are gone are missing."""
        rows = await self.store.symbols([entry.row for entry in entries if entry.row >= 0])
        found: dict[Entry, Symbol] = {}
        for entry in entries:
            if entry.row >= 0 and (row := rows.get(entry.row)):
                found[entry] = row.symbol
            elif entry.row < 0 and (buffer := self.buffers.get(entry.path)):
                found[entry] = buffer.symbols[-1 - entry.row].symbol
        return found

    def buffer_names(self) -> dict[str, Sequence[Entry]]:
        return {path: buffer.names for path, buffer in self.buffers.items()}


def locate_in(sources: Sequence[Source], path: str) -> tuple[Source, str]:
    """The innermost folder that holds `path`, and the path in it; BadRequest if none does."""
    found = [(source, rel) for source in sources if (rel := relative(source.root, path))]
    if not found:
        raise BadRequest(f"{path} is in no open folder")
    return max(found, key=lambda item: len(item[0].root.parts))


def _row_of(chunk: ChunkRecord, file: FileRecord) -> ChunkRow:
    labels = (
        chunk.span,
        chunk.shape,
        chunk.kind,
        chunk.name,
        chunk.container,
        chunk.symbol,
        chunk.text,
    )
    return ChunkRow(chunk.id, file.path, file.language, chunk.ordinal, *labels)


def _head_of(chunk: ChunkRecord, file: int) -> ChunkHead:
    lines = chunk.span.end.line - chunk.span.start.line + 1
    return ChunkHead(
        chunk.id,
        file,
        chunk.ordinal,
        chunk.shape,
        chunk.kind,
        chunk.name,
        lines,
        chunk.mentions,
        chunk.written,
        chunk.test,
    )


def entry_of(row: SymbolRow) -> Entry:
    """The entry of the names for one definition."""
    symbol = row.symbol
    return Entry(symbol.name, symbol.kind, symbol.container, row.path, row.id, row.chunk)
