"""The names of one index, brought up to its generation when they are asked for."""

from __future__ import annotations

import asyncio

from codetriever_lsp.search.definitions import Definitions
from codetriever_lsp.search.folder_names import FolderNames, merged
from codetriever_lsp.search.names import Entry
from codetriever_lsp.store.rows import SymbolName
from codetriever_lsp.store.store import Store

__all__ = ["Naming"]

_NAMES_AT_ONCE = 5_000


class Naming:
    """One per open store; `close` it before the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names = FolderNames()
        self._generation = -1
        self._turn = asyncio.Lock()
        self._merging: asyncio.Task[None] | None = None

    async def current(self) -> FolderNames:
        """The names as of the store's generation now."""
        async with self._turn:
            store, generation = self._store, self._store.generation
            if self._generation == generation:
                return self._names
            changed = store.changes(self._generation) if self._generation >= 0 else None
            if changed is None or 2 * len(changed) > store.file_count:
                self._names = await _all_names(store)
            else:
                by_path: dict[str, list[Entry]] = {path: [] for path in changed}
                for row in await store.symbol_names(changed):
                    by_path[row[4]].append(_entry(row))
                await asyncio.to_thread(self._names.update, by_path)
            self._generation = generation
            if self._names.crowded() and (self._merging is None or self._merging.done()):
                self._merging = asyncio.create_task(self._merge(self._names))
            return self._names

    async def close(self) -> None:
        """End what runs on its own."""
        if self._merging is not None:
            self._merging.cancel()
            await asyncio.gather(self._merging, return_exceptions=True)

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
    return await asyncio.to_thread(FolderNames, definitions)


def _entry(row: SymbolName) -> Entry:
    number, name, kind, container, path, chunk = row
    return Entry(name, kind, container, path, number, chunk)
