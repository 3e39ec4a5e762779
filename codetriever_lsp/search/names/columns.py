"""Definitions in columns, as they are gathered for a `NameTable`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from codetriever_lsp.search.names.pattern import Entry

__all__ = ["Definitions", "Words"]


class Words:
    """Distinct words by number."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        """With distinct `words`, in their order."""
        self.words = list(words)
        self.ids = {word: number for number, word in enumerate(self.words)}

    def id(self, word: str) -> int:
        number = self.ids.get(word)
        if number is None:
            number = self.ids[word] = len(self.words)
            self.words.append(word)
        return number


class Definitions:
    """Definitions on their way into a table, 48 bytes each; adding a thousand takes a
    millisecond.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.names, self.kinds, self.containers, self.paths = Words(), Words(), Words(), Words()
        self.columns = tuple(array("q") for _ in range(6))
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        names, kinds, containers, paths, rows, chunks = self.columns
        for name, kind, container, path, row, chunk in entries:
            names.append(self.names.id(name))
            kinds.append(self.kinds.id(kind))
            containers.append(self.containers.id(container))
            paths.append(self.paths.id(path))
            rows.append(row)
            chunks.append(chunk)
