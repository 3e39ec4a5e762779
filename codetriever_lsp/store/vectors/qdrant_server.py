"""The vector index on a Qdrant server, through `qdrant-client`: for a team that outgrows one
machine.

One collection per store. Its name carries a random id of the cache directory, so that two users of
a server whose folders have the same path do not sweep each other's points. The manifest stays on
this machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation, cache_id
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

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

    from codetriever_lsp.store.vectors.compaction import Compaction

__all__ = ["QdrantFactory", "QdrantVectors"]

_SCROLL = 5_000
_TIMEOUT_S = 30


class QdrantVectors:
    """`Vectors` over one collection; opened by `QdrantFactory`."""

    remote = True

    def __init__(self, client: QdrantClient, collection: str, dimension: int | None) -> None:
        self._client = client
        self._collection = collection
        self._dimension = dimension

    def upsert(self, points: Sequence[VectorPoint]) -> None:
        if not points:
            return
        check_points(points, self._dimension)
        with _guard("writing to"):
            self._client.upsert(self._collection, [_point(point) for point in points], wait=True)

    def delete(self, ids: Sequence[int]) -> None:
        if ids:
            from qdrant_client import models

            with _guard("deleting from"):
                self._client.delete(
                    self._collection, models.PointIdsList(points=list(ids)), wait=True
                )

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        check_queries(queries, self._dimension)
        narrowed = where if where is not None and where.narrows else None
        found: list[list[tuple[int, float]]] = [[] for _ in queries]
        asked = [
            place
            for place, query in enumerate(queries)
            if not (isinstance(query.vector, tuple) and not query.vector[0])
        ]
        if not asked or (narrowed is not None and narrowed.files == ()):
            return found
        with _guard("searching"):
            requests = _requests([queries[place] for place in asked], narrowed)
            answers = self._client.query_batch_points(self._collection, requests)
            for place, answer in zip(asked, answers, strict=True):
                found[place] = [(cast("int", hit.id), hit.score) for hit in answer.points]
        return found

    def count(self) -> int:
        with _guard("counting"):
            return self._client.count(self._collection, exact=True).count

    def ids(self) -> Iterator[int]:
        offset: Any = None
        while True:
            with _guard("reading"):
                records, offset = self._client.scroll(
                    self._collection,
                    limit=_SCROLL,
                    offset=offset,
                    with_payload=False,
                    with_vectors=False,
                )
            yield from (cast("int", record.id) for record in records)
            if offset is None:
                return

    def flush(self) -> None:
        """Nothing to do: the server acknowledges what it has written to its log."""

    def close(self) -> None:
        """Nothing to do: the client belongs to the factory."""

    def to_pack(self, *, busy: bool = False) -> ToPack:  # noqa: ARG002
        """Nothing: the server tidies up by itself."""
        return ""

    def compaction(self, what: ToPack) -> Compaction:
        raise StoreError(f"the server tidies up {what} by itself")

    def follow(self, compaction: Compaction, few: int = FEW) -> Generator[None]:  # noqa: ARG002
        raise StoreError(f"the server tidies up by itself, not {compaction.copied}")

    def take(self, compaction: Compaction) -> Generator[None]:
        return self.follow(compaction)

    def size_bytes(self) -> int:
        return 0


class QdrantFactory:
    """Opens collections on one server; the connection is made at the first use and kept until
    `close`.
    """

    def __init__(
        self, url: str, api_key: str = "", client: Callable[[], QdrantClient] | None = None
    ) -> None:
        self._url = url
        self._make = client or (lambda: _connect(url, api_key))
        self._client: QdrantClient | None = None

    def open(self, location: StoreLocation, dimension: int | None) -> QdrantVectors:
        name = collection(location)
        with _guard(f"opening (on {self._url})"):
            client = self._connected()
            if not client.collection_exists(name):
                _create(client, name, dimension)
            dense = client.get_collection(name).config.params.vectors
        found = (
            dense["dense"].size
            if isinstance(dense, dict) and dense.keys() == set(DENSE.values())
            else None
        )
        if found != dimension:
            raise StoreCorrupt(
                f"the collection {name} has vectors of {found} numbers where {dimension} are needed"
            )
        return QdrantVectors(client, name, dimension)

    def discard(self, location: StoreLocation) -> None:
        with _guard("deleting"):
            self._connected().delete_collection(collection(location))

    def close(self) -> None:
        """End the connection; the next `open` makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()

    def _connected(self) -> QdrantClient:
        if self._client is None:
            self._client = self._make()
        return self._client


