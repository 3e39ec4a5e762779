"""The open index of one workspace folder: what the layers above read from and commit to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from codetriever_lsp.errors import CodetrieverError, NotReady, StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation, tree_bytes
from codetriever_lsp.store.commit import Batch, Change, batches, call, clear_journal, commit, settle
from codetriever_lsp.store.durability.checksums import doubt, seal
from codetriever_lsp.store.durability.completeness import Built, mark_whole
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.durability.recovery import Opened, compare, open_locked, open_sound
from codetriever_lsp.store.history import History
from codetriever_lsp.store.overlays import Overlays
from codetriever_lsp.store.records import FileStamp, Prepared, file_id, is_owned
from codetriever_lsp.store.sql.chunk_cache import Heads
from codetriever_lsp.store.sql.rows import (
    ChunkHead,
    ChunkRow,
    Counts,
    FileRow,
    SymbolMark,
    SymbolName,
    SymbolRow,
    file_row,
)
from codetriever_lsp.store.vectors.compaction_scheduler import Packer
from codetriever_lsp.store.vectors.interface import VectorFilter, VectorQuery, VectorsFactory

__all__ = ["Store"]

log = logging.getLogger(__name__)
T = TypeVar("T")

FLUSH_POINTS = 5_000
"""A flush holds everything up for 30 to 150 ms, so it is left to idle moments; this bounds what is
replayed after a crash, at 12,000 points a second."""


class Store:
    """One folder's index. Reads may overlap with anything; commits and overlays come one after the
    other.

    Any call may raise StoreCorrupt: close the store and open it again, which builds anew what
    cannot be used. StoreError means that the environment fails (disk full, no rights): what is
    indexed still answers.
    """

    def __init__(self, lock: StoreLock, opened: Opened) -> None:
        """Not for callers: use `open`."""
        self.location = opened.location
        self.recovery = opened.recovery
        self.read_only = False
        self._file_lock = lock
        self._manifest = opened.manifest
        self._vectors = opened.vectors
        self._history = History(opened.generation)
        self._heads = Heads(opened.manifest, self._history)
        self._dimension = opened.built.dimension
        self._built, self._whole = opened.built, opened.whole
        self._serial = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._overlays = Overlays(opened.vectors, opened.built.dimension)
        self._packer = Packer(opened.vectors, self._alone, self._flush)
        self._uncompared = None if opened.sound else opened
        self._files = opened.files
        self._listed: list[FileRow] | None = None
        self._counts: Counts | None = None
        self._unflushed = 0 if opened.sound else 1
        self._unsettled: Change | None = None
        self._doubt = ""
        self._closed = False

    @classmethod
    async def open(
        cls,
        location: StoreLocation,
        *,
        fingerprint: str,
        dimension: int | None,
        vectors: VectorsFactory,
        read_only: bool = False,
        later: bool = False,
    ) -> Store:
        """Open or create the store; `fingerprint` names model and rules, `dimension` is None
        without a model.

        Whatever was left by a crash is mended, and what cannot be used is emptied, to be indexed
        again; see `recovery`. With `later` most of that is left to `verify`, so that it can be read
        sooner.

        Raises StoreLocked, StoreTooNew (nothing touched) or StoreError.
        """
        await asyncio.to_thread(location.create)
        store = await open_locked(
            location,
            lambda: open_sound(location, Built(fingerprint, dimension), vectors, later=later),
            cls,
        )
        store.read_only = read_only
        return store

    async def verify(self) -> None:
        """Mend what a crash left, if that is still to be done: nothing is written before. Raises
        StoreCorrupt if it cannot.
        """
        if self._uncompared is not None:
            await self._alone(self._prove)

    @property
    def generation(self) -> int:
        """Grows with each commit that changes something; 0 before the first."""
        return self._history.generation

    @property
    def whole(self) -> bool:
        """Whether every file of the folder was in it once: see `mark_whole`."""
        return self._whole

    @property
    def by_meaning(self) -> bool:
        """Whether it can be asked with the vector of a query."""
        return self._dimension is not None

    @property
    def path(self) -> Path:
        return self.location.path

    @property
    def present(self) -> bool:
        """Whether the store's files are still there; where not, close it and open it again."""
        return self.location.manifest.exists()

    async def commit(
        self,
        prepared: Sequence[Prepared],
        removed: Collection[str] = (),
        touched: Mapping[str, FileStamp] | None = None,
    ) -> int:
        """Replace these files, forget the `removed` paths, renew the stamps of `touched` ones;
        gives the generation after it.

        Each file changes as a whole. When it fails nothing is lost that was there before, and it
        may be tried again. Raises BadRequest or ModelError for input that cannot be stored (nothing
        of that batch is), StoreError or StoreCorrupt.
        """
        if self.read_only:
            raise StoreError(f"the index in {self.path} was opened for reading only")
        for batch in batches(prepared, removed, touched or {}):
            await self._alone(self._commit, batch)
        return self.generation

    async def mark_whole(self) -> None:
        """Every file of the folder has been committed: from now on the store may answer in the
        place of a later one.
        """
        if not self._whole:
            await self._alone(self._mark_whole)

    async def put_overlay(self, owner: int, prepared: Prepared) -> None:
        """Add a buffer's points under the owner's ids (`owner` is not 0; chunk ids made with
        it).
        """
        await self._alone(self._overlays.put, owner, prepared)

    async def drop_overlay(self, owner: int, path: str) -> None:
        await self._alone(self._overlays.drop, owner, path)

    async def drop_owner(self, owner: int) -> None:
        """Drop all buffers of the owner."""
        await self._alone(self._overlays.drop_owner, owner)

    def overlays(self, owner: int) -> dict[str, Prepared]:
        """The owner's buffers by path."""
        return self._overlays.prepared(owner)

    async def stamps(self) -> dict[str, FileStamp]:
        """What each file was when it was indexed; verified."""
        await self.verify()
        with self._doubting():
            return await self._manifest.stamps()

    async def files(self) -> list[FileRow]:
        """All files, by path. The list is shared and must not be changed."""
        if self._listed is None:
            self._listed = sorted(self._files.values(), key=lambda row: row.path)
        return self._listed

    @property
    def files_by_id(self) -> Mapping[int, FileRow]:
        """All files as they are now: it follows the commits."""
        return self._files

    @property
    def damaged(self) -> bool:
        """Whether the store should be closed and opened again, which builds anew what cannot be
        used.
        """
        return bool(self._doubt) or not self.present

    @property
    def file_count(self) -> int:
        return len(self._files)

    def file(self, path: str) -> FileRow | None:
        return self._files.get(file_id(path))

    def changes(self, since: int) -> frozenset[str] | None:
        """The paths whose rows changed after generation `since`; None if that is too long ago to
        know.
        """
        return self._history.since(since)

    async def chunks(self, ids: Collection[int], owner: int = 0) -> dict[int, ChunkRow]:
        """The chunks with these ids, those of the owner's buffers among them; unknown ids are
        missing.
        """
        with self._doubting():
            found = await self._manifest.chunks([chunk for chunk in ids if not is_owned(chunk)])
        found.update((row.id, row) for row in self._overlays.chunks(owner, ids))
        return found

    async def chunk_heads(self, ids: Collection[int]) -> dict[int, ChunkHead]:
        """What ranking needs of the chunks with these ids; unknown ids, and those of buffers, are
        missing.
        """
        with self._doubting():
            return await self._heads.get(ids)

    async def chunk_texts(self, ids: Collection[int]) -> dict[int, str]:
        """The texts of the chunks with these ids; unknown ids, and those of buffers, are
        missing.
        """
        with self._doubting():
            return await self._manifest.chunk_texts(ids)

    async def file_chunks(self, path: str) -> list[ChunkRow]:
        """In the order of the file; [] if it is unknown."""
        with self._doubting():
            return await self._manifest.file_chunks(path)

    async def file_symbols(self, path: str) -> list[SymbolRow]:
        """In document order; [] if the file is unknown."""
        with self._doubting():
            return await self._manifest.file_symbols(path)

    async def chunk_symbols(self, ids: Collection[int]) -> dict[int, list[SymbolRow]]:
        """For each of these chunks the definition that is or is a part of, and those named in it,
        in document order.
        """
        with self._doubting():
            return await self._manifest.chunk_symbols(ids)

    async def symbol_names(self, paths: Collection[str] | None = None) -> list[SymbolName]:
        """The names of all definitions, or of those in `paths` (see `changes`)."""
        with self._doubting():
            return await self._manifest.symbol_names(paths)

    async def names_after(self, row: int, count: int) -> list[SymbolName]:
        """The first `count` names with a row id above `row`: for all names, a part at a time."""
        with self._doubting():
            return await self._manifest.names_after(row, count)

    async def symbol_marks(self, *, settled: bool = False) -> dict[str, SymbolMark]:
        """By path, of each file that has definitions, what they were read from.

        `settled` between two commits, so that `changes` tells what became of them after a
        generation.
        """
        if settled:
            return await self._alone(self._manifest.symbol_marks)
        with self._doubting():
            return await self._manifest.symbol_marks()

    async def symbols(self, rowids: Collection[int]) -> dict[int, SymbolRow]:
        """The definitions with these row ids; those that are gone are missing."""
        with self._doubting():
            return await self._manifest.symbols(rowids)

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        """For each query its (id, score) pairs, best first. Waits for a server: the event loop
        calls `search`.
        """
        with self._doubting():
            return self._vectors.query(queries, where)

    async def search(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        """As `query`, without holding up the event loop for longer than the engine in this process
        takes: a few ms.
        """
        return await call(self._vectors, self.query, queries, where)

    async def counts(self) -> Counts:
        self._counts = self._counts or Counts.of(self._files.values())
        return self._counts

    async def flush(self) -> None:
        """Bring everything to the disk for good (30 to 130 ms). For idle moments; a killed process
        loses nothing without it.
        """
        if self._unflushed or self._unsettled is not None:
            await self._alone(self._flush)

    async def compact(self, *, busy: bool = False) -> bool:
        """Pack the vector index, where that pays; False if it does not, or if it is given up.
        Raises StoreCorrupt.

        Another process works on it for 5 s (63,000 points). Meanwhile everything goes on, but for
        the exchange at the end, for which searches wait, 0.3 s. Its files are copied at first: who
        wants to write ends that, or waits for it if `busy`.
        """
        return not self._closed and not self.read_only and await self._packer.run(busy=busy)

    async def size_bytes(self) -> int:
        return await asyncio.to_thread(tree_bytes, self.path)

    async def dump(self) -> dict[str, Any]:
        """All content that follows from the files alone, to compare two stores: no row ids, times
        or generations.
        """
        with self._doubting():
            content = await self._manifest.dump()
            points = await call(
                self._vectors,
                lambda: sorted(point for point in self._vectors.ids() if not is_owned(point)),
            )
        return {**content, "points": points}

    async def close(self) -> None:
        """Finish what is running, bring everything to the disk, seal and unlock. May be called
        twice.
        """
        if self._closed:
            return
        self._packer.stop()
        async with self._serial:
            self._closed = True
            try:
                await self._shut_down()
            finally:
                self._file_lock.release()

    async def _shut_down(self) -> None:
        sound = not self._doubt and self.present
        try:
            if sound:
                await self._prove()
                await self._overlays.drop_all()
                await self._flush()
            self._vectors.close()
            await self._manifest.close()
        except CodetrieverError as error:
            log.warning("closing the index of %s: %s", self.location.root, error)
            sound = False
            with contextlib.suppress(CodetrieverError):
                await self._manifest.close()
        if sound and self.present:
            with contextlib.suppress(
                OSError, StoreError
            ):  # without a seal the next open only looks closer
                await asyncio.to_thread(seal, self.location)

    async def _prove(self) -> None:
        """Before the first thing that is written."""
        if self._uncompared is not None:
            self.recovery, dropped = await compare(self._uncompared)
            self._uncompared = None
            if paths := frozenset(
                self._files.pop(ident).path for ident in dropped if ident in self._files
            ):
                self._changed(paths)

    async def _commit(self, batch: Batch) -> None:
        if not self.present:
            raise StoreCorrupt(f"the files of the index in {self.path} are gone")
        changed = {item.file.path for item in batch.prepared} | {
            path for path in batch.removed if file_id(path) in self._files
        }
        if not changed and not batch.touched and self.generation:
            return
        generation = self.generation + (1 if changed or not self.generation else 0)
        await self._settle()
        change = await commit(self._manifest, self._vectors, batch, generation, self._dimension)
        self._unsettled = change
        self._applied(change, batch, generation, frozenset(changed))
        self._unflushed += len(change.new) + len(change.replaced) + len(change.stale)
        await self._settle()
        if self._unflushed >= FLUSH_POINTS:
            await self._flush()

    async def _mark_whole(self) -> None:
        await asyncio.to_thread(mark_whole, self.location, self._built)
        self._whole = True

    async def _settle(self) -> None:
        """Bring the points in line with the last commit; what failed then is done before the
        next.
        """
        if self._unsettled is not None:
            await settle(self._vectors, self._unsettled)
            self._unsettled = None

    def _applied(
        self, change: Change, batch: Batch, generation: int, changed: frozenset[str]
    ) -> None:
        for path in batch.removed:
            self._files.pop(file_id(path), None)
        self._files.update((row.id, row) for row in map(file_row, change.prepared))
        if generation != self.generation:
            self._changed(changed)

    def _changed(self, paths: frozenset[str]) -> None:
        """These are not what they were in the generation before this one."""
        self._listed = self._counts = None
        self._history.add(paths)

    async def _flush(self) -> None:
        await self._settle()
        await call(self._vectors, self._vectors.flush)
        await clear_journal(self._manifest)
        self._unflushed = 0

    async def _alone(self, action: Callable[..., Coroutine[Any, Any, T]], *args: object) -> T:
        """Run `action` when no other runs, and to its end even if the caller is cancelled."""
        self._packer.give_way()

        async def run() -> T:
            async with self._serial:
                with self._doubting():
                    await self._prove()
                    return await action(*args)

        task = asyncio.create_task(run())
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked may have left; then nobody else takes it

    @contextlib.contextmanager
    def _doubting(self) -> Iterator[None]:
        """Remember damage that shows while the store is in use, so that the next open deals with
        it.
        """
        self._require_open()
        try:
            yield
        except StoreCorrupt as error:
            if not self._doubt and self.present:
                self._doubt = str(error)
                doubt(self.location, self._doubt)
            raise

    def _require_open(self) -> None:
        if self._closed:
            raise NotReady("the index of this folder is closed")
