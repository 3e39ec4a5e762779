"""The names of one folder, kept equal to its index without building the whole table at each save.

Definitions are in layers, each an immutable table; a newer layer holds files that changed since the older ones were built,
which hide them. Files that changed last are in no table yet. Layers of like size are merged, so that there are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

from codetriever_lsp.search.name_table import NameTable
from codetriever_lsp.search.names import Entry, Match, NamePattern, best, search_entries

__all__ = ["FolderNames", "Layer"]

_NEW_LAYER_AT = 2_000
"""Definitions outside the tables, searched one by one, from which they become a layer."""


class Layer(NamedTuple):
    """A table, and the paths in it that hold something else by now."""

    table: NameTable
    hidden: frozenset[str]

    def entries(self) -> Iterable[Entry]:
        return self.table.entries(self.hidden)

    def without(self, paths: AbstractSet[str]) -> Layer:
        hidden = self.table.paths & paths
        return Layer(self.table, self.hidden | hidden) if hidden else self


class FolderNames:
    """To be used by one thread, but for `Layer.entries` and the making of tables."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._layers = [Layer(NameTable(entries), frozenset())]
        self._changed: dict[str, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return sum(len(layer.table) for layer in self._layers)

    def update(self, changed: Mapping[str, Sequence[Entry]]) -> None:
        """The definitions of some files are now these; none: the file is gone."""
        self._layers = [layer.without(changed.keys()) for layer in self._layers]
        self._changed.update({path: tuple(entries) for path, entries in changed.items()})
        if sum(map(len, self._changed.values())) + len(self._changed) > _NEW_LAYER_AT:
            self._layers.append(Layer(NameTable(chain(*self._changed.values())), frozenset()))
            self._changed = {}

    def crowded(self) -> list[Layer]:
        """Neighbours that are better one layer, [] if there are none: make a table of them, anywhere, and `replace` them."""
        for older, newer in zip(reversed(self._layers[:-1]), reversed(self._layers[1:]), strict=True):
            if len(older.table) < 2 * len(newer.table):
                return [older, newer]
        return next(([layer] for layer in self._layers if 2 * len(layer.hidden) > len(layer.table.paths)), [])

    def replace(self, layers: Sequence[Layer], table: NameTable) -> None:
        """`table` holds what was visible in `layers` when `crowded` gave them."""
        at = next(at for at, layer in enumerate(self._layers) if layer.table is layers[0].table)
        now = self._layers[at : at + len(layers)]
        since = frozenset(chain.from_iterable(layer.hidden - before.hidden for layer, before in zip(now, layers, strict=True)))
        self._layers[at : at + len(layers)] = [Layer(table, since)]

    def entries(self) -> Iterable[Entry]:
        """All definitions of the folder, in no order."""
        for layer in self._layers:
            yield from layer.entries()
        yield from chain(*self._changed.values())

    def find(self, query: str, limit: int, buffers: Mapping[str, Sequence[Entry]]) -> list[Match]:
        """The `limit` best matches; `buffers` holds the definitions of open buffers, in place of their files'."""
        pattern = NamePattern(query)
        matches = search_entries(self._outside(buffers), pattern)
        for layer in self._layers:
            matches += layer.table.find(pattern, limit, layer.hidden | buffers.keys())
        return best(matches, limit)

    def exact(self, folded: str, limit: int, buffers: Mapping[str, Sequence[Entry]]) -> list[Entry]:
        """The first `limit` definitions of this name, case ignored."""
        found = [entry for entry in self._outside(buffers) if entry.name.casefold() == folded]
        for layer in self._layers:
            found += layer.table.exact(folded, layer.hidden | buffers.keys(), limit)
        return found[:limit]

    def _outside(self, buffers: Mapping[str, Sequence[Entry]]) -> Iterable[Entry]:
        for path, entries in self._changed.items():
            if path not in buffers:
                yield from entries
        for opened in buffers.values():
            yield from opened
