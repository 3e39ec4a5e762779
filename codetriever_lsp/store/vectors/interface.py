"""What the store asks of a vector index. Two adapters: `edge.py` (inside this process) and
`qdrant.py` (a server).

A chunk point has the dense vector "dense" (only with a model) and the sparse vectors "lexical" and
"prose"; a file point has the dense vector "place" and the sparse vectors "file", "names" and
"path". The vector index is never the truth: whatever it holds can be built again.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.errors import BadRequest, ModelError
from codetriever_lsp.store.records import Sparse

if TYPE_CHECKING:
    from codetriever_lsp.store.cache_layout import StoreLocation
    from codetriever_lsp.store.vectors.compaction import Compaction

__all__ = [
    "DENSE",
    "FEW",
    "SPARSE",
    "Space",
    "ToPack",
    "VectorFilter",
    "VectorPoint",
    "VectorQuery",
    "Vectors",
    "VectorsFactory",
    "check_points",
    "check_queries",
]

Space = Literal["dense", "place", "lexical", "prose", "file", "names", "path"]

ToPack = Literal["", "new", "all"]
"""Nothing; what was written since the last time; or all of it, so that nothing is left of what is
gone."""

DENSE = {"chunk": "dense", "file": "place"}
"""The dense space of each sort of point."""

SPARSE = ("lexical", "prose", "file", "names", "path")

FEW = 200
"""Points that are left to copy when writers begin to wait for it: some 30 ms."""


@dataclass(frozen=True, slots=True)
class VectorPoint:
    """One point. `dense` is float32 of the index's dimension, None without a model; empty sparse
    vectors may be left out.
    """

    id: int
    point: Literal["chunk", "file"]
    file: int
    language: str
    kind: str = ""
    dense: NDArray[np.float32] | None = None
    sparse: Mapping[str, Sparse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """The `limit` nearest points in one space. `vector` is float32 (dimension,) for "dense", else
    (indices, weights).
    """

    using: Space
    vector: NDArray[np.float32] | tuple[list[int], list[float]]
    limit: int


@dataclass(frozen=True, slots=True)
class VectorFilter:
    """Each list is a union, the lists are intersected, an empty one does not narrow.

    `files` None is everything, () is nothing.

    `languages` and `files` hold for all points; `kinds` only for chunk points (a file point passes
    it).
    """

    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    files: tuple[int, ...] | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.languages or self.kinds) or self.files is not None


class Vectors(Protocol):
    """An open vector index. Calls are synchronous; `remote` tells that they wait for a network
    (then call them in a thread).

    Raises StoreCorrupt when what is stored cannot be used, StoreError when the environment fails
    (disk full, no server).
    """

    remote: bool

    def upsert(self, points: Sequence[VectorPoint]) -> None:
        """Insert or replace whole points; everything is validated before anything is written."""

    def delete(self, ids: Sequence[int]) -> None:
        """Remove points; unknown ids are ignored."""

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        """For each query its (id, score) pairs, best first; in sparse spaces only points that share
        a term.
        """

    def count(self) -> int:
        """How many points there are."""

    def ids(self) -> Iterator[int]:
        """The ids of all points, in no particular order."""

    def flush(self) -> None:
        """Bring everything to the disk for good."""

    def close(self) -> None:
        """Flush and release; may be called twice."""

    def to_pack(self, *, busy: bool = False) -> ToPack:
        """What a compaction pays for, where much is left of points that are gone, or is read into
        memory to load the index.

        While one is `busy` with an index, much is more.
        """

    def compaction(self, what: ToPack) -> Compaction:
        """Begin one: from now on it is told what is written. To be called when all is flushed."""

    def follow(self, compaction: Compaction, few: int = FEW) -> Generator[None]:
        """Bring to what it has packed what was written since, step by step, until at most `few`
        points are left.

        More may be written meanwhile, but for 0: then nothing may be, until `take` ends.
        """

    def take(self, compaction: Compaction) -> Generator[None]:
        """Use what it has packed, step by step: nothing may be written until it ends, searches are
        answered between the steps.

        Closed before its end it leaves everything as it was.
        """

    def size_bytes(self) -> int:
        """What the index takes on disk; 0 where that is not known."""


class VectorsFactory(Protocol):
    """Opens the vector index of a store, creating it where there is none."""

    def open(self, location: StoreLocation, dimension: int | None) -> Vectors:
        """Raises StoreCorrupt if one exists that cannot be used with this dimension."""

    def discard(self, location: StoreLocation) -> None:
        """Delete it; nothing happens if there is none."""


def check_points(points: Sequence[VectorPoint], dimension: int | None) -> None:
    """Raises ModelError for a dense vector of another dimension or with numbers that are not
    finite, BadRequest for the rest.

    An index takes part of a rejected batch and takes NaN, so nothing may reach it unchecked.
    """
    for point in points:
        _check_dense(point.dense, dimension)
        for name, sparse in point.sparse.items():
            if (
                name not in SPARSE
                or len(sparse.indices) != len(sparse.values)
                or len(sparse.indices) % 4
            ):
                raise BadRequest(
                    f"the sparse vector {name!r} of point {point.id} is not well formed"
                )
            indices = np.frombuffer(sparse.indices, "<u4")
            if (
                not np.isfinite(np.frombuffer(sparse.values, "<f4")).all()
                or (indices[1:] <= indices[:-1]).any()
            ):
                raise BadRequest(
                    f"the sparse vector {name!r} of point {point.id} is not ascending and finite"
                )


def check_queries(queries: Sequence[VectorQuery], dimension: int | None) -> None:
    """Raises BadRequest or ModelError for what an index would refuse or answer with nonsense."""
    for query in queries:
        if query.limit < 1:
            raise BadRequest("the limit of a query must be at least 1")
        if isinstance(query.vector, tuple):
            indices, values = query.vector
            if (
                query.using not in SPARSE
                or len(indices) != len(set(indices))
                or len(indices) != len(values)
            ):
                raise BadRequest(
                    f"a query of {query.using!r} has a sparse vector that is not well formed"
                )
            if not all(map(math.isfinite, values)):
                raise BadRequest("a query has weights that are not finite")
        elif query.using not in DENSE.values() or dimension is None:
            raise BadRequest(f"there is no dense vector {query.using!r} in this index")
        else:
            _check_dense(query.vector, dimension)


def _check_dense(vector: NDArray[np.float32] | None, dimension: int | None) -> None:
    if vector is None:
        return
    if vector.shape != (dimension,):
        raise ModelError(
            f"the model gave vectors of {vector.shape} where the index has {dimension} numbers; rebuild the index"
        )
    if not np.isfinite(vector).all():
        raise ModelError("the model gave numbers that are not finite; nothing of it was stored")
