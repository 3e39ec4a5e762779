"""The vector index inside this process: `qdrant-edge-py`, one shard per store.

Calls hold Python's global lock for their whole duration, so they are kept short. Errors come as bare `Exception` or as a panic
(a BaseException). Vectors are stored in 8 bits (`Turbo8`) and scanned exactly: no graph, nothing to build.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, cast

import msgspec
import numpy as np
import qdrant_edge as qdrant

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt, StoreError
from codetriever_lsp.store.compaction import copy_points, new_folder, put_in_place, settle_folders
from codetriever_lsp.store.drift import Drift, dead_of, mark_flushed, mark_unflushed, was_flushed
from codetriever_lsp.store.location import StoreLocation, private_dir, tree_bytes
from codetriever_lsp.store.records import Sparse, is_file
from codetriever_lsp.store.vectors import (
    CHUNK_SPACES,
    DENSE,
    SPARSE,
    VectorFilter,
    VectorPoint,
    VectorQuery,
    check_points,
    check_queries,
)

__all__ = ["MIN_FREE_BYTES", "EdgeFactory", "EdgeVectors"]

MIN_FREE_BYTES = 128 << 20
"""Space that must stay free: a write to a full disk ends the whole process with SIGBUS (shards map their files into memory)."""

_BYTES_PER_POINT = 4096
_SCROLL = 10_000
_WASTE = 2_000
"""Dead points, of about 2 KiB each, that are no waste however few live."""
_BURST, _BURST_S = 5_000, 1.0
"""So many points written with no longer pause are a checkout or a build: until it pauses, frequencies are taken as they are."""


class _Space(msgspec.Struct):
    size: int


class _Described(msgspec.Struct):
    """What is read of a shard's `edge_config.json`."""

    vectors: dict[str, _Space] = {}


