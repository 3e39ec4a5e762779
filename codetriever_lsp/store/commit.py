"""The one path on which the index changes. Whatever step a process dies at, the next `open` finds
an index equal to one built from scratch, or mends it to that:

1. points under new ids are inserted: no row names them, so nothing sees them; left behind, they are
  swept;
2. one SQLite transaction replaces the rows of the files and raises the generation: that is the
  commit;
3. points that keep their id and hold something else are replaced, then points without a row are
  deleted.
   The transaction names the files of the former in the journal, so that after a crash they are
   indexed again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import ParamSpec, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.errors import BadRequest, CodetrieverError, ModelError
from codetriever_lsp.store.failpoint import failpoint
from codetriever_lsp.store.records import FileStamp, Prepared, Sparse, file_id
from codetriever_lsp.store.sql.manifest import KnownFile, Manifest
from codetriever_lsp.store.sql.schema import sqlite_errors
from codetriever_lsp.store.vectors.interface import VectorPoint, Vectors, check_points

__all__ = [
    "BATCH_CHUNKS",
    "Batch",
    "Change",
    "batches",
    "call",
    "clear_journal",
    "commit",
    "delete_points",
    "file_points",
    "forget",
    "point_mark",
    "settle",
    "upsert_points",
    "write_meta",
]

log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

BATCH_CHUNKS = 1000
"""A commit of more chunks is carried out in several, each atomic: others get their turn, and memory
stays bounded."""

UPSERT_BATCH = 64
DELETE_BATCH = 1000

_INSERT_FILE = "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_CHUNK = (
    "INSERT OR REPLACE INTO chunks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_SYMBOL = "INSERT INTO symbols VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DELETE = (
    "DELETE FROM chunks WHERE file = ?",
    "DELETE FROM symbols WHERE file = ?",
    "DELETE FROM files WHERE id = ?",
)
_STAMP = "UPDATE files SET digest = ?, size = ?, mtime_ns = ? WHERE id = ?"
_pack = msgspec.msgpack.encode


@dataclass(frozen=True, slots=True)
class Batch:
    """What to commit: files as they are now, paths that are gone, and new stamps of files whose
    content is the same.

    A path that is both prepared and removed is prepared.
    """

    prepared: Sequence[Prepared]
    removed: Collection[str] = ()
    touched: Mapping[str, FileStamp] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """What a commit does to rows and points. `marks` are the fingerprints of all points of the
    prepared files.
    """

    prepared: list[Prepared]
    marks: dict[int, bytes] = field(default_factory=dict)
    new: list[VectorPoint] = field(default_factory=list)
    replaced: list[VectorPoint] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def batches(
    prepared: Sequence[Prepared], removed: Collection[str], touched: Mapping[str, FileStamp]
) -> Iterator[Batch]:
    """What to commit in parts of at most BATCH_CHUNKS chunks, at least one part; the first one also
    removes.
    """
    part: list[Prepared] = []
    chunks = 0
    latest = list({item.file.path: item for item in prepared}.values())
    gone = set(removed) - {item.file.path for item in latest}
    for item in latest:
        if part and chunks + len(item.file.chunks) > BATCH_CHUNKS:
            yield Batch(part, gone, touched)
            part, chunks, gone, touched = [], 0, set(), {}
        part.append(item)
        chunks += len(item.file.chunks)
    yield Batch(part, gone, touched)


async def commit(
    manifest: Manifest, vectors: Vectors, batch: Batch, generation: int, dimension: int | None
) -> Change:
    """Steps 1 and 2; `settle` must follow, sooner or later. Makes `generation` the current one.
    Atomic for the whole batch.

    Raises BadRequest or ModelError for unusable input, before anything is written.
    """
    change = await plan(manifest, batch, dimension)
    failpoint("before_vectors")
    try:
        await upsert_points(vectors, change.new)
        failpoint("after_vectors")
        await _write(manifest, change, batch.touched, generation)
    except CodetrieverError:
        with contextlib.suppress(CodetrieverError):  # else they wait for the sweep at the next open
            await delete_points(vectors, [point.id for point in change.new])
        raise
    failpoint("after_transaction")
    return change


async def settle(vectors: Vectors, change: Change) -> None:
    """Step 3. Until it succeeds, and may be repeated, searches find some points as they were before
    the commit.
    """
    await upsert_points(vectors, change.replaced)
    failpoint("after_replaced")
    await delete_points(vectors, change.stale)
    failpoint("after_delete")


async def plan(manifest: Manifest, batch: Batch, dimension: int | None) -> Change:
    """What has to change, given what the manifest knows of the files' points."""
    latest = {item.file.path: item for item in batch.prepared}
    known = await manifest.known({*latest, *batch.removed})
    change = Change(list(latest.values()))
    for path, item in latest.items():
        _plan_file(change, item, known.get(path), dimension)
        await asyncio.sleep(0)
    for path in batch.removed:
        if path in known and path not in latest:
            change.gone.append(known[path].id)
            change.stale += [known[path].id, *known[path].chunks]
    return change


