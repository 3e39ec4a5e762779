"""Fuzzy lookup of defined names, in memory.

Exact beats prefix beats word starts (`gWS` finds `getWorkspaceSymbol`) beats substring beats subsequence; within a tier the
code outside tests comes first, then the shorter name, then the shallower definition. The names of all files are one immutable
`NameTable`; files that changed since it was built are hidden in it and searched one by one until it is built again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.search.places import is_test_path

__all__ = ["Entry", "Match", "NamePattern", "NameTable", "best", "search_entries"]

_MOST_TESTED = 30_000
"""Names tested one by one for a query that few names match; the shorter names are tested first."""

_MOST_PREFIXED = 3_000
"""Names with the wanted prefix that are ranked; the shorter ones come first."""

_KIND_ORDER = {
    kind: at
    for at, kind in enumerate(
        (
            "class",
            "interface",
            "struct",
            "enum",
            "module",
            "namespace",
            "object",
            "function",
            "constructor",
            "method",
            "typeParameter",
        )
    )
}


class Entry(NamedTuple):
    """One definition: `row` is its key in the manifest (negative for an open buffer), `chunk` the chunk that holds its name."""

    name: str
    kind: str
    container: str
    path: str
    row: int
    chunk: int


class Match(NamedTuple):
    """An entry with its rank, the smaller the better; `rank[0]` is the tier (0 exact … 5 subsequence)."""

    rank: tuple[int, int, int, int, int, str, int]
    entry: Entry


class NamePattern:
    """A query for names: `Pool.release`, `Pool::release`, `Pool#release` ask for a container, several words must all occur."""

    def __init__(self, query: str) -> None:
        self.words = query.split()
        parts = [part for part in re.split(r"::|->|[.#/\\]", query.strip()) if part]
        self.blank = not self.words
        self.container = [part.casefold() for part in parts[:-1]] if len(self.words) == 1 else []
        self.name = parts[-1] if parts and len(self.words) == 1 else query.strip()
        self.folded = self.name.casefold()
        letters = [re.escape(char) for char in self.folded]
        self._subsequence = re.compile(".*?".join(letters), re.DOTALL)
        self._starts = _word_starts(self.name)
        self._word_parts = [word.casefold() for word in self.words]

    def tier(self, name: str, folded: str, container: str) -> int:
        """How well a name fits: 0 exact, 1 exact but for case, 2 prefix, 3 word starts, 4 substring, 5 subsequence, -1 not."""
        if self.blank:
            return 0
        if len(self.words) > 1:
            return self._several(folded, container)
        if self.container and not _container_fits(self.container, container):
            return -1
        if folded == self.folded:
            return 0 if name == self.name else 1
        if folded.startswith(self.folded):
            return 2
        if self._starts.search(name):
            return 3
        if self.folded in folded:
            return 4
        return 5 if self._subsequence.search(folded) else -1

    def _several(self, folded: str, container: str) -> int:
        around = container.casefold()
        in_name = [word in folded for word in self._word_parts]
        if not all(hit or word in around for hit, word in zip(in_name, self._word_parts, strict=True)):
            return -1
        return 3 if all(in_name) else 4 if any(in_name) else -1

    def mask(self) -> int:
        """The characters that a fitting name must have, as `character_mask` counts them."""
        return 0 if self.blank or len(self.words) > 1 else character_mask(self.folded)


class NameTable:
    """All definitions of an index, frozen. Memory: about 100 bytes a definition plus each distinct name once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: (len(entry.name), entry.name))
        names: list[str] = []
        starts: list[int] = []
        for at, entry in enumerate(self._entries):
            if not names or names[-1] != entry.name:
                names.append(entry.name)
                starts.append(at)
        starts.append(len(self._entries))
        self._names, self._starts = names, starts
        self._folded = [name.casefold() for name in names]
        self._masks: NDArray[np.uint64] = np.fromiter(map(character_mask, self._folded), dtype=np.uint64, count=len(names))
        order = sorted(range(len(names)), key=self._folded.__getitem__)
        self._sorted = [self._folded[at] for at in order]
        self._order = order

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self, hidden: Collection[str] = ()) -> Iterable[Entry]:
        """All definitions outside the paths of `hidden`."""
        return (entry for entry in self._entries if entry.path not in hidden)

    def find(self, pattern: NamePattern, limit: int, hidden: Collection[str] = ()) -> list[Match]:
        """At least the `limit` best matches outside the paths of `hidden`, unsorted; fewer when there are no more."""
        if pattern.blank:
            return self._ranked(range(len(self._names)), pattern, hidden, limit)
        found = self._ranked(self._with_prefix(pattern), pattern, hidden, None)
        if len(found) >= limit and not pattern.container:
            return found
        mask = np.uint64(pattern.mask())
        rest = np.flatnonzero((self._masks & mask) == mask)[:_MOST_TESTED].tolist()
        seen = {match.entry for match in found}
        found.extend(match for match in self._ranked(rest, pattern, hidden, None) if match.entry not in seen)
        return found

    def exact(self, folded: str) -> list[Entry]:
        """The definitions whose name is `folded` when case is ignored."""
        at = bisect_left(self._sorted, folded)
        entries: list[Entry] = []
        while at < len(self._sorted) and self._sorted[at] == folded:
            number = self._order[at]
            entries.extend(self._entries[self._starts[number] : self._starts[number + 1]])
            at += 1
        return entries

    def _with_prefix(self, pattern: NamePattern) -> list[int]:
        if len(pattern.words) > 1:
            return []
        first = bisect_left(self._sorted, pattern.folded)
        last = bisect_left(self._sorted, pattern.folded + "\U0010ffff")
        return sorted(self._order[first:last])[:_MOST_PREFIXED]

    def _ranked(self, numbers: Iterable[int], pattern: NamePattern, hidden: Collection[str], limit: int | None) -> list[Match]:
        matches: list[Match] = []
        for number in numbers:
            for entry in self._entries[self._starts[number] : self._starts[number + 1]]:
                if entry.path in hidden:
                    continue
                tier = pattern.tier(entry.name, self._folded[number], entry.container)
                if tier >= 0:
                    matches.append(Match(_rank(tier, entry, pattern.blank), entry))
        return best(matches, limit) if limit is not None else matches