class EdgeVectors:
    """`Vectors` over one shard; opened by `EdgeFactory`."""

    remote = False

    def __init__(self, shard: qdrant.EdgeShard, folder: Path, dimension: int | None, *, flushed: bool) -> None:
        """`flushed` where the shard's log has nothing that its files lack."""
        self._shard: qdrant.EdgeShard | None = shard
        self._folder = folder
        self._dimension = dimension
        self._drift = Drift(shard.info().points_count, unknown=not flushed)
        self._dead = dead_of(folder)
        self._flushed = flushed
        self._burst, self._written = 0, 0.0

    def upsert(self, points: Sequence[VectorPoint]) -> None:
        if not points:
            return
        check_points(points, self._dimension)
        require_space(self._folder, len(points) * (_BYTES_PER_POINT + 8 * (self._dimension or 0)))
        self._unflush()
        with _guard("writing to"):
            self._open.update(qdrant.UpdateOperation.upsert_points([_point(point) for point in points]))
        self._drift.slots += len(points)
        self._count_burst(len(points))

    def delete(self, ids: Sequence[int]) -> None:
        if ids:
            require_space(self._folder, 0)
            self._unflush()
            with _guard("deleting from"):
                self._open.update(qdrant.UpdateOperation.delete_points(list(ids)))
            self._drift.deleted_chunks += sum(1 for point in ids if not is_file(point))
            self._count_burst(len(ids))

    def query(self, queries: Sequence[VectorQuery], where: VectorFilter | None = None) -> list[list[tuple[int, float]]]:
        check_queries(queries, self._dimension)
        narrowed = where if where is not None and where.narrows else None
        if narrowed is not None and narrowed.files == ():
            return [[] for _ in queries]
        asked = [position for position, query in enumerate(queries) if not _is_empty(query)]
        requests = _requests([queries[position] for position in asked], narrowed, self._drifted(queries))
        found: list[list[tuple[int, float]]] = [[] for _ in queries]
        if requests:
            with _guard("searching"):
                answers = self._open.query_batch(qdrant.QueryBatchRequest(requests))
                for position, answer in zip(asked, answers, strict=True):
                    found[position] = cast("list[tuple[int, float]]", [(hit.id, hit.score) for hit in answer])
        return found

    def count(self) -> int:
        with _guard("counting"):
            return int(self._open.count(qdrant.CountRequest(exact=True)))

    def ids(self) -> Iterator[int]:
        offset = None
        while True:
            with _guard("reading"):
                request = qdrant.ScrollRequest(offset=offset, limit=_SCROLL, with_payload=False, with_vector=False)
                records, offset = self._open.scroll(request)
                found = [cast("int", record.id) for record in records]
            yield from found
            if offset is None:
                return

    def flush(self) -> None:
        require_space(self._folder, 0)
        with _guard("flushing"):
            self._open.flush()
        mark_flushed(self._folder, self._dead_points()[0])
        self._flushed = True

    def close(self) -> None:
        dead = None
        if self._shard is not None:
            with contextlib.suppress(CodetrieverError):
                dead = self._dead_points()[0]
        shard, self._shard = self._shard, None
        if shard is not None:
            with _guard("closing"):
                shard.close()
            if dead is not None:
                mark_flushed(self._folder, dead)

    @property
    def wasteful(self) -> bool:
        dead, live = self._dead_points()
        return dead > max(live, _WASTE)

    def compaction(self) -> Generator[None]:
        live = self.count()
        require_space(self._folder, live * (_BYTES_PER_POINT + 8 * (self._dimension or 0)))
        try:
            yield from self._copy(live)
            self._take_copy()
        except OSError as error:
            raise StoreError(f"The vector index in {self._folder} cannot be made smaller: {error.strerror}.") from error

    def _copy(self, live: int) -> Iterator[None]:
        folder = new_folder(self._folder)
        with _guard("copying"):
            target = qdrant.EdgeShard.create(str(folder), _config(self._dimension))
        copied = 0
        try:
            yield
            with _guard("copying"):
                _index_payload(target)
            yield
            parts = copy_points(self._open, target)
            while True:
                with _guard("copying"):
                    part = next(parts, None)
                if part is None:
                    break
                copied += part
                yield
            with _guard("copying"):
                target.flush()
            yield
        finally:
            target.close()
            if copied != live:
                shutil.rmtree(folder, ignore_errors=True)
        if copied != live:
            raise StoreCorrupt(f"of {live} points {copied} could be read")

    def _take_copy(self) -> None:
        with _guard("closing"):
            self._open.close()
        self._shard = None
        try:
            put_in_place(self._folder)
        finally:
            settle_folders(self._folder)
            with _guard("opening"):
                self._shard = qdrant.EdgeShard.load(str(self._folder), _config(self._dimension))
        self._drift, self._dead, self._flushed = Drift(self._shard.info().points_count), 0, True
        mark_flushed(self._folder, 0)

    def _unflush(self) -> None:
        if self._flushed:
            self._flushed = False
            mark_unflushed(self._folder)

    def _count_burst(self, points: int) -> None:
        now = monotonic()
        self._burst = points + (self._burst if now - self._written < _BURST_S else 0)
        self._written = now

    def _dead_points(self) -> tuple[int, int]:
        """How many points in the files are dead, and how many live."""
        with _guard("counting"):
            live = self._open.info().points_count
        return self._dead + max(0, self._drift.slots - live), live

    def size_bytes(self) -> int:
        return tree_bytes(self._folder)

    def _drifted(self, queries: Sequence[VectorQuery]) -> frozenset[str]:
        """The spaces whose document count is too far off for these queries; see `_Drift`."""
        bursting = self._burst > _BURST and monotonic() - self._written < _BURST_S
        if bursting or all(query.rough or query.using in DENSE.values() for query in queries):
            return frozenset()
        with _guard("counting"):
            live = self._open.info().points_count
            if (
                self._drift.slots <= live and not self._drift.unknown
            ):  # nothing was replaced or deleted: the usual case, and counting takes its time
                return frozenset()
            files = self._open.count(qdrant.CountRequest(exact=False, filter=_of("file")))
        return self._drift.spaces(live, files)

    @property
    def _open(self) -> qdrant.EdgeShard:
        if self._shard is None:
            raise StoreError("the vector index is closed")
        return self._shard


class EdgeFactory:
    """Opens `<store>/vectors`. The caller holds the store's lock."""

    def open(self, location: StoreLocation, dimension: int | None) -> EdgeVectors:
        folder = location.vectors
        settle_folders(folder)
        exists = _exists(folder, dimension)
        require_space(location.path, 0)
        private_dir(folder)
        with _guard("opening"):
            if exists:
                shard = qdrant.EdgeShard.load(str(folder), _config(dimension))
            else:
                shard = qdrant.EdgeShard.create(str(folder), _config(dimension))
            _index_payload(shard)
        vectors = EdgeVectors(shard, folder, dimension, flushed=not exists or was_flushed(folder))
        try:
            _probe(vectors, dimension)
        except CodetrieverError:
            with contextlib.suppress(CodetrieverError):
                vectors.close()
            raise
        return vectors

    def discard(self, location: StoreLocation) -> None:
        settle_folders(location.vectors)
        if location.vectors.exists():
            shutil.rmtree(location.vectors)