def _plan_file(
    change: Change, item: Prepared, before: KnownFile | None, dimension: int | None
) -> None:
    had = {**before.chunks, before.id: before.point} if before else {}
    points = file_points(item, dimension)
    check_points(points, dimension)
    for point in points:
        mark = point_mark(point)
        change.marks[point.id] = mark
        if point.id not in had:
            change.new.append(point)
        elif had.pop(point.id) != mark:
            change.replaced.append(point)
    change.stale += had


def file_points(item: Prepared, dimension: int | None, owner: int = 0) -> list[VectorPoint]:
    """The points of a file: one for each chunk, and the file's own."""
    record = item.file
    vectors = {len(item.lexical), len(item.prose) or len(record.chunks)}
    if vectors != {len(record.chunks)} or len({chunk.id for chunk in record.chunks}) != len(
        record.chunks
    ):
        raise BadRequest(f"{record.path}: each chunk needs an id of its own and one lexical vector")
    file = file_id(record.path, owner)
    dense = _dense(item, dimension)
    points = [
        VectorPoint(
            chunk.id,
            "chunk",
            file,
            record.language,
            chunk.kind,
            None if dense is None else dense[at],
            _sparse(item, at),
        )
        for at, chunk in enumerate(record.chunks)
    ]
    place = (
        np.frombuffer(item.place, "<f2").astype(np.float32) if item.place and dimension else None
    )
    points.append(
        VectorPoint(file, "file", file, record.language, dense=place, sparse=item.file_vectors)
    )
    return points


def _sparse(item: Prepared, at: int) -> dict[str, Sparse]:
    return (
        {"lexical": item.lexical[at], "prose": item.prose[at]}
        if item.prose
        else {"lexical": item.lexical[at]}
    )


async def upsert_points(vectors: Vectors, points: Sequence[VectorPoint]) -> None:
    """In batches that are short enough to let others run between them."""
    for start in range(0, len(points), UPSERT_BATCH):
        await call(vectors, vectors.upsert, points[start : start + UPSERT_BATCH])
        failpoint("within_vectors")
        await asyncio.sleep(0)


async def delete_points(vectors: Vectors, ids: Iterable[int]) -> None:
    rest = list(ids)
    for start in range(0, len(rest), DELETE_BATCH):
        await call(vectors, vectors.delete, rest[start : start + DELETE_BATCH])
        await asyncio.sleep(0)