def search_entries(entries: Iterable[Entry], pattern: NamePattern) -> list[Match]:
    """Matches among entries that are in no table: changed files, open buffers."""
    matches: list[Match] = []
    for entry in entries:
        tier = pattern.tier(entry.name, entry.name.casefold(), entry.container)
        if tier >= 0:
            matches.append(Match(_rank(tier, entry, pattern.blank), entry))
    return matches


def best(matches: Sequence[Match], limit: int) -> list[Match]:
    """The `limit` best matches in order."""
    return sorted(matches)[:limit]


def character_mask(folded: str) -> int:
    """64 bits: a-z and 0-9 have one each, all other characters share the rest. A name that lacks a bit lacks the character."""
    mask = 0
    for char in folded:
        code = ord(char)
        if 97 <= code <= 122:
            mask |= 1 << (code - 97)
        elif 48 <= code <= 57:
            mask |= 1 << (code - 22)
        else:
            mask |= 1 << (36 + code % 28)
    return mask


def _rank(tier: int, entry: Entry, blank: bool) -> tuple[int, int, int, int, int, str, int]:
    depth = entry.container.count(".") + bool(entry.container)
    test = int(is_test_path(entry.path))
    if blank:
        return (tier, test, depth, _KIND_ORDER.get(entry.kind, 99), entry.path.count("/"), entry.name, entry.row)
    return (tier, test, len(entry.name), depth, entry.path.count("/"), entry.name, entry.row)


def _container_fits(wanted: Sequence[str], container: str) -> bool:
    """Whether the wanted parts occur in order among the container's parts, each as its start."""
    parts = iter(part for part in container.casefold().split("."))
    return all(any(part.startswith(want) for part in parts) for want in wanted)


def _word_starts(query: str) -> re.Pattern[str]:
    """Each capital of the query starts a word; small letters go on in the same word or start the next one.

    A query without capitals (`gws`) may start a word with each letter.
    """
    pieces: list[str] = []
    free = query == query.casefold()
    for at, char in enumerate(query):
        low, up = re.escape(char.lower()), re.escape(char.upper())
        start = rf"(?:{up}|(?<![^\W_a-z])(?<![^\W_]){low}|(?<=_){low}|(?<=[^\W\d]){up})"
        if at == 0:
            pieces.append(rf"(?:\b_*|_|(?<=[^\W_A-Z]))(?:{low}|{up})" if low == up else rf"(?:(?<![^\W_]){low}|{up})")
        elif char.isupper() and not free:
            pieces.append(f".*?{start}")
        elif free:
            pieces.append(rf"(?:{low}|.*?{start})")
        else:
            pieces.append(f"(?:{low}|{up})")
    return re.compile("".join(pieces), re.DOTALL)
