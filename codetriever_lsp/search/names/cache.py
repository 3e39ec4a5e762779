"""The names of one index, brought up to its generation when they are asked for, and kept in a file
for the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import chain

from codetriever_lsp.search.names.columns import Definitions
from codetriever_lsp.search.names.layers import FolderNames, merged
from codetriever_lsp.search.names.pattern import Entry
from codetriever_lsp.search.names.table import NameTable
from codetriever_lsp.search.names.table_file import append_names, read_names, write_names
from codetriever_lsp.store.sql.rows import SymbolMark, SymbolName
from codetriever_lsp.store.store import Store

__all__ = ["Naming"]

log = logging.getLogger(__name__)

_NAMES_AT_ONCE = 5_000
_SHARE = 0.05
"""Of the files: if more have changed since names were kept, it pays to keep those."""
_MOST_BEHIND, _MOST_BEHIND_BUSY = 0.5, 4.0
"""What is written behind the table of all names may become so much of it before a new one is
written."""
_UNKNOWN = SymbolMark(b"", 0, 0)
"""For what changed while it was written: no file has this mark, so it is read again."""


class Naming:
    """One per open store; `close` it before the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names = FolderNames()
        self._generation = -1
        self._unkept: dict[str, list[Entry]] | None = (
            None  # the latest definitions; None: to be written at once
        )
        self._first = self._end = (
            0  # where the first part of the file ends, and the last; 0: it is of no use
        )
        self._turn, self._keeping = asyncio.Lock(), asyncio.Lock()
        self._merging: asyncio.Task[None] | None = None
        self._saving: asyncio.Task[None] | None = None

    async def current(self) -> FolderNames:
        """The names as of the store's generation now."""
        async with self._turn:
            store, generation = self._store, self._store.generation
            if self._generation == generation:
                return self._names
            changed, first = self._changes(), self._generation < 0
            if first and (kept := await self._kept()) is not None:
                self._names = kept
            elif changed is None or 2 * len(changed) > store.file_count:
                self._names, self._unkept = await _all_names(store), None
            else:
                await self._update(self._names, changed)
            self._generation = generation
            if not first:  # when somebody may wait for an answer
                self._thin_out()
            return self._names

    async def warm(self) -> None:
        """Take what was kept, if there is something. To read all of the index waits until somebody
        asks.
        """
        if self._store.location.names.exists():
            await self.current()

    async def keep(self, *, busy: bool = False) -> None:
        """Write to the file what changed since, if that is a twentieth of the index: 50 ms for
        5,000 definitions.

        The rest is read again at the next start. A new table of all takes a second for 100,000, and
        waits while `busy`.
        """
        self._thin_out()
        async with self._keeping:
            files = 0 if self._store.read_only else self._store.file_count
            changed = self._changes()
            if files and (
                changed is None
                or self._unkept is None
                or len(changed | self._unkept.keys()) > _SHARE * files
            ):
                await self._write(_MOST_BEHIND_BUSY if busy else _MOST_BEHIND)

    async def close(self) -> None:
        """End what runs on its own."""
        if self._merging is not None:
            self._merging.cancel()
        running = [task for task in (self._merging, self._saving) if task is not None]
        await asyncio.gather(*running, return_exceptions=True)

    def _changes(self) -> frozenset[str] | None:
        """The files that changed since the names were brought up to date; None: all of them may
        have.
        """
        return self._store.changes(self._generation) if self._generation >= 0 else None

    async def _write(self, most_behind: float) -> None:
        await self.current()
        async with self._turn:
            store, generation, unkept = self._store, self._generation, self._unkept
            if (
                unkept is None
                or not self._end
                or self._end - self._first > most_behind * self._first
            ):
                table, paths = self._names.whole(), None
            else:
                table, paths = partial(NameTable.of, chain(*unkept.values())), unkept.keys()
            marks = await store.symbol_marks(settled=True)
            if (later := store.changes(generation)) is None:
                return  # too much has changed meanwhile to know what: another time
            marks |= dict.fromkeys(later, _UNKNOWN)  # in a build there always is something
            self._unkept = {}
        # Whoever asked may leave, but nobody else is to write that file before this has ended.
        self._saving = asyncio.create_task(asyncio.to_thread(self._save, table, marks, paths))
        try:
            await asyncio.shield(self._saving)
        except OSError as error:
            self._end = 0
            log.info("the names of %s cannot be kept: %s", store.location.root, error)

    def _save(
        self,
        table: Callable[[], NameTable],
        marks: Mapping[str, SymbolMark],
        paths: Collection[str] | None,
    ) -> None:
        """What became of `paths`, or all."""
        file = self._store.location.names
        if paths is None:
            self._first = self._end = write_names(file, table(), marks)
        else:
            known = {path: marks[path] for path in paths if path in marks}
            self._end = append_names(file, self._end, table(), known, paths)

    async def _kept(self) -> FolderNames | None:
        """The names of the file, with what changed since; None where reading all is as quick."""
        kept = await asyncio.to_thread(read_names, self._store.location.names)
        if kept is None:
            return None
        before, now = kept.marks, await self._store.symbol_marks()
        changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        if 2 * len(changed) > len(now):
            return None
        names, self._unkept, self._first, self._end = (
            FolderNames.of(kept.parts),
            {},
            kept.first,
            kept.end,
        )
        await self._update(names, changed)
        return names

    async def _update(self, names: FolderNames, changed: Collection[str]) -> None:
        by_path: dict[str, list[Entry]] = {path: [] for path in changed}
        for row in await self._store.symbol_names(changed):
            by_path[row[4]].append(_entry(row))
        await asyncio.to_thread(names.update, by_path)
        if self._unkept is not None:
            self._unkept.update(by_path)

    def _thin_out(self) -> None:
        """Each layer costs every lookup something."""
        if self._names.crowded() and (self._merging is None or self._merging.done()):
            self._merging = asyncio.create_task(self._merge(self._names))

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
