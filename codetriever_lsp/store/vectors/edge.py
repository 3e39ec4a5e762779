"""The vector index inside this process: `qdrant-edge-py`, one shard per store.

Calls hold Python's global lock for their whole duration, so they are kept short. Vectors are stored
in 8 bits (`Turbo8`) and scanned exactly: no graph, nothing to build.
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
from codetriever_lsp.store.cache_layout import StoreLocation, private_dir, tree_bytes
from codetriever_lsp.store.records import Sparse
from codetriever_lsp.store.vectors.compaction import (
    Compaction,
    put_back,
    put_in_place,
    settle_folders,
)
from codetriever_lsp.store.vectors.interface import (
    DENSE,
    FEW,
    SPARSE,
    ToPack,
    VectorFilter,
    VectorPoint,
    VectorQuery,
    check_points,
    check_queries,
)
from codetriever_lsp.store.vectors.shard import create_shard, guard, load_shard, read_ahead
from codetriever_lsp.store.vectors.tombstones import (
    Drift,
    Points,
    mark_flushed,
    mark_unflushed,
    points_of,
    was_flushed,
)

__all__ = ["MIN_FREE_BYTES", "EdgeFactory", "EdgeVectors"]

MIN_FREE_BYTES = 128 << 20
"""Space that must stay free: a write to a full disk ends the whole process with SIGBUS (shards map
their files into memory)."""

_BYTES_PER_POINT = 4096
_SCROLL = 10_000
_WASTE = 2_000
"""Dead points, of about 2 KiB each, that are no waste however few live."""
_UNPACKED = 10_000
"""Points that are read into memory when a shard is loaded, 10 µs each, that are few however few are
packed."""
_BURST, _BURST_S = 5_000, 1.0
"""So many points written with no longer pause are a checkout or a build: until it pauses,
frequencies are taken as they are."""


class _Space(msgspec.Struct):
    size: int


class _Described(msgspec.Struct):
    """What is read of a shard's `edge_config.json`."""

    vectors: dict[str, _Space] = {}


