"""What requests do: the engine's side of every message, on the folders that its clients have
open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.engine.maintenance.gc import Upkeep
from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.engine.status import worst_of
from codetriever_lsp.engine.workspace_folder import Folder
from codetriever_lsp.errors import BadRequest, NotReady, StoreCorrupt
from codetriever_lsp.model import ContextResult, Hit, IndexState, SearchResult, Symbol, SymbolHit
from codetriever_lsp.search.context import context
from codetriever_lsp.search.names.pattern import Entry, Match
from codetriever_lsp.search.searcher import EmbedQuery, Options, search
from codetriever_lsp.search.similar import similar
from codetriever_lsp.search.source import Source, locate_in
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.workspace.paths import relative, root_of

__all__ = ["EngineBackend", "open_backend"]

_MOST_SYMBOLS = 1000
_BUFFER_S = 1.0
_COLLECT_S = 60.0
Emit = Callable[[m.Event], None]
T = TypeVar("T")


async def open_backend(settings: EngineSettings) -> EngineBackend:
    """The backend that the engine process runs. Raises StoreError if the cache directory cannot be
    used.
    """
    backend = EngineBackend(await Shared.open(settings))
    backend.collect_after(_COLLECT_S)
    return backend


@dataclass(slots=True)
class _Client:
    id: int
    emit: Emit
    folders: dict[Path, Folder] = field(default_factory=dict)
    buffers: dict[str, m.Buffer] = field(default_factory=dict)


class EngineBackend:
    """Serves all clients of one engine; a folder that several of them have open is open once."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._clients: dict[int, _Client] = {}
        self._folders: dict[Path, Folder] = {}
        self._opening: dict[Path, asyncio.Lock] = {}
        self._asked: Counter[Path] = Counter()
        self._idle: dict[Path, asyncio.TimerHandle] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._collecting: asyncio.TimerHandle | None = None
        self._upkeep = Upkeep(shared, self._closed)
        self._started = time.monotonic()
        self._handlers: dict[type[m.Message], Callable[[_Client, Any], Awaitable[object]]] = {
            m.OpenFolders: self._open_folders,
            m.Similar: self._similar,
            m.Context: self._context,
            m.Symbols: self._symbols,
            m.Outline: self._outline,
            m.Status: self._status,
            m.Reindex: self._reindex,
            m.Sync: self._sync,
            m.Buffer: self._buffer,
            m.Touch: self._touch,
            m.Clear: self._clear,
            m.Repair: self._repair,
        }

    async def attach(self, client: int, emit: Emit) -> None:
        self._clients[client] = _Client(client, emit)

    async def detach(self, client: int) -> None:
        gone = self._clients.pop(client, None)
        for root, folder in gone.folders.items() if gone else ():
            folder.leave(client)
            self._leave(root)

    def collect_after(self, seconds: float) -> None:
        """So much later delete the indexes that nobody needs any more."""
        loop = asyncio.get_running_loop()
        self._collecting = loop.call_later(seconds, lambda: self._spawn(self._upkeep.collect()))

    async def close(self) -> None:
        for handle in (*self._idle.values(), *([self._collecting] if self._collecting else [])):
            handle.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        folders, self._folders = list(self._folders.values()), {}
        await asyncio.gather(*(folder.close() for folder in folders), return_exceptions=True)
        await self._shared.close()

    async def call(
        self, client: int, request: m.Request, partial: Callable[[tuple[Hit, ...]], None]
    ) -> object:
        """See `messages`: the answer to each request."""
        me = self._clients[client]
        if isinstance(request, m.Search):
            return await self._search(me, request, partial)
        handler = self._handlers.get(type(request))
        if handler is None:
            raise BadRequest(f"unknown request {type(request).__name__}")
        return await handler(me, request)

    # Folders

    async def _open_folders(self, me: _Client, request: m.OpenFolders) -> None:
        roots: dict[Path, None] = {}
        for name in request.folders:
            root = root_of(name)
            if not root.is_dir():
                raise BadRequest(f"{name} is not a folder; open one that exists")
            roots[root] = None
        for root in [root for root in me.folders if root not in roots]:
            me.folders.pop(root).leave(me.id)
            self._leave(root)
        for root in roots:
            me.folders[root] = await self._folder(root, request.settings)
        for buffer in me.buffers.values():
            for root in roots:
                self._show_buffer(me, me.folders[root], relative(root, buffer.path), buffer.text)
        self._emit_state(me)

    async def _folder(self, root: Path, settings: IndexSettings | None) -> Folder:
        """Opened to its end even if the client leaves meanwhile: half an opened index would keep
        its lock.
        """
        self._stay(root)
        self._asked[root] += 1
        opening = self._spawn(self._open_folder(root, settings))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(lambda _: self._leave(root))
            raise
        finally:
            self._asked[root] -= 1

    async def _open_folder(self, root: Path, settings: IndexSettings | None) -> Folder:
        async with self._opening.setdefault(root, asyncio.Lock()):
            folder = self._folders.get(root)
            if folder is None:
                folder = self._folders[root] = await Folder.open(
                    root, settings, self._shared, self._progress
                )
            else:
                await folder.configure(settings)
        return folder

    def _leave(self, root: Path) -> None:
        """Close a folder that nobody has open any more, a while later: commands come one after the
        other.
        """
        if not self._wanted(root) and root not in self._idle:
            loop = asyncio.get_running_loop()
            self._idle[root] = loop.call_later(
                self._shared.settings.linger_s, self._close_idle, root
            )

    def _stay(self, root: Path) -> None:
        if handle := self._idle.pop(root, None):
            handle.cancel()

    def _close_idle(self, root: Path) -> None:
        self._idle.pop(root, None)
        if root in self._folders:
            self._spawn(self._close_folder(root))

    async def _close_folder(self, root: Path) -> None:
        async with self._opening.setdefault(root, asyncio.Lock()):
            if not self._wanted(root) and (folder := self._folders.pop(root, None)):
                await folder.close()

    def _wanted(self, root: Path) -> bool:
        return self._asked[root] > 0 or any(
            root in client.folders for client in self._clients.values()
        )

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited for it may have left; then nobody else takes it

    # Queries

    async def _search(
        self, me: _Client, request: m.Search, partial: Callable[[tuple[Hit, ...]], None]
    ) -> SearchResult:
        started = time.perf_counter()
        options = Options(request.limit, request.filters, request.mode, request.explain)
        hits = await self._guarded(me, lambda: self._run_search(me, request.query, options))
        if request.partial and hits:
            partial(tuple(hits))
        return SearchResult(tuple(hits), self._state(me), _since(started))

    async def _run_search(self, me: _Client, query: str, options: Options) -> list[Hit]:
        sources = await self._sources(me)
        return await search(sources, self._embed(sources), query, options)

    async def _similar(self, me: _Client, request: m.Similar) -> SearchResult:
        started = time.perf_counter()
        if request.first < 0 or request.last < request.first:
            raise BadRequest(f"lines {request.first}..{request.last} are no range")
        await self._settled(me, request.path)

        async def run() -> list[Hit]:
            sources = await self._sources(me)
            source, rel = locate_in(sources, request.path)
            lines = (request.first, request.last)
            return await similar(
                sources, self._embed(sources), (source, rel), lines, request.limit, request.filters
            )

        hits = await self._guarded(me, run)
        return SearchResult(tuple(hits), self._state(me), _since(started))

    async def _context(self, me: _Client, request: m.Context) -> ContextResult:
        await self._settled(me, request.path)

        async def run() -> ContextResult:
            source, rel = locate_in(await self._sources(me), request.path)
            return await context(
                source, rel, max(0, request.first), max(0, request.last), request.max_tokens
            )

        return await self._guarded(me, run)

    async def _symbols(self, me: _Client, request: m.Symbols) -> tuple[SymbolHit, ...]:
        return await self._guarded(me, lambda: self._find_symbols(me, request))

    async def _find_symbols(self, me: _Client, request: m.Symbols) -> tuple[SymbolHit, ...]:
        limit = max(1, min(request.limit, _MOST_SYMBOLS))
        matches: list[tuple[Match, Source]] = []
        for source in await self._sources(me):
            matches += [
                (match, source)
                for match in source.names.find(request.query, limit, source.buffer_names())
            ]
        matches.sort(key=lambda item: item[0])
        chosen = matches[:limit]
        hits: dict[tuple[Path, Entry], SymbolHit] = {}
        for source in {source.root: source for _, source in chosen}.values():
            entries = [match.entry for match, owner in chosen if owner is source]
            for entry, symbol in (await source.symbols(entries)).items():
                path = str(source.root / entry.path)
                hits[source.root, entry] = SymbolHit(
                    symbol.name, symbol.kind, symbol.container, path, symbol.span, symbol.selection
                )
        keys = [(source.root, match.entry) for match, source in chosen]
        found = [hits[key] for key in keys if key in hits]
        return tuple({(hit.path, hit.selection): hit for hit in found}.values())

    async def _outline(self, me: _Client, request: m.Outline) -> tuple[SymbolHit, ...]:
        await self._settled(me, request.path)

        async def run() -> list[Symbol]:
            source, rel = locate_in(await self._sources(me), request.path)
            return [row.symbol for row in await source.file_symbols(rel)]

        try:
            symbols = await self._guarded(me, run)
        except BadRequest:
            return ()
        return tuple(
            SymbolHit(
                symbol.name,
                symbol.kind,
                symbol.container,
                request.path,
                symbol.span,
                symbol.selection,
            )
            for symbol in symbols
        )

    # The state

    async def _status(self, me: _Client, _: m.Status) -> m.StatusResult:
        import psutil  # costs 50 ms that the first answer need not wait for

        memory = psutil.Process().memory_info().rss
        uptime = time.monotonic() - self._started
        engine = m.EngineStatus(
            os.getpid(), __version__, uptime, len(self._clients), memory, str(self._shared.cache)
        )
        return m.StatusResult(
            engine, tuple([await folder.status() for folder in me.folders.values()])
        )

    async def _reindex(self, me: _Client, request: m.Reindex) -> None:
        for folder in self._chosen(me, request.folder):
            folder.indexer.mark_all(full=request.full)

    async def _sync(self, me: _Client, request: m.Sync) -> int:
        self._require_folders(me)
        seconds = request.timeout_ms / 1000 if request.timeout_ms > 0 else None
        try:
            async with asyncio.timeout(seconds):
                generations = [await folder.sync() for folder in list(me.folders.values())]
        except TimeoutError:
            raise NotReady(
                f"not in sync after {request.timeout_ms} ms; {self._state(me).pending} files are pending"
            ) from None
        return max(generations)

    async def _buffer(self, me: _Client, request: m.Buffer) -> None:
        held = me.buffers.get(request.path)
        if request.text is None:
            me.buffers.pop(request.path, None)
        elif held is None or held.version < request.version:
            me.buffers[request.path] = request
            if held is not None:
                self._shared.pace.typed()
        else:
            return  # a stale version
        for root, folder in me.folders.items():
            self._show_buffer(me, folder, relative(root, request.path), request.text)

    @staticmethod
    def _show_buffer(me: _Client, folder: Folder, rel: str | None, text: str | None) -> None:
        if rel is not None and text is None:
            folder.buffers.drop(me.id, rel)
        elif rel is not None and text is not None:
            folder.buffers.put(me.id, rel, text)

    async def _touch(self, me: _Client, request: m.Touch) -> None:
        for root, folder in me.folders.items():
            paths = [rel for path in request.paths if (rel := relative(root, path))]
            if paths:
                folder.indexer.mark(paths, saved=request.saved)

    async def _clear(self, _: _Client, request: m.Clear) -> int:
        wanted = root_of(request.folder) if request.folder else None
        freed = 0 if wanted else await self._shared.embeddings.clear()
        for root, folder in list(self._folders.items()):
            if wanted not in (None, root):
                continue
            if self._wanted(root):
                freed += await folder.clear()  # and begin again: somebody searches it
            else:
                self._stay(root)
                await self._close_folder(root)
        return freed + await self._upkeep.retire(
            lambda root, _: wanted in (None, root), forget=wanted is None
        )

    async def _repair(self, me: _Client, _: m.Repair) -> tuple[str, ...]:
        told = [await folder.repair() for folder in list(me.folders.values())]
        return (
            *filter(None, [await self._shared.embeddings.repair()]),
            *await self._upkeep.repair(),
            *told,
        )

    @contextlib.asynccontextmanager
    async def _closed(self, root: Path) -> AsyncIterator[bool]:
        async with self._opening.setdefault(root, asyncio.Lock()):
            yield root not in self._folders

    def _progress(self, folder: Folder, done: int, total: int, finished: bool) -> None:
        for client in self._clients.values():
            if folder.root in client.folders:
                client.emit(
                    m.Progress(
                        str(folder.root), f"Indexing {folder.root.name}", done, total, finished
                    )
                )
                self._emit_state(client)

    def _emit_state(self, client: _Client) -> None:
        client.emit(m.StateChanged(self._state(client)))

    def _state(self, me: _Client) -> IndexState:
        return worst_of([folder.state() for folder in me.folders.values()])

    async def _sources(self, me: _Client) -> list[Source]:
        self._require_folders(me)
        return [await folder.source(me.id) for folder in list(me.folders.values())]

    def _embed(self, sources: list[Source]) -> EmbedQuery:
        """How a query becomes a vector: not at all where no index that answers could be asked with
        it.
        """
        return (
            self._shared.query.embed
            if any(source.store.by_meaning for source in sources)
            else _no_vector
        )

    async def _settled(self, me: _Client, path: str) -> None:
        """Wait, but not for long, for the buffer of a file: a question about its lines is about the
        lines that are shown.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BUFFER_S):
                for root, folder in list(me.folders.items()):
                    if rel := relative(root, path):
                        await folder.buffers.settled(me.id, rel)

    async def _guarded(self, me: _Client, run: Callable[[], Awaitable[T]]) -> T:
        """Run a query; when an index turns out to be damaged, or was opened anew meanwhile, once
        more on the new one.
        """
        self._require_folders(me)
        with self._shared.answering.one():
            try:
                return await run()
            except NotReady:
                return await run()
            except StoreCorrupt as error:
                for folder in list(me.folders.values()):
                    await folder.mend(error)
                return await run()

    def _chosen(self, me: _Client, name: str) -> list[Folder]:
        self._require_folders(me)
        if not name:
            return list(me.folders.values())
        if (folder := me.folders.get(root_of(name))) is None:
            raise BadRequest(
                f"{name} is not an open folder; open folders: {', '.join(map(str, me.folders))}"
            )
        return [folder]

    @staticmethod
    def _require_folders(me: _Client) -> None:
        if not me.folders:
            raise NotReady("no folder is open; open one and ask again")


async def _no_vector(_: str) -> None:
    """The vector of a query that is answered by words alone."""


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
