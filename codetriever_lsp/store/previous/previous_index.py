"""A whole index of other rules or another model, which answers until the new one of the same folder
is whole.

Nothing is written to it. What it says of a file is exact as long as the file is what it was when it
was indexed, and that is looked at whenever it answers: a file that changed, went, or is not to be
indexed any more is left out from then on. In its stead the new index's rows and points are shown,
as an open buffer is, once it has them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice

from codetriever_lsp.errors import StoreError
from codetriever_lsp.store.cache_layout import StoreLocation, tree_bytes
from codetriever_lsp.store.durability.completeness import Built, built_whole, unmark
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.durability.recovery import Opened, open_as_built, open_locked
from codetriever_lsp.store.overlays import Overlays
from codetriever_lsp.store.records import FileStamp, Prepared, file_id, owned_by
from codetriever_lsp.store.sql.rows import ChunkHead, ChunkRow, SymbolName, SymbolRow
from codetriever_lsp.store.sql.schema import refuse_newer
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.interface import DENSE, VectorFilter, VectorQuery, VectorsFactory

__all__ = ["NEW_INDEX", "Compare", "StandIn", "retire"]

log = logging.getLogger(__name__)

NEW_INDEX = -1
"""Owner of what is shown from the new index; clients have positive numbers."""

MOST_SHOWN = 200
"""Files shown from the new index: their rows are held in memory. Of more, the rest is left out
until the new index is whole."""

_CHECKED_AT_ONCE = 500

Compare = Callable[[Mapping[str, FileStamp]], Collection[str]]
"""Those of some files whose content is not what it was when they were stamped."""


class StandIn(Store):
    """Opened by `find`. Reads may raise what those of `Store` raise."""

    def __init__(self, lock: StoreLock, opened: Opened, model: str, compare: Compare) -> None:
        """Not for callers: use `find`."""
        super().__init__(lock, opened)
        self.read_only = True
        self._compare = compare
        self._stamps: dict[str, FileStamp] = {}
        if not opened.built.fingerprint.startswith(f"{model}/"):
            self._dimension = None
            self._overlays = Overlays(opened.vectors, None)

    @classmethod
    async def find(
        cls, location: StoreLocation, model: str, vectors: VectorsFactory, compare: Compare
    ) -> StandIn | None:
        """The newest whole store of the folder of `location` that can be read as it is; None if
        there is none.

        `model` is the fingerprint of the model by which queries are embedded: an index of another
        one is asked by words alone. `compare` runs in a thread.
        """
        for old in await asyncio.to_thread(location.siblings):
            built = built_whole(old)
            try:
                if built is not None:
                    return await _open_as_built(old, built, vectors, model, compare)
            except StoreError as error:
                log.info("the index in %s does not stand in: %s", old.path, error)
        return None

    async def load(self) -> None:
        """Learn what its files were: the last step of opening."""
        self._stamps = await self.stamps()

    @property
    def shown(self) -> Collection[str]:
        """The files that are shown from the new index."""
        return self._overlays.prepared(NEW_INDEX).keys()

    async def check(self, paths: Collection[str] | None = None) -> frozenset[str]:
        """Leave out from now on what of these files (None: all) is not what it was; gives those."""
        asked = (
            self._stamps.copy()
            if paths is None
            else {path: self._stamps[path] for path in paths if path in self._stamps}
        )
        changed: set[str] = set()
        for part in _parts(asked):
            found = await asyncio.to_thread(self._compare, part)
            self.leave_out(found)
            changed.update(found)
        return frozenset(changed)

    def leave_out(self, paths: Collection[str]) -> None:
        """Say nothing of these files any more. Searches that are under way start over."""
        gone = [path for path in paths if self._stamps.pop(path, None) is not None]
        if gone:
            for path in gone:
                self._files.pop(file_id(path), None)
            self._changed(frozenset(gone))

    async def follow(self, prepared: Sequence[Prepared], removed: Collection[str]) -> None:
        """The new index holds these files now, and these no more."""
        changed = [item for item in prepared if not self._has(item)]
        self.leave_out({*removed, *(item.file.path for item in changed)})
        for path in removed:
            await self.drop_overlay(NEW_INDEX, path)
        for item in changed:
            if len(self.shown) < MOST_SHOWN or item.file.path in self.shown:
                await self.put_overlay(NEW_INDEX, owned_by(item, NEW_INDEX))

    def _has(self, item: Prepared) -> bool:
        stamp = self._stamps.get(item.file.path)
        return stamp is not None and stamp.digest == item.file.digest

    async def _standing(self, paths: Collection[str]) -> Mapping[str, FileStamp]:
        """All files that may be spoken of, these being looked at now."""
        await self.check(paths)
        return self._stamps

    async def chunks(self, ids: Collection[int], owner: int = 0) -> dict[int, ChunkRow]:
        rows = await super().chunks(ids, owner)
        standing = await self._standing({row.path for row in rows.values()})
        return {ident: row for ident, row in rows.items() if row.path in standing}

    async def chunk_heads(self, ids: Collection[int]) -> dict[int, ChunkHead]:
        heads = await super().chunk_heads(ids)
        return {ident: head for ident, head in heads.items() if head.file in self._files}

    async def file_chunks(self, path: str) -> list[ChunkRow]:
        rows = await super().file_chunks(path)
        return rows if path in await self._standing([path]) else []

    async def file_symbols(self, path: str) -> list[SymbolRow]:
        rows = await super().file_symbols(path)
        return rows if path in await self._standing([path]) else []

    async def symbols(self, rowids: Collection[int]) -> dict[int, SymbolRow]:
        rows = await super().symbols(rowids)
        standing = await self._standing({row.path for row in rows.values()})
        return {ident: row for ident, row in rows.items() if row.path in standing}

    async def symbol_names(self, paths: Collection[str] | None = None) -> list[SymbolName]:
        return [row for row in await super().symbol_names(paths) if row[4] in self._stamps]

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        """As `Store.query`; what asks by meaning finds nothing where the vectors are of another
        model.
        """
        if self.by_meaning:
            return super().query(queries, where)
        by_words = [query for query in queries if query.using not in DENSE.values()]
        found = iter(super().query(by_words, where) if by_words else ())
        return [[] if query.using in DENSE.values() else next(found) for query in queries]


def retire(location: StoreLocation, vectors: VectorsFactory) -> int:
    """Delete a store and give the bytes that it took. One that is open, or that a newer version
    wrote, stays.
    """
    lock = StoreLock(location.path)
    size = tree_bytes(location.path)
    try:
        lock.acquire()
        try:
            refuse_newer(location.manifest)
            unmark(location)
            vectors.discard(location)
        finally:
            lock.release()
    except (StoreError, OSError) as error:
        log.info("the index in %s stays: %s", location.path, error)
        return 0
    location.remove()
    return size


async def _open_as_built(
    location: StoreLocation, built: Built, vectors: VectorsFactory, model: str, compare: Compare
) -> StandIn:
    standin = await open_locked(
        location,
        lambda: open_as_built(location, built, vectors),
        lambda lock, opened: StandIn(lock, opened, model, compare),
    )
    try:
        await standin.load()
    except BaseException:
        await standin.close()
        raise
    return standin


def _parts(stamps: Mapping[str, FileStamp]) -> Iterator[dict[str, FileStamp]]:
    rest = iter(stamps.items())
    while part := dict(islice(rest, _CHECKED_AT_ONCE)):
        yield part
