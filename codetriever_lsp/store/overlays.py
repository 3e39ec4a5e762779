"""Open buffers: points and rows that belong to one client and are never part of the index.

Their points carry the owner's ids, so that they never meet those of the index; their rows live in
memory only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.store.commit import delete_points, file_points, point_mark, upsert_points
from codetriever_lsp.store.records import Prepared, is_owned
from codetriever_lsp.store.sql.rows import ChunkRow
from codetriever_lsp.store.vectors.interface import Vectors

__all__ = ["Overlays"]


class Overlays:
    """The buffers of all owners of one store. Calls must not overlap (the store serialises
    them).
    """

    def __init__(self, vectors: Vectors, dimension: int | None) -> None:
        self._vectors = vectors
        self._dimension = dimension
        self._marks: dict[tuple[int, str], dict[int, bytes]] = {}
        self._prepared: dict[tuple[int, str], Prepared] = {}

    async def put(self, owner: int, item: Prepared) -> None:
        """Show `item` to `owner` instead of what the index has under its path."""
        if owner == 0 or not all(is_owned(chunk.id) for chunk in item.file.chunks):
            raise BadRequest("an overlay needs an owner, and chunk ids made with it")
        key = (owner, item.file.path)
        had = self._marks.get(key, {})
        points = file_points(item, self._dimension, owner)
        marks = {point.id: point_mark(point) for point in points}
        self._marks[key] = {**had, **marks}  # whatever happens below, a later drop knows all ids
        await upsert_points(
            self._vectors, [point for point in points if had.get(point.id) != marks[point.id]]
        )
        self._prepared[key] = item
        await delete_points(self._vectors, had.keys() - marks.keys())
        self._marks[key] = marks

    async def drop(self, owner: int, path: str) -> None:
        """Forget the buffer; nothing happens if there is none."""
        self._prepared.pop((owner, path), None)
        await delete_points(self._vectors, self._marks.get((owner, path), {}))
        self._marks.pop((owner, path), None)

    async def drop_owner(self, owner: int) -> None:
        for path in [path for holder, path in self._marks if holder == owner]:
            await self.drop(owner, path)

    async def drop_all(self) -> None:
        for owner, path in list(self._marks):
            await self.drop(owner, path)

    def prepared(self, owner: int) -> dict[str, Prepared]:
        """The owner's buffers by path."""
        return {path: item for (holder, path), item in self._prepared.items() if holder == owner}

    def chunks(self, owner: int, ids: Collection[int]) -> Iterator[ChunkRow]:
        """Those of `ids` that are chunks of the owner's buffers."""
        wanted = {chunk for chunk in ids if is_owned(chunk)}
        for path, item in self.prepared(owner).items() if wanted and owner else ():
            for chunk in item.file.chunks:
                if chunk.id in wanted:
                    labels = (
                        chunk.span,
                        chunk.shape,
                        chunk.kind,
                        chunk.name,
                        chunk.container,
                        chunk.symbol,
                        chunk.text,
                    )
                    yield ChunkRow(chunk.id, path, item.file.language, chunk.ordinal, *labels)