class EdgeVectors:
    """`Vectors` over one shard; opened by `EdgeFactory`."""

    remote = False

    def __init__(
        self, shard: qdrant.EdgeShard, folder: Path, dimension: int | None, *, flushed: bool
    ) -> None:
        """`flushed` where the shard's log has nothing that its files lack."""
        self._shard: qdrant.EdgeShard | None = shard
        self._folder = folder
        self._dimension = dimension
        self._flushed = flushed
        self._loaded(points_of(folder))
        self._burst, self._written = 0, 0.0
        self._compaction: Compaction | None = None

    def upsert(self, points: Sequence[VectorPoint]) -> None:
        if not points:
            return
        check_points(points, self._dimension)
        require_space(self._folder, len(points) * (_BYTES_PER_POINT + 8 * (self._dimension or 0)))
        self._unflush()
        with guard("writing to"):
            self._open.update(
                qdrant.UpdateOperation.upsert_points([_point(point) for point in points])
            )
        self._drift.slots += len(points)
        self._wrote([point.id for point in points])

    def delete(self, ids: Sequence[int]) -> None:
        if ids:
            require_space(self._folder, 0)
            self._unflush()
            with guard("deleting from"):
                self._open.update(qdrant.UpdateOperation.delete_points(list(ids)))
            self._wrote(ids)

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        check_queries(queries, self._dimension)
        narrowed = where if where is not None and where.narrows else None
        if narrowed is not None and narrowed.files == ():
            return [[] for _ in queries]
        asked = [position for position, query in enumerate(queries) if not _is_empty(query)]
        requests = _requests(
            [queries[position] for position in asked], narrowed, count=self._to_count(queries)
        )
        found: list[list[tuple[int, float]]] = [[] for _ in queries]
        if requests:
            with guard("searching"):
                answers = self._open.query_batch(qdrant.QueryBatchRequest(requests))
                for position, answer in zip(asked, answers, strict=True):
                    found[position] = cast(
                        "list[tuple[int, float]]", [(hit.id, hit.score) for hit in answer]
                    )
        return found

    def count(self) -> int:
        with guard("counting"):
            return int(self._open.count(qdrant.CountRequest(exact=True)))

    def ids(self) -> Iterator[int]:
        offset = None
        while True:
            with guard("reading"):
                request = qdrant.ScrollRequest(
                    offset=offset, limit=_SCROLL, with_payload=False, with_vector=False
                )
                records, offset = self._open.scroll(request)
                found = [cast("int", record.id) for record in records]
            yield from found
            if offset is None:
                return

    def flush(self) -> None:
        require_space(self._folder, 0)
        with guard("flushing"):
            self._open.flush()
        mark_flushed(self._folder, self._points())
        self._flushed = True

    def close(self) -> None:
        points = None
        if self._shard is not None:
            with contextlib.suppress(CodetrieverError):
                points = self._points()
        shard, self._shard = self._shard, None
        if self._compaction is not None:
            self._compaction.stop()
        if shard is not None:
            with guard("closing"):
                shard.close()
            if points is not None:
                mark_flushed(self._folder, points)

    def to_pack(self, *, busy: bool = False) -> ToPack:
        (dead, live), unpacked = self._dead_points(), self._drift.slots - self._packed
        if not busy and dead > max(live, _WASTE):
            return "all"
        if unpacked <= max(2 * _UNPACKED if busy else _UNPACKED, self._packed // 8):
            return ""
        return "new" if busy or unpacked < self._packed else "all"

    def compaction(self, what: ToPack) -> Compaction:
        require_space(self._folder, 2 * self.size_bytes())
        self._compaction = Compaction(self._folder, self._dimension, self.count(), what)
        return self._compaction

    def follow(self, compaction: Compaction, few: int = FEW) -> Generator[None]:
        try:
            yield from compaction.catch_up(self._open, few)
        except StoreCorrupt as error:  # of the copy: the shard itself is read all the time
            raise StoreError(
                f"The copy of the vector index in {self._folder} cannot be used: {error}."
            ) from error

    def take(self, compaction: Compaction) -> Generator[None]:
        yield from self.follow(compaction, few=0)
        live, points = self.count(), Points() if compaction.what == "all" else self._points()
        # Else dead points may still be in what was packed before. Those of what was not are gone,
        # and counted all the same.
        dead = points.dead + compaction.died
        points = Points(dead, live + dead - compaction.late, exact=points.exact)
        mark_unflushed(compaction.copied)  # what was copied with it is of the shard of before
        mark_flushed(compaction.copied, points)
        with guard("closing"):
            self._open.close()
        self._shard = self._compaction = None
        try:
            put_in_place(self._folder, compaction.copied)
            self._shard = self._whole(live)
        except (OSError, StoreCorrupt) as error:
            try:
                put_back(self._folder)
            except OSError as worse:
                raise StoreCorrupt(
                    f"its vector index could not be put back: {worse.strerror}"
                ) from worse
            self._shard = load_shard(self._folder, self._dimension)
            reason = error.strerror if isinstance(error, OSError) else error
            raise StoreError(
                f"The vector index in {self._folder} cannot be exchanged for its copy: {reason}."
            ) from error
        self._flushed = was_flushed(self._folder)
        self._loaded(points)

    def _whole(self, live: int) -> qdrant.EdgeShard:
        """The shard, if there are `live` points in it. Raises StoreCorrupt."""
        shard = load_shard(self._folder, self._dimension)
        if (found := shard.info().points_count) != live:
            shard.close()
            raise StoreCorrupt(f"of {live} points there are {found}")
        return shard

    def _loaded(self, points: Points) -> None:
        """`points` is what is known of the shard that was loaded just now."""
        live = self._open.info().points_count
        self._drift = Drift.loaded(live, points, unknown=not self._flushed)
        self._packed = points.packed
        self._forgotten = 0 if points.packed else points.dead

    def _unflush(self) -> None:
        if self._flushed:
            self._flushed = False
            mark_unflushed(self._folder)

    def _wrote(self, ids: Sequence[int]) -> None:
        now = monotonic()
        self._burst = len(ids) + (self._burst if now - self._written < _BURST_S else 0)
        self._written = now
        if self._compaction is not None:
            self._compaction.changed(ids)

    def _dead_points(self) -> tuple[int, int]:
        """How many points in the files are dead, and how many live."""
        with guard("counting"):
            live = self._open.info().points_count
        return self._forgotten + max(0, self._drift.slots - live), live

    def _points(self) -> Points:
        return Points(self._dead_points()[0], self._packed, exact=not self._drift.unknown)

    def size_bytes(self) -> int:
        return tree_bytes(self._folder)

    def _to_count(self, queries: Sequence[VectorQuery]) -> bool:
        """Whether points are to be counted for how rare terms are; see `Drift`."""
        bursting = self._burst > _BURST and monotonic() - self._written < _BURST_S
        if bursting or all(query.using in DENSE.values() for query in queries):
            return False
        with guard("counting"):
            return self._drift.off(self._open.info().points_count)

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
        read_ahead(folder)
        shard = load_shard(folder, dimension) if exists else create_shard(folder, dimension)
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
    """Whether there is a shard. Raises StoreCorrupt for one of another dimension: some of these the
    engine would take.
    """
    try:
        described = msgspec.json.decode((folder / "edge_config.json").read_bytes(), type=_Described)
    except FileNotFoundError:
        if folder.exists() and any(folder.iterdir()):
            raise StoreCorrupt(f"{folder} holds a vector index without its description") from None
        return False
    except (OSError, msgspec.DecodeError) as error:
        raise StoreCorrupt(
            f"the description of the vector index in {folder} cannot be read: {error}"
        ) from error
    sizes = {space.size for space in described.vectors.values()} if described.vectors else {None}
    found = (
        sizes.pop()
        if len(sizes) == 1 and described.vectors.keys() in (set(), set(DENSE.values()))
        else 0
    )
    if found != dimension:
        raise StoreCorrupt(
            f"the vector index in {folder} has vectors of {found} numbers, not of {dimension}"
        )
    return True


def _probe(vectors: EdgeVectors, dimension: int | None) -> None:
    """Read from every part once, so that damage shows while opening, where it is dealt with."""
    queries = [VectorQuery("lexical", ([0], [1.0]), 1), VectorQuery("file", ([0], [1.0]), 1)]
    if dimension is not None:
        queries.append(VectorQuery("dense", np.full(dimension, dimension**-0.5, np.float32), 1))
    vectors.query(queries)


def _point(point: VectorPoint) -> qdrant.Point:
    vector: dict[str, Any] = {
        name: _sparse(sparse) for name, sparse in point.sparse.items() if sparse.indices
    }
    if point.dense is not None:
        vector[DENSE[point.point]] = point.dense.tolist()
    payload = {"language": point.language, "file": point.file, "point": point.point}
    return qdrant.Point(
        point.id, vector, {**payload, "kind": point.kind} if point.point == "chunk" else payload
    )


def _sparse(sparse: Sparse) -> qdrant.SparseVector:
    return qdrant.SparseVector(*sparse.lists())


def _is_empty(query: VectorQuery) -> bool:
    return isinstance(query.vector, tuple) and not query.vector[0]


def _requests(
    queries: Sequence[VectorQuery], where: VectorFilter | None, *, count: bool
) -> list[qdrant.QueryRequest]:
    condition = None if where is None else _filter(where)
    requests = []
    for query in queries:
        vector = (
            qdrant.SparseVector(*query.vector)
            if isinstance(query.vector, tuple)
            else query.vector.tolist()
        )
        # Of the points that pass an empty filter, thus of all that live, those count that have a
        # vector in the space.
        corpus = qdrant.IdfParams(qdrant.Filter()) if count and query.using in SPARSE else None
        # Without `exact`, a filter on a graph would lose most hits.
        params = qdrant.SearchParams(exact=condition is not None, idf=corpus)
        nearest = qdrant.Query.Nearest(vector, query.using)
        requests.append(
            qdrant.QueryRequest(
                limit=query.limit,
                query=nearest,
                filter=condition,
                params=params,
                with_payload=False,
            )
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
