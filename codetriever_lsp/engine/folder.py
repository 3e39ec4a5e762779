"""One workspace folder, open: its index, what keeps the index equal to the files, and what a search reads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from codetriever_lsp.engine.remembered import bounded, recall, remember
from codetriever_lsp.engine.shared import Shared
from codetriever_lsp.errors import CodetrieverError, NotReady, StoreCorrupt
from codetriever_lsp.index.buffers import Buffers
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.model import FolderStatus, IndexState, State
from codetriever_lsp.search.definitions import Definitions
from codetriever_lsp.search.folder_names import FolderNames, merged
from codetriever_lsp.search.names import Entry
from codetriever_lsp.search.source import OpenBuffer, Source
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import Prepared
from codetriever_lsp.store.rows import SymbolName
from codetriever_lsp.store.store import Store
from codetriever_lsp.workspace.watcher import Watcher

__all__ = ["Folder", "Listener"]

log = logging.getLogger(__name__)

SWEEP_S = 300.0
"""Between two walks that nobody asked for: they find what no event has told of."""

MEND_S = 60.0
"""An index that is damaged again so soon is not built anew once more."""

_NAMES_AT_ONCE = 5_000

Listener = Callable[["Folder", int, int, bool], None]
"""Told of the progress of a folder: files done, files in all, whether this run of work is over."""


class Folder:
    """Use `open`; `close` leaves nothing running. A damaged index is built anew, at most once a minute."""

    def __init__(self, root: Path, settings: IndexSettings, shared: Shared, listener: Listener) -> None:
        self.root = root
        self.settings = settings
        self._shared = shared
        self._listener = listener
        self._opened = asyncio.Lock()
        self._naming = asyncio.Lock()
        self._merging: asyncio.Task[None] | None = None
        self._mended = 0.0
        self._from_buffers = 0
        self._texts: dict[tuple[int, str], str] = {}
        self._shown: dict[tuple[int, str], tuple[Prepared, OpenBuffer]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    @classmethod
    async def open(cls, root: Path, settings: IndexSettings | None, shared: Shared, listener: Listener) -> Folder:
        """Open or create the index of `root` and begin to compare it with the files.

        Without `settings` those of the last opening hold. Raises StoreError, and BadRequest for settings that make no sense.
        """
        before = await asyncio.to_thread(recall, shared.location(root))
        folder = cls(root, bounded(settings or before, shared.settings), shared, listener)
        await folder._open_all(before)
        return folder

    async def _open_all(self, before: IndexSettings) -> None:
        """`before` are the settings that the index was made with."""
        shared = self._shared
        self.store = await Store.open(
            shared.location(self.root),
            fingerprint=shared.fingerprint,
            dimension=shared.model.dimension or None,
            vectors=shared.vectors,
        )
        self.names, self._named = FolderNames(), -1
        self.indexer = Indexer(self.root, self.store, shared.pool, self.settings, progress=self._progress)
        self.buffers = Buffers(self.store, shared.pool, self.settings, self.indexer.rules, embedded=self._embedded)
        for (owner, path), text in self._texts.items():
            self.buffers.put(owner, path, text)
        self.watcher = Watcher(self.root, shared.settings.watcher, self.indexer.rules)
        await self.indexer.start()
        # A language that was switched on or off concerns files that have not changed.
        self.indexer.mark_all(full=before.languages_off != self.settings.languages_off)
        await asyncio.to_thread(remember, self.store.location, self.settings)
        self._tasks = [
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._sweep()),
            asyncio.create_task(self._prepare()),
        ]

    async def source(self, owner: int) -> Source:
        """The folder as the client `owner` sees it. Waits while the index is being opened anew."""
        if self._opened.locked():
            async with self._opened:
                pass
        await self._refresh_names()
        return Source(self.root, self.store, self.names, self._open_buffers(owner))

    async def sync(self) -> int:
        """Everything that changed on disk or in open buffers before this call is searchable; gives the generation."""
        while True:
            indexer = self.indexer
            try:
                generation = await indexer.sync(reconcile=True)
                await self.buffers.sync()
            except StoreCorrupt as error:
                await self.mend(error)
                generation = await self.indexer.sync(reconcile=True)
            except NotReady:
                async with self._opened:
                    if self._closed or indexer is self.indexer:
                        raise
                continue  # the index was opened anew meanwhile
            return generation

    def leave(self, owner: int) -> None:
        """A client has the folder open no more."""
        self.buffers.drop_owner(owner)
        for key in [key for key in self._shown if key[0] == owner]:
            del self._shown[key]

    async def configure(self, settings: IndexSettings | None) -> None:
        """Index by other settings from now on; None changes nothing. Raises BadRequest for settings that make no sense."""
        before = self.settings
        settings = before if settings is None else bounded(settings, self._shared.settings)
        if settings == before:
            return
        async with self._opened:
            if self._closed:
                raise NotReady(f"the folder {self.root} was closed")
            await self._close_all()
            self.settings = settings
            await self._open_all(before)

    async def clear(self) -> int:
        """Delete the index, and begin a new one; gives the bytes freed."""
        async with self._opened:
            await self._close_all()
            location = self.store.location
            freed = await asyncio.to_thread(lambda: location.remove() + sum(old.remove() for old in location.siblings()))
            await self._open_all(self.settings)
        return freed

    async def mend(self, error: StoreCorrupt) -> None:
        """Build the index anew if it is damaged. Raises `error` when that was done a moment ago: it would not help."""
        async with self._opened:
            if not self.store.damaged or self._closed:
                return
            if self._mended and time.monotonic() - self._mended < MEND_S:
                raise error
            log.warning("the index of %s is built anew: %s", self.root, error)
            self._mended = time.monotonic()
            await self._close_all()
            await self._open_all(self.settings)

    async def close(self) -> None:
        """Stop everything; what is not indexed yet will be found at the next opening."""
        async with self._opened:
            if not self._closed:
                self._closed = True
                await self._close_all()

    def state(self) -> IndexState:
        """What a client should know before it believes an answer."""
        files, message = self.store.file_count, self.problem()
        state: State
        if self.indexer.busy:
            state = "indexing"
        elif message:
            state = "degraded"
        else:
            state = "ready" if files else "empty"
        return IndexState(state, self.store.generation, files, self.indexer.pending, message)

    def problem(self) -> str:
        """Why the folder is not all that it could be, "" if it is."""
        return self.indexer.last_error or self.watcher.problem or self._shared.problem or self._shared.query.problem

    async def status(self) -> FolderStatus:
        counts = await self.store.counts()
        model, state = self._shared.model, self.state()
        return FolderStatus(
            folder=str(self.root),
            state=state.state,
            files=counts.files,
            chunks=counts.chunks,
            symbols=counts.symbols,
            pending=state.pending,
            languages=counts.languages,
            skipped=self.indexer.skipped,
            model={"name": model.name, "dimension": model.dimension, "source": model.source, "fingerprint": model.fingerprint},
            store_path=str(self.store.path),
            store_bytes=await self.store.size_bytes(),
            generation=state.generation,
            watcher=self.watcher.mode,
            last_error=state.message,
            timings={stage: round(seconds, 3) for stage, seconds in self.indexer.seconds.items()},
            embedded=self.indexer.embedded + self._from_buffers,
        )

    async def _refresh_names(self) -> None:
        """Bring the names up to the generation of the store."""
        async with self._naming:
            store, generation = self.store, self.store.generation
            if self._named == generation:
                return
            changed = store.changes(self._named) if self._named >= 0 else None
            if changed is None or 2 * len(changed) > store.file_count:
                self.names = await _all_names(store)
            else:
                by_path: dict[str, list[Entry]] = {path: [] for path in changed}
                for row in await store.symbol_names(changed):
                    by_path[row[4]].append(_entry(row))
                await asyncio.to_thread(self.names.update, by_path)
            self._named = generation
            if self.names.crowded() and (self._merging is None or self._merging.done()):
                self._merging = asyncio.create_task(self._merge_names(self.names))

    async def _merge_names(self, names: FolderNames) -> None:
        while layers := names.crowded():
            table = await asyncio.to_thread(merged, layers)
            async with self._naming:
                names.replace(layers, table)

    async def _watch(self) -> None:
        async for hint in self.watcher.events():
            if hint.rescan:
                self.indexer.mark_all()
            if hint.paths:
                self.indexer.mark(hint.paths)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            with contextlib.suppress(CodetrieverError):
                if self.store.damaged:
                    await self.mend(StoreCorrupt("its files are damaged or gone"))
                    continue
                self.indexer.mark_all()
                await self._shared.embeddings.trim()
                if not self.indexer.busy:
                    await self.store.flush()

    async def _prepare(self) -> None:
        """What makes the first search quick, and what other models left behind once the index is whole."""
        self._shared.query.warm()
        with contextlib.suppress(CodetrieverError):
            await self._refresh_names()
            await self.indexer.sync()
            await asyncio.to_thread(lambda: [old.remove() for old in self.store.location.siblings()])

    async def _close_all(self) -> None:
        current = asyncio.current_task()
        tasks = [task for task in (*self._tasks, self._merging) if task is not None and task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.watcher.stop()
        self._texts = self.buffers.texts()
        await self.buffers.close()
        await self.indexer.close()
        await self.store.close()

    def _open_buffers(self, owner: int) -> dict[str, OpenBuffer]:
        """The searchable buffers of a client by path; their rows are made once for each text."""
        overlays = self.store.overlays(owner)
        for path, prepared in overlays.items():
            known = self._shown.get((owner, path))
            if known is None or known[0] is not prepared:
                self._shown[owner, path] = (prepared, OpenBuffer.of(prepared, owner))
        for key in [key for key in self._shown if key[0] == owner and key[1] not in overlays]:
            del self._shown[key]
        return {path: self._shown[owner, path][1] for path in overlays}

    def _embedded(self, texts: int) -> None:
        self._from_buffers += texts

    def _progress(self, done: int, total: int, finished: bool) -> None:
        self._listener(self, done, total, finished)


async def _all_names(store: Store) -> FolderNames:
    """All names of an index, read in parts, so that the loop stays free and memory small."""
    definitions, last = Definitions(), 0
    while rows := await store.names_after(last, _NAMES_AT_ONCE):
        definitions.add(map(_entry, rows))
        last = rows[-1][0]
    return await asyncio.to_thread(FolderNames, definitions)


def _entry(row: SymbolName) -> Entry:
    number, name, kind, container, path, chunk = row
    return Entry(name, kind, container, path, number, chunk)
