"""How a shard of the vector engine is made, loaded and spoken to.

Calls hold Python's global lock for their whole duration. Errors come as bare `Exception` or as a
panic (a BaseException).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import qdrant_edge as qdrant

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt
from codetriever_lsp.store.vectors.interface import DENSE, SPARSE, ToPack

__all__ = ["create_shard", "guard", "load_shard", "read_ahead"]

_NOT_READ = frozenset({"wal", "payload_storage", "store"})
_BLOCK = 1 << 20

_PARTS = 8
_OPTIMIZERS: dict[ToPack, qdrant.EdgeOptimizersConfig] = {
    "": qdrant.EdgeOptimizersConfig(default_segment_number=4),
    "new": qdrant.EdgeOptimizersConfig(default_segment_number=_PARTS, indexing_threshold=1),
    "all": qdrant.EdgeOptimizersConfig(
        default_segment_number=1,
        indexing_threshold=1,
        deleted_threshold=0.0001,
        vacuum_min_vector_number=1,
    ),
}
"""What `optimize` leaves: all points in one mapped part, or what was not mapped in one more of
`_PARTS`; and an empty part that can be written to."""


def create_shard(folder: Path, dimension: int | None) -> qdrant.EdgeShard:
    """A new shard in an empty folder. Raises StoreCorrupt."""
    with guard("creating"):
        shard = qdrant.EdgeShard.create(str(folder), _config(dimension))
        _index_payload(shard)
    return shard


def load_shard(folder: Path, dimension: int | None, to_pack: ToPack = "") -> qdrant.EdgeShard:
    """The shard in `folder`; `to_pack` is what its `optimize` is to pack. Raises StoreCorrupt."""
    with guard("opening"):
        shard = qdrant.EdgeShard.load(str(folder), _config(dimension, to_pack))
        _index_payload(shard)
    return shard


def read_ahead(folder: Path) -> None:
    """Have the system read from the disk what loading the shard reads by single pages. For a
    thread.

    That is ten times slower, and holds the global lock meanwhile; and what is small, loading has
    the system forget each time.
    """
    for found, below, names in os.walk(folder / "segments"):
        below[:] = [name for name in below if name not in _NOT_READ]
        for name in names:
            with contextlib.suppress(OSError), (Path(found) / name).open("rb", buffering=0) as file:
                while file.read(_BLOCK):
                    pass


@contextlib.contextmanager
def guard(doing: str) -> Iterator[None]:
    """Whatever the engine raises becomes StoreCorrupt: input was checked before, so the cause is in
    what is stored.
    """
    try:
        yield
    except (CodetrieverError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the engine is a BaseException
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise StoreCorrupt(f"{doing} the vector index failed: {str(error)[:300]}") from error
        raise


def _config(dimension: int | None, to_pack: ToPack = "") -> qdrant.EdgeConfig:
    """8-bit vectors that are scanned exactly (no graph, m = 0); what is packed is mapped, its words
    too.
    """
    dense = None
    if dimension is not None:
        params = qdrant.EdgeVectorParams(
            size=dimension,
            distance=qdrant.Distance.Cosine,
            datatype=qdrant.VectorStorageDatatype.Turbo8,
            hnsw_config=qdrant.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10),
        )
        dense = dict.fromkeys(DENSE.values(), params)
    words = qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf, memory=qdrant.Memory.Cold)
    return qdrant.EdgeConfig(
        vectors=dense,
        sparse_vectors=dict.fromkeys(SPARSE, words),
        optimizers=_OPTIMIZERS[to_pack],
        wal_enabled=True,
    )


def _index_payload(shard: qdrant.EdgeShard) -> None:
    keyword = qdrant.KeywordIndexParams(enable_hnsw=False)
    number = qdrant.IntegerIndexParams(lookup=True, range=False, enable_hnsw=False)
    present = shard.info().payload_schema
    for name, kind in (
        ("language", keyword),
        ("kind", keyword),
        ("point", keyword),
        ("file", number),
    ):
        if name not in present:
            shard.update(qdrant.UpdateOperation.create_field_index(name, kind))