def require_space(folder: Path, more: int) -> None:
    """Raises StoreError unless `more` bytes fit and MIN_FREE_BYTES stay."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise StoreCorrupt(f"{folder} is gone: {error.strerror}") from error
    if free < more + MIN_FREE_BYTES:
        raise StoreError(
            f"The disk of {folder} is full ({free >> 20} MiB free, {(more + MIN_FREE_BYTES) >> 20} MiB needed). "
            "What is indexed stays searchable; free some space to go on."
        )


def _exists(folder: Path, dimension: int | None) -> bool:
    """Whether there is a shard. Raises StoreCorrupt for one of another dimension: some of these the engine would take."""
    try:
        described = msgspec.json.decode((folder / "edge_config.json").read_bytes(), type=_Described)
    except FileNotFoundError:
        if folder.exists() and any(folder.iterdir()):
            raise StoreCorrupt(f"{folder} holds a vector index without its description") from None
        return False
    except (OSError, msgspec.DecodeError) as error:
        raise StoreCorrupt(f"the description of the vector index in {folder} cannot be read: {error}") from error
    sizes = {space.size for space in described.vectors.values()} if described.vectors else {None}
    found = sizes.pop() if len(sizes) == 1 and described.vectors.keys() in (set(), set(DENSE.values())) else 0
    if found != dimension:
        raise StoreCorrupt(f"the vector index in {folder} has vectors of {found} numbers, not of {dimension}")
    return True


def _config(dimension: int | None) -> qdrant.EdgeConfig:
    dense = None
    if dimension is not None:
        storage = qdrant.VectorStorageDatatype.Turbo8
        params = qdrant.EdgeVectorParams(size=dimension, distance=qdrant.Distance.Cosine, datatype=storage)
        dense = dict.fromkeys(DENSE.values(), params)
    sparse = {name: qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf) for name in SPARSE}
    optimizers = qdrant.EdgeOptimizersConfig(default_segment_number=4)
    return qdrant.EdgeConfig(vectors=dense, sparse_vectors=sparse, optimizers=optimizers, wal_enabled=True)


def _index_payload(shard: qdrant.EdgeShard) -> None:
    keyword = qdrant.KeywordIndexParams(enable_hnsw=False)
    number = qdrant.IntegerIndexParams(lookup=True, range=False, enable_hnsw=False)
    present = shard.info().payload_schema
    for name, kind in (("language", keyword), ("kind", keyword), ("point", keyword), ("file", number)):
        if name not in present:
            shard.update(qdrant.UpdateOperation.create_field_index(name, kind))


def _probe(vectors: EdgeVectors, dimension: int | None) -> None:
    """Read from every part once, so that damage shows while opening, where it is dealt with."""
    queries = [VectorQuery("lexical", ([0], [1.0]), 1), VectorQuery("file", ([0], [1.0]), 1)]
    if dimension is not None:
        queries.append(VectorQuery("dense", np.full(dimension, dimension**-0.5, np.float32), 1))
    vectors.query(queries)


def _point(point: VectorPoint) -> qdrant.Point:
    vector: dict[str, Any] = {name: _sparse(sparse) for name, sparse in point.sparse.items() if sparse.indices}
    if point.dense is not None:
        vector[DENSE[point.point]] = point.dense.tolist()
    payload = {"language": point.language, "file": point.file, "point": point.point}
    return qdrant.Point(point.id, vector, {**payload, "kind": point.kind} if point.point == "chunk" else payload)


def _sparse(sparse: Sparse) -> qdrant.SparseVector:
    return qdrant.SparseVector(*sparse.lists())


def _is_empty(query: VectorQuery) -> bool:
    return isinstance(query.vector, tuple) and not query.vector[0]


def _requests(queries: Sequence[VectorQuery], where: VectorFilter | None, drifted: frozenset[str]) -> list[qdrant.QueryRequest]:
    condition = None if where is None else _filter(where)
    requests = []
    for query in queries:
        vector = qdrant.SparseVector(*query.vector) if isinstance(query.vector, tuple) else query.vector.tolist()
        exact = query.using in drifted and not query.rough
        corpus = qdrant.IdfParams(_of("chunk" if query.using in CHUNK_SPACES else "file")) if exact else None
        # Without `exact`, a filter on a graph would lose most hits.
        params = qdrant.SearchParams(exact=condition is not None, idf=corpus)
        nearest = qdrant.Query.Nearest(vector, query.using)
        requests.append(
            qdrant.QueryRequest(limit=query.limit, query=nearest, filter=condition, params=params, with_payload=False)
        )
    return requests


def _of(point: str) -> qdrant.Filter:
    return qdrant.Filter(must=[qdrant.FieldCondition("point", match=qdrant.MatchAny([point]))])


def _filter(where: VectorFilter) -> qdrant.Filter:
    must: list[Any] = []
    if where.languages:
        must.append(qdrant.FieldCondition("language", match=qdrant.MatchAny(list(where.languages))))
    if where.files is not None:
        must.append(qdrant.FieldCondition("file", match=qdrant.MatchAny(list(where.files))))
    if where.kinds:
        of_kind = qdrant.FieldCondition("kind", match=qdrant.MatchAny(list(where.kinds)))
        must.append(qdrant.Filter(should=[of_kind, _of("file")]))
    return qdrant.Filter(must=must)


@contextlib.contextmanager
def _guard(doing: str) -> Iterator[None]:
    """Whatever the engine raises becomes StoreCorrupt: input was checked before, so the cause is in what is stored."""
    try:
        yield
    except (CodetrieverError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the engine is a BaseException
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise StoreCorrupt(f"{doing} the vector index failed: {str(error)[:300]}") from error
        raise
