"""The names of one folder, kept equal to its index without building the whole table at each save.

Definitions are in layers, each an immutable table; a newer layer holds files that changed since the
older ones were built, which hide them. Files that changed last are in no table yet. Layers of like
size are merged, so that there are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from codetriever_lsp.search.names.columns import Definitions
from codetriever_lsp.search.names.pattern import (
    Entry,
    Match,
    NamePattern,
    best,
    preference,
    search_entries,
)
from codetriever_lsp.search.names.table import NameTable
from codetriever_lsp.search.names.trigrams import likeness, runs_of
from codetriever_lsp.text.terms import split

__all__ = ["FolderNames", "Layer", "merged"]

_NEW_LAYER_AT = 2_000
"""Definitions outside the tables, searched one by one, from which they become a layer."""


_parts = lru_cache(maxsize=1 << 13)(
    split
)  # of names that changed last: they are taken apart at each such query


class Layer(NamedTuple):
    """A table, and the paths in it that hold something else by now."""

    table: NameTable
    hidden: frozenset[str]

    def entries(self) -> Iterable[Entry]:
        return self.table.entries(self.hidden)

    def without(self, paths: AbstractSet[str]) -> Layer:
        hidden = self.table.paths & paths
        return Layer(self.table, self.hidden | hidden) if hidden else self


def merged(layers: Iterable[Layer]) -> NameTable:
    """A table of what is visible in these layers. For a thread: it takes seconds for a million
    definitions.
    """
    return NameTable.of(chain.from_iterable(layer.entries() for layer in layers))


class _State(NamedTuple):
    """Layers, the newest last, and the definitions of files that changed after it was made."""

    layers: tuple[Layer, ...]
    changed: Mapping[str, Sequence[Entry]]

    def outside(self, buffers: Mapping[str, Sequence[Entry]]) -> Iterable[Entry]:
        """What is in no layer."""
        for path, entries in self.changed.items():
            if path not in buffers:
                yield from entries
        for opened in buffers.values():
            yield from opened


class FolderNames:
    """Changed by one at a time, in whatever thread; a lookup sees the names before a change or
    after it.
    """

    def __init__(self, table: NameTable | None = None) -> None:
        self._state = _State((Layer(table or NameTable(Definitions()), frozenset()),), {})

    @classmethod
    def of(cls, parts: Sequence[tuple[NameTable, AbstractSet[str]]]) -> FolderNames:
        """Of tables, the latest last, each with the paths that it speaks for instead of those
        before it; at least one.
        """
        names, layers, later = cls(), list[Layer](), frozenset[str]()
        for table, paths in reversed(parts):
            layers.append(Layer(table, frozenset(table.paths & later)))
            later |= paths
        names._state = _State(tuple(reversed(layers)), {})
        return names

    def __len__(self) -> int:
        return sum(len(layer.table) for layer in self._state.layers)

    def update(self, changed: Mapping[str, Sequence[Entry]]) -> None:
        """The definitions of some files are now these; none: the file is gone."""
        layers = tuple(layer.without(changed.keys()) for layer in self._state.layers)
        latest = {**self._state.changed, **changed}
        if sum(map(len, latest.values())) + len(latest) > _NEW_LAYER_AT:
            layers += (Layer(NameTable.of(chain(*latest.values())), frozenset()),)
            latest = {}
        self._state = _State(layers, latest)

    def crowded(self) -> Sequence[Layer]:
        """Neighbours that are better one layer, none if all is well: make a table of them,
        anywhere, and `replace` them.
        """
        layers = self._state.layers
        for at in range(len(layers) - 1, 0, -1):
            if len(layers[at - 1].table) < 2 * len(layers[at].table):
                return layers[at - 1 : at + 1]
        return next(
            ((layer,) for layer in layers if 2 * len(layer.hidden) > len(layer.table.paths)), ()
        )

    def replace(self, merged: Sequence[Layer], table: NameTable) -> None:
        """`table` holds what was visible in the layers `merged` when `crowded` gave them."""
        layers = self._state.layers
        at = next(at for at, layer in enumerate(layers) if layer.table is merged[0].table)
        behind = at + len(merged)
        since = [
            now.hidden - then.hidden for now, then in zip(layers[at:behind], merged, strict=True)
        ]
        layer = Layer(table, frozenset(chain(*since)))
        self._state = _State((*layers[:at], layer, *layers[behind:]), self._state.changed)

    def entries(self) -> Iterable[Entry]:
        """All definitions of the folder, in no order."""
        state = self._state
        for layer in state.layers:
            yield from layer.entries()
        yield from chain(*state.changed.values())

    def whole(self) -> Callable[[], NameTable]:
        """Makes, for a thread, one table of the names as they are now."""
        layers, changed = state = self._state
        if len(layers) == 1 and not layers[0].hidden and not changed:
            return lambda: layers[0].table
        return lambda: NameTable.of(
            chain(chain.from_iterable(layer.entries() for layer in state.layers), *changed.values())
        )

    def find(self, query: str, limit: int, buffers: Mapping[str, Sequence[Entry]]) -> list[Match]:
        """The `limit` best matches; `buffers` holds the definitions of open buffers, in place of
        their files'.
        """
        pattern = NamePattern(query)
        state = self._state
        matches = search_entries(state.outside(buffers), pattern)
        for layer in state.layers:
            matches += layer.table.find(pattern, limit, layer.hidden | buffers.keys())
        return best(matches, limit)

    def like(
        self, text: str, limit: int, buffers: Mapping[str, Sequence[Entry]]
    ) -> list[tuple[Entry, float]]:
        """Definitions of the `limit` names that are written most like `text`, how much (0..1), the
        2 x `limit` best.

        Which these are follows from the files alone, not from the layers that they are in.
        """
        state = self._state
        wanted = runs_of(text)
        if not len(wanted):
            return []
        outside = ((entry, likeness(wanted, entry.name)) for entry in state.outside(buffers))
        found = [(entry, alike) for entry, alike in outside if alike]
        for layer in state.layers:
            found += layer.table.like(text, limit, layer.hidden | buffers.keys())
        found.sort(key=lambda item: (-item[1], preference(item[0])))
        names = set(islice(dict.fromkeys(entry.name for entry, _ in found), limit))
        return [item for item in found if item[0].name in names][: 2 * limit]

    def words_like(
        self, word: str, limit: int, buffers: Mapping[str, Sequence[Entry]]
    ) -> list[str]:
        """The `limit` words of names that are written most like `word`, the most alike first."""
        state = self._state
        wanted = runs_of(word)
        if not len(wanted):
            return []
        outside = {part for entry in state.outside(buffers) for part in _parts(entry.name)}
        found = {other: alike for other in outside if (alike := likeness(wanted, other))}
        for layer in state.layers:
            found.update(layer.table.words_like(word, limit, layer.hidden | buffers.keys()))
        return sorted(found, key=lambda other: (-found[other], other))[:limit]

    def exact(self, folded: str, limit: int, buffers: Mapping[str, Sequence[Entry]]) -> list[Entry]:
        """The first `limit` definitions of this name, case ignored, in the order that ranking
        prefers.
        """
        state = self._state
        found = [entry for entry in state.outside(buffers) if entry.name.casefold() == folded]
        for layer in state.layers:
            found += layer.table.exact(folded, layer.hidden | buffers.keys(), limit)
        return sorted(found, key=preference)[:limit]
