"""The names of one folder, kept equal to its index without building the whole table at each save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from codetriever_lsp.search.names import Entry, Match, NamePattern, NameTable, best, search_entries

__all__ = ["FolderNames"]

_REBUILD_AT = 2_000
"""Entries outside the table, searched one by one, from which building it again pays."""


class FolderNames:
    """A frozen table of most definitions, and the definitions of the files that changed since it was built."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._table = NameTable(entries)
        self._changed: dict[str, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return len(self._table)

    def update(self, changed: Mapping[str, Sequence[Entry]]) -> None:
        """The definitions of some files are now these; none: the file is gone."""
        self._changed.update({path: tuple(entries) for path, entries in changed.items()})
        if sum(map(len, self._changed.values())) + len(self._changed) > max(_REBUILD_AT, len(self._table) // 10):
            self._table = NameTable(self.entries())
            self._changed = {}

    def entries(self) -> Iterable[Entry]:
        """All definitions of the folder, in no order."""
        yield from self._table.entries(hidden=self._changed.keys())
        for entries in self._changed.values():
            yield from entries

    def find(self, query: str, limit: int, buffers: Mapping[str, Sequence[Entry]]) -> list[Match]:
        """The `limit` best matches; `buffers` holds the definitions of open buffers, in place of their files'."""
        pattern = NamePattern(query)
        hidden = self._changed.keys() | buffers.keys()
        matches = self._table.find(pattern, limit, hidden)
        matches += search_entries(self._outside(buffers), pattern)
        return best(matches, limit)

    def exact(self, folded: str, buffers: Mapping[str, Sequence[Entry]]) -> list[Entry]:
        """The definitions of this name, case ignored."""
        hidden = self._changed.keys() | buffers.keys()
        found = [entry for entry in self._table.exact(folded) if entry.path not in hidden]
        return found + [entry for entry in self._outside(buffers) if entry.name.casefold() == folded]

    def _outside(self, buffers: Mapping[str, Sequence[Entry]]) -> Iterable[Entry]:
        for path, entries in self._changed.items():
            if path not in buffers:
                yield from entries
        for opened in buffers.values():
            yield from opened