def collection(location: StoreLocation) -> str:
    """The name of a store's collection."""
    return f"codetriever-{cache_id(location.cache_dir)}-{location.key}"


def _connect(url: str, api_key: str) -> QdrantClient:
    from qdrant_client import QdrantClient  # about a second to import: only who uses a server pays

    return QdrantClient(
        url=url, api_key=api_key or None, timeout=_TIMEOUT_S, check_compatibility=False
    )


def _create(client: QdrantClient, name: str, dimension: int | None) -> None:
    from qdrant_client import models

    params = (
        None
        if dimension is None
        else models.VectorParams(size=dimension, distance=models.Distance.COSINE)
    )
    dense = dict.fromkeys(DENSE.values(), params) if params else {}
    sparse = {space: models.SparseVectorParams(modifier=models.Modifier.IDF) for space in SPARSE}
    client.create_collection(name, vectors_config=dense, sparse_vectors_config=sparse)
    keyword = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, enable_hnsw=False)
    number = models.IntegerIndexParams(
        type=models.IntegerIndexType.INTEGER, lookup=True, range=False, enable_hnsw=False
    )
    for field, schema in (
        ("language", keyword),
        ("kind", keyword),
        ("point", keyword),
        ("file", number),
    ):
        client.create_payload_index(name, field, schema)


def _point(point: VectorPoint) -> models.PointStruct:
    from qdrant_client import models

    vector: dict[str, Any] = {}
    for name, sparse in point.sparse.items():
        if sparse.indices:
            indices, values = sparse.lists()
            vector[name] = models.SparseVector(indices=indices, values=values)
    if point.dense is not None:
        vector[DENSE[point.point]] = point.dense.tolist()
    payload = {"language": point.language, "file": point.file, "point": point.point}
    return models.PointStruct(
        id=point.id,
        vector=vector,
        payload={**payload, "kind": point.kind} if point.kind else payload,
    )


def _requests(
    queries: Sequence[VectorQuery], where: VectorFilter | None
) -> list[models.QueryRequest]:
    from qdrant_client import models

    condition = None if where is None else _filter(where)
    params = None if condition is None else models.SearchParams(exact=True)
    return [
        models.QueryRequest(
            query=models.SparseVector(indices=query.vector[0], values=query.vector[1])
            if isinstance(query.vector, tuple)
            else query.vector.tolist(),
            using=query.using,
            limit=query.limit,
            filter=condition,
            params=params,
            with_payload=False,
        )
        for query in queries
    ]


def _filter(where: VectorFilter) -> models.Filter:
    from qdrant_client import models

    must: list[models.Condition] = []
    if where.languages:
        must.append(
            models.FieldCondition(key="language", match=models.MatchAny(any=list(where.languages)))
        )
    if where.files is not None:
        must.append(models.FieldCondition(key="file", match=models.MatchAny(any=list(where.files))))
    if where.kinds:
        of_kind = models.FieldCondition(key="kind", match=models.MatchAny(any=list(where.kinds)))
        is_file = models.FieldCondition(key="point", match=models.MatchValue(value="file"))
        must.append(models.Filter(should=[of_kind, is_file]))
    return models.Filter(must=must)


@contextlib.contextmanager
def _guard(doing: str) -> Iterator[None]:
    try:
        yield
    except CodetrieverError:
        raise
    except Exception as error:
        raise StoreError(
            f"{doing} the Qdrant server failed: {str(error)[:300]}. Check the settings qdrantUrl and qdrantApiKey, "
            "or leave qdrantUrl empty to keep the index on this machine."
        ) from error
