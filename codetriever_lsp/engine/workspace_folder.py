"""One workspace folder, open: its index, what keeps the index equal to the files, and what a search
reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from codetriever_lsp.engine.maintenance.idle import tidy
from codetriever_lsp.engine.maintenance.memory import give_back
from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.engine.saved_settings import bounded, recall, remember
from codetriever_lsp.engine.staleness import Unchanged
from codetriever_lsp.errors import CodetrieverError, NotReady, StoreCorrupt
from codetriever_lsp.index.buffers import Buffers
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.model import FolderStatus, IndexState, State
from codetriever_lsp.search.names.cache import Naming
from codetriever_lsp.search.ranking.synonyms import warm as warm_aliases
from codetriever_lsp.search.source import OpenBuffer, Source
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.durability.checksums import break_seal
from codetriever_lsp.store.previous.previous_index import NEW_INDEX, StandIn, retire
from codetriever_lsp.store.previous.tee import Relay
from codetriever_lsp.store.records import Prepared
from codetriever_lsp.store.store import Store
from codetriever_lsp.workspace.watcher import Watcher

__all__ = ["Folder", "Listener"]

log = logging.getLogger(__name__)

SWEEP_S = 300.0
"""Between two walks that nobody asked for: they find what no event has told of."""

TIDY_S = 5.0
"""Between two looks at what replaced points take, and at what is kept for the next start."""

MEND_S = 60.0
"""An index that is damaged again so soon is not built anew once more."""

AGAIN_S = 30.0
"""After the index could not be brought to its end, until that is looked at again. The indexer tries
by itself meanwhile."""

FIRST_S = 2.0
"""So long the files of a folder that was opened wait for a search that is answered."""

REBUILDING = "The model or the rules have changed and the index is built anew; until it is whole, the one of before answers"

SAVING = "The system saves power: files are indexed at half speed, but for those that are saved"

Listener = Callable[["Folder", int, int, bool], None]
"""Told of the progress of a folder: files done, files in all, whether this run of work is over."""


class Folder:
    """Use `open`; `close` leaves nothing running. A damaged index is built anew, at most once a
    minute.
    """

    def __init__(
        self, root: Path, settings: IndexSettings, shared: Shared, listener: Listener
    ) -> None:
        self.root = root
        self.settings = settings
        self._shared = shared
        self._listener = listener
        self._opened = asyncio.Lock()
        self._standin: StandIn | None = None
        self._ending: asyncio.Task[None] | None = None
        self._dismissing: asyncio.Task[None] | None = None
        self._mended = 0.0
        self._from_buffers = 0
        self._texts: dict[tuple[int, str], str] = {}
        self._shown: dict[tuple[int, str], tuple[Prepared, OpenBuffer]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    @classmethod
    async def open(
        cls, root: Path, settings: IndexSettings | None, shared: Shared, listener: Listener
    ) -> Folder:
        """Open or create the index of `root` and begin to compare it with the files.

        Without `settings` those of the last opening hold. Raises StoreError, and BadRequest for
        settings that make no sense.
        """
        before = await asyncio.to_thread(recall, shared.location(root))
        folder = cls(root, bounded(settings or before, shared.settings), shared, listener)
        await folder._open_all(before)
        return folder

    async def _open_all(self, before: IndexSettings, *, sound: bool = False) -> None:
        """`before` are the settings that it was made with. What a crash left is mended a moment
        later, if not `sound`.
        """
        shared = self._shared
        shared.query.warm()  # beside the opening of the store: the first search needs both
        self.store = await Store.open(
            shared.location(self.root),
            fingerprint=shared.fingerprint,
            dimension=shared.model.dimension or None,
            vectors=shared.vectors,
            later=not sound,
        )
        self._relay = Relay(self.store)
        self.indexer = Indexer(
            self.root, self._relay, shared.pool, self.settings, progress=self._progress
        )
        self.indexer.pace = shared.pace
        await self._stand_in()
        self.buffers = Buffers(
            self._relay, shared.pool, self.settings, self.indexer.rules, embedded=self._embedded
        )
        for (owner, path), text in self._texts.items():
            self.buffers.put(owner, path, text)
        self.watcher = Watcher(self.root, shared.settings.watcher, self.indexer.rules)
        # A language that was switched on or off concerns files that have not changed.
        self.indexer.mark_all(full=before.languages_off != self.settings.languages_off)
        await asyncio.to_thread(remember, self.store.location, self.settings)
        self._tasks = [
            asyncio.create_task(self._begin()),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._sweep()),
            asyncio.create_task(self._prepare()),
            asyncio.create_task(self._tidy()),
        ]

    async def _stand_in(self) -> None:
        """Let an older index answer while this one is not whole, if there is one that can."""
        store, shared = self.store, self._shared
        self._naming, self._ending = Naming(store), None
        if store.whole:
            return
        compare = Unchanged(self.root, self.indexer.rules, self.settings)
        standin = await StandIn.find(
            store.location, shared.model.fingerprint, shared.vectors, compare
        )
        if standin is not None:
            log.info(
                "the index of %s in %s answers until the new one is whole", self.root, standin.path
            )
            off = self.settings.languages_off
            standin.leave_out([row.path for row in await standin.files() if row.language in off])
            self._naming = Naming(standin)
        self._standin = self._relay.standin = standin

    async def source(self, owner: int) -> Source:
        """The folder as the client `owner` sees it. Waits while the index is being opened anew."""
        if self._opened.locked():
            async with self._opened:
                pass
        standin, naming = self._standin, self._naming
        buffers = self._open_buffers(self.store, owner)
        if standin is not None:
            buffers = {**self._open_buffers(standin, NEW_INDEX), **buffers}
        return Source(self.root, standin or self.store, await naming.current(), buffers)

    async def sync(self) -> int:
        """Everything that changed on disk or in open buffers before this call is searchable; gives
        the generation.
        """
        mended = False
        while True:
            indexer = self.indexer
            try:
                generation = await indexer.sync(reconcile=True)
                await self.buffers.sync()
                if indexer is self.indexer:
                    await self._whole()
                    return generation
            except StoreCorrupt as error:
                if mended:
                    raise
                mended = True
                await self.mend(error)
            except NotReady:
                async with self._opened:
                    if self._closed or indexer is self.indexer:
                        raise
            # Else the index was opened anew meanwhile.

    def leave(self, owner: int) -> None:
        """A client has the folder open no more."""
        self.buffers.drop_owner(owner)
        for key in [key for key in self._shown if key[0] == owner]:
            del self._shown[key]

    async def configure(self, settings: IndexSettings | None) -> None:
        """Index by other settings from now on; None changes nothing. Raises BadRequest for settings
        that make no sense.
        """
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
            location, vectors = self.store.location, self._shared.vectors
            freed = await asyncio.to_thread(
                lambda: sum(retire(one, vectors) for one in (location, *location.siblings()))
            )
            await self._open_all(self.settings)
        return freed

    async def repair(self) -> str:
        """Open the index as after a crash, which drops what is not sound, and read every file anew;
        says what was found.
        """
        async with self._opened:
            if self._closed:
                raise NotReady(f"the folder {self.root} was closed")
            await self._close_all()
            before = self.store.recovery  # opening it, or closing, may have mended what was wrong
            await asyncio.to_thread(break_seal, self.store.location)
            await self._open_all(self.settings, sound=True)
            after = self.store.recovery
        self.indexer.mark_all(full=True)
        await self.sync()
        if rebuilt := after.rebuilt or before.rebuilt:
            return f"the index of {self.root} was damaged and is built anew: {rebuilt}"
        files, points = before.dropped + after.dropped, before.swept + after.swept
        if files or points:
            return (
                f"the index of {self.root} is mended: {files} files and {points} points did not fit"
            )
        return f"the index of {self.root} is sound; every file was read anew"

    async def mend(self, error: StoreCorrupt) -> None:
        """Build the index anew if it is damaged. Raises `error` when that was done a moment ago: it
        would not help.
        """
        async with self._opened:
            if self._standin is not None and self._standin.damaged:
                log.warning(
                    "the index that stood in for that of %s does so no more: %s", self.root, error
                )
                await self._dismiss()
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
        files, message = (self._standin or self.store).file_count, self.problem()
        state: State
        if self.indexer.busy or self._standin is not None:
            state = "indexing"
            if not message and self.indexer.busy and self._shared.pace.saving:
                message = SAVING
        elif message:
            state = "degraded"
        else:
            state = "ready" if files else "empty"
        return IndexState(state, self.store.generation, files, self.indexer.pending, message)

    def problem(self) -> str:
        """Why the folder is not all that it could be, "" if it is."""
        problem = (
            self.indexer.last_error
            or self.watcher.problem
            or self._shared.problem
            or self._shared.query.problem
        )
        if (standin := self._standin) is None:
            return problem
        how = "" if standin.by_meaning else ", by words alone"
        return f"{REBUILDING}{how}; files that changed since are found as soon as they are in the new one. {problem}".rstrip()

    async def status(self) -> FolderStatus:
        counts = await (self._standin or self.store).counts()
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
            model={
                "name": model.name,
                "dimension": model.dimension,
                "source": model.source,
                "fingerprint": model.fingerprint,
            },
            store_path=str(self.store.path),
            store_bytes=await self.store.size_bytes(),
            generation=state.generation,
            watcher=self.watcher.mode,
            last_error=state.message,
            timings={stage: round(seconds, 3) for stage, seconds in self.indexer.seconds.items()},
            embedded=self.indexer.embedded + self._from_buffers,
        )

    async def _begin(self) -> None:
        """First what a first search needs, and that search, then what a crash left, then the
        files.
        """
        with contextlib.suppress(CodetrieverError):
            await asyncio.gather(self._naming.warm(), asyncio.to_thread(warm_aliases))
        await self._shared.answering.gap(FIRST_S)
        await self.indexer.start()

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
                if self.store.damaged or (self._standin is not None and self._standin.damaged):
                    await self.mend(StoreCorrupt("its files are damaged or gone"))
                    continue
                self.indexer.mark_all()
                await self._shared.embeddings.trim()

    async def _prepare(self) -> None:
        """What makes the first search quick; and what other models left behind, once the index is
        whole.
        """
        with contextlib.suppress(CodetrieverError):
            await self._naming.current()
            await self._shared.answering.gap(FIRST_S)
            await (
                self._naming.keep()
            )  # what was read just now, the next process need not read, should this one be killed
            if self._standin is not None:
                self.indexer.mark(await self._standin.check())
        while True:
            try:
                await self.indexer.sync(patient=True)
                await self._whole()
            except Exception as error:  # noqa: BLE001 - the indexer says so, and tries again
                log.info("the index of %s is not whole: %s", self.root, error)
                if isinstance(error, StoreCorrupt):
                    with contextlib.suppress(CodetrieverError):
                        await self.mend(error)
                    if asyncio.current_task() not in self._tasks:
                        return  # it was opened anew, and this begun anew
                await asyncio.sleep(AGAIN_S)
            else:
                break
        await asyncio.to_thread(give_back)
        await tidy(self.indexer, self.store, self._naming)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            await tidy(self.indexer, self.store, self._naming)

    async def _whole(self) -> None:
        """Every file has been committed: the index answers for itself, and those of before go."""
        if self._ending is None or (self._ending.done() and self._ending.exception() is not None):
            self._ending = asyncio.create_task(self._swap(self.store))
        await asyncio.shield(self._ending)

    async def _swap(self, store: Store) -> None:
        """The mark on the disk is the switch: whoever opens the folder after a crash finds the one
        or the other.
        """
        await store.mark_whole()
        stood_in = self._standin is not None
        naming = Naming(store)
        if stood_in:
            await naming.current()  # now, so that no query waits for them
        await self._dismiss(naming)
        await asyncio.to_thread(
            lambda: [retire(old, self._shared.vectors) for old in store.location.siblings()]
        )
        if stood_in:
            self._listener(self, self.indexer.files_done, self.indexer.files_done, True)

    async def _dismiss(self, successor: Naming | None = None) -> None:
        """What stood in answers no more; searches that read it begin again, with the names of
        `successor`.
        """
        standin, naming = self._standin, self._naming
        if standin is not None:
            self._standin = self._relay.standin = None
            self._naming = successor or Naming(self.store)
            self._shown = {key: rows for key, rows in self._shown.items() if key[0] != NEW_INDEX}
            self._dismissing = asyncio.create_task(_close_both(naming, standin))
        if self._dismissing is not None:
            await asyncio.shield(self._dismissing)

    async def _close_all(self) -> None:
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(
            *tasks, *([self._ending] if self._ending else []), return_exceptions=True
        )
        await self.watcher.stop()
        self._texts = self.buffers.texts()
        await self.buffers.close()
        await self.indexer.close()
        await self._dismiss()
        await self._naming.close()
        await self.store.close()

    def _open_buffers(self, store: Store, owner: int) -> dict[str, OpenBuffer]:
        """The searchable buffers of a client by path; their rows are made once for each text."""
        overlays = store.overlays(owner)
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
        self._listener(self, done, total, finished and self._standin is None)


async def _close_both(naming: Naming, store: Store) -> None:
    await naming.close()
    await store.close()