async def call(vectors: Vectors, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a call of `vectors`: in a thread where it waits for a network, else directly (it keeps
    the global lock anyway).
    """
    return (
        await asyncio.to_thread(action, *args, **kwargs)
        if vectors.remote
        else action(*args, **kwargs)
    )


async def forget(manifest: Manifest, files: Collection[int]) -> None:
    """Drop the rows of these files (ids) and the journal: they are indexed again by whoever
    compares stamps with the disk.
    """
    async with _transaction(manifest):
        await _delete_rows(manifest, files)
        await manifest.writer.execute("DELETE FROM journal")


async def clear_journal(manifest: Manifest) -> None:
    """To be called when the vectors are on the disk for good."""
    with sqlite_errors(manifest.file):
        await manifest.writer.execute("DELETE FROM journal")


async def write_meta(manifest: Manifest, values: Mapping[str, str]) -> None:
    with sqlite_errors(manifest.file):
        await manifest.writer.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items())
        )


async def _write(
    manifest: Manifest, change: Change, touched: Mapping[str, FileStamp], generation: int
) -> None:
    ids = [file_id(item.file.path) for item in change.prepared]
    async with _transaction(manifest):
        writer = manifest.writer
        await _delete_rows(manifest, [*ids, *change.gone])
        await writer.executemany(
            _INSERT_FILE, [_file_values(item, change.marks) for item in change.prepared]
        )
        await writer.executemany(
            _INSERT_CHUNK,
            [row for item in change.prepared for row in _chunk_values(item, change.marks)],
        )
        await writer.executemany(
            _INSERT_SYMBOL, [row for item in change.prepared for row in _symbol_values(item)]
        )
        stamps = [
            (stamp.digest, stamp.size, stamp.mtime_ns, file_id(path))
            for path, stamp in touched.items()
        ]
        await writer.executemany(_STAMP, stamps)
        journal = {(point.file,) for point in change.replaced}
        await writer.executemany("INSERT OR IGNORE INTO journal VALUES (?)", list(journal))
        await writer.execute(
            "INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(generation),)
        )
        failpoint("in_transaction")


async def _delete_rows(manifest: Manifest, files: Collection[int]) -> None:
    keys = [(file,) for file in files]
    for statement in _DELETE:
        await manifest.writer.executemany(statement, keys)


@contextlib.asynccontextmanager
async def _transaction(manifest: Manifest) -> AsyncIterator[None]:
    with sqlite_errors(manifest.file):
        await manifest.writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            await manifest.writer.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(
                sqlite3.Error
            ):  # the error on its way out is the one that matters
                await manifest.writer.rollback()
            raise


def _dense(item: Prepared, dimension: int | None) -> NDArray[np.float32] | None:
    if dimension is None:
        return None
    if len(item.embeddings) != 2 * dimension * len(item.file.chunks):
        raise ModelError(
            f"{item.file.path}: the embeddings are not {dimension} numbers for each chunk; rebuild the index"
        )
    return np.frombuffer(item.embeddings, "<f2").astype(np.float32).reshape(-1, dimension)


def point_mark(point: VectorPoint) -> bytes:
    """A fingerprint of all of a point but its embedding, which follows from a chunk's id or from
    whether a file has one.
    """
    sparse: list[tuple[str, Sparse]] = sorted(point.sparse.items())
    placed = point.point == "file" and point.dense is not None
    return blake2b(_pack((point.language, point.kind, placed, sparse)), digest_size=8).digest()


def _file_values(item: Prepared, marks: Mapping[int, bytes]) -> tuple[object, ...]:
    record, key = item.file, file_id(item.file.path)
    problems = msgspec.json.encode(record.problems).decode()
    counts = (record.lines, len(record.chunks), len(record.symbols))
    return (
        key,
        record.path,
        record.digest,
        record.size,
        record.mtime_ns,
        record.language,
        *counts,
        problems,
        marks[key],
    )


def _chunk_values(item: Prepared, marks: Mapping[int, bytes]) -> Iterable[tuple[object, ...]]:
    key = file_id(item.file.path)
    for chunk in item.file.chunks:
        lines = chunk.span.end.line - chunk.span.start.line + 1
        labels = (
            chunk.shape,
            chunk.kind,
            chunk.name,
            chunk.container,
            chunk.symbol,
            lines,
            chunk.mentions,
        )
        nature = (chunk.written, chunk.test)
        yield (
            chunk.id,
            key,
            chunk.ordinal,
            marks[chunk.id],
            chunk.digest,
            *labels,
            *nature,
            _pack(chunk.span),
            chunk.text,
        )


def _symbol_values(item: Prepared) -> Iterable[tuple[object, ...]]:
    key = file_id(item.file.path)
    for record in item.file.symbols:
        symbol = record.symbol
        labels = (symbol.name, symbol.kind, symbol.container, symbol.signature)
        yield (
            key,
            record.ordinal,
            record.chunk,
            *labels,
            _pack(symbol.span),
            _pack(symbol.selection),
        )
