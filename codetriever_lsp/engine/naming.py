"""The names of one index, brought up to its generation when they are asked for, and kept in a file for the next start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from codetriever_lsp.errors import StoreError
from codetriever_lsp.search.definitions import Definitions
from codetriever_lsp.search.folder_names import FolderNames, merged
from codetriever_lsp.search.name_file import read_names, write_names
from codetriever_lsp.search.name_table import NameTable
from codetriever_lsp.search.names import Entry
from codetriever_lsp.store.rows import SymbolName
from codetriever_lsp.store.store import Store

__all__ = ["Naming"]

log = logging.getLogger(__name__)

_NAMES_AT_ONCE = 5_000


class Naming:
    """One per open store; `close` it before the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names = FolderNames()
        self._generation = -1
        self._changed: set[str] | None = None  # since the file was written; None: there is none that is of use
        self._turn, self._keeping = asyncio.Lock(), asyncio.Lock()
        self._merging: asyncio.Task[None] | None = None

    async def current(self) -> FolderNames:
        """The names as of the store's generation now."""
        async with self._turn:
            store, generation = self._store, self._store.generation
            if self._generation == generation:
                return self._names
            changed = store.changes(self._generation) if self._generation >= 0 else None
            if self._generation < 0 and (kept := await self._kept()) is not None:
                self._names = kept
            elif changed is None or 2 * len(changed) > store.file_count:
                self._names, self._changed = await _all_names(store), None
            else:
                await self._update(self._names, changed)
            self._generation = generation
            if self._names.crowded() and (self._merging is None or self._merging.done()):
                self._merging = asyncio.create_task(self._merge(self._names))
            return self._names

    async def warm(self) -> None:
        """Take what was kept, if there is something. To read all of the index waits until somebody asks."""
        if self._store.location.names.exists():
            await self.current()

    async def keep(self, after: float = 0.05) -> None:
        """Write the names to their file where more than this share of the files changed since: a second for 100,000 names.

        What changed since is read again at the next start.
        """
        async with self._keeping:
            files = 0 if self._store.read_only else self._store.file_count
            if files and (self._changed is None or len(self._changed) > after * files):
                await self._write()

    async def close(self) -> None:
        """End what runs on its own."""
        if self._merging is not None:
            self._merging.cancel()
            await asyncio.gather(self._merging, return_exceptions=True)

    async def _write(self) -> None:
        store, names = self._store, await self.current()
        async with self._turn:
            generation, whole = self._generation, names.whole()
            marks = await store.symbol_marks(settled=True)
            if (later := store.changes(generation)) is None:
                return  # too much has changed meanwhile to know what: another time
            # In a build there is always something later than the names; without a mark it is read again.
            marks = {path: mark for path, mark in marks.items() if path not in later}
            self._changed = set()
        try:
            await asyncio.to_thread(lambda: write_names(store.location.names, whole(), marks))
        except (OSError, StoreError) as error:
            log.info("the names of %s cannot be kept: %s", store.location.root, error)

    async def _kept(self) -> FolderNames | None:
        """The names of the file, with what changed since; None where reading all is as quick."""
        kept = await asyncio.to_thread(read_names, self._store.location.names)
        if kept is None:
            return None
        table, before = kept
        now = await self._store.symbol_marks()
        changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        if 2 * len(changed) > len(now):
            return None
        names, self._changed = FolderNames(table), set()
        await self._update(names, changed)
        return names

    async def _update(self, names: FolderNames, changed: Collection[str]) -> None:
        by_path: dict[str, list[Entry]] = {path: [] for path in changed}
        for row in await self._store.symbol_names(changed):
            by_path[row[4]].append(_entry(row))
        await asyncio.to_thread(names.update, by_path)
        if self._changed is not None:
            self._changed.update(changed)

    async def _merge(self, names: FolderNames) -> None:
        while layers := names.crowded():
            table = await asyncio.to_thread(merged, layers)
            async with self._turn:
                names.replace(layers, table)


async def _all_names(store: Store) -> FolderNames:
    """All names of an index, read in parts, so that the loop stays free and memory small."""
    definitions, last = Definitions(), 0
    while rows := await store.names_after(last, _NAMES_AT_ONCE):
        definitions.add(map(_entry, rows))
        last = rows[-1][0]
    return FolderNames(await asyncio.to_thread(NameTable, definitions))


def _entry(row: SymbolName) -> Entry:
    number, name, kind, container, path, chunk = row
    return Entry(name, kind, container, path, number, chunk)
