"""Fuzzy lookup of defined names, in memory.

Exact beats prefix beats word starts (`gWS` finds `getWorkspaceSymbol`) beats substring beats
subsequence; within a tier the code outside tests comes first, then the shorter name, then the
shallower definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codetriever_lsp.search.path_class import is_test_path

__all__ = [
    "KIND_ORDER",
    "Entry",
    "Match",
    "NamePattern",
    "best",
    "depth_of",
    "preference",
    "rank_of",
    "search_entries",
]

KIND_ORDER = {
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
    """One definition: `row` is its key in the manifest (negative for an open buffer), `chunk` the
    chunk that holds its name.
    """

    name: str
    kind: str
    container: str
    path: str
    row: int
    chunk: int


class Match(NamedTuple):
    """An entry with its rank, the smaller the better; `rank[0]` is the tier (0 exact … 5
    subsequence).
    """

    rank: tuple[int, int, int, int, int, str, str, int]
    entry: Entry


class NamePattern:
    """A query for names: `Pool.release`, `Pool::release`, `Pool#release` ask for a container,
    several words must all occur.
    """

    def __init__(self, query: str) -> None:
        self.words = query.split()
        parts = [part for part in re.split(r"::|->|[.#/\\]", query.strip()) if part]
        self.blank = not self.words
        self.container = [part.casefold() for part in parts[:-1]] if len(self.words) == 1 else []
        self.name = parts[-1] if parts and len(self.words) == 1 else query.strip()
        self.folded = self.name.casefold()
        letters = [re.escape(char) for char in self.folded]
        self.subsequence = re.compile(".*?".join(letters), re.DOTALL)
        self.starts = _word_starts(self.name)
        self.initials = _initials(self.name)
        self._word_parts = [word.casefold() for word in self.words]

    def tier(self, name: str, folded: str, container: str) -> int:
        """How well a name fits: 0 exact, 1 exact but for case, 2 prefix, 3 word starts, 4
        substring, 5 subsequence, -1 not.
        """
        if self.blank:
            return 0
        if len(self.words) > 1:
            return self._several(folded, container)
        if self.container and not self.fits_container(container.casefold()):
            return -1
        if folded == self.folded:
            return 0 if name == self.name else 1
        if folded.startswith(self.folded):
            return 2
        if self.starts.search(name):
            return 3
        if self.folded in folded:
            return 4
        return 5 if self.subsequence.search(folded) else -1

    def _several(self, folded: str, container: str) -> int:
        around = container.casefold()
        in_name = [word in folded for word in self._word_parts]
        if not all(
            hit or word in around for hit, word in zip(in_name, self._word_parts, strict=True)
        ):
            return -1
        return 3 if all(in_name) else 4 if any(in_name) else -1

    def fits_container(self, folded: str) -> bool:
        """Whether the wanted containers occur in order among those of a dotted path, each as its
        start.
        """
        parts = iter(folded.split("."))
        return all(any(part.startswith(want) for part in parts) for want in self.container)


def search_entries(entries: Iterable[Entry], pattern: NamePattern) -> list[Match]:
    """Matches among entries that are in no table: changed files, open buffers."""
    matches: list[Match] = []
    for entry in entries:
        tier = pattern.tier(entry.name, entry.name.casefold(), entry.container)
        if tier >= 0:
            matches.append(Match(rank_of(tier, entry, pattern.blank), entry))
    return matches


def best(matches: Sequence[Match], limit: int) -> list[Match]:
    """The `limit` best matches in order."""
    return sorted(matches)[:limit]


def depth_of(container: str) -> int:
    """How many definitions are around one in this container."""
    return container.count(".") + bool(container)


def rank_of(tier: int, entry: Entry, blank: bool) -> tuple[int, int, int, int, int, str, str, int]:
    """Where a match stands, the smaller the better; `blank` for the query that asks for nothing.

    Rows tell only of definitions in one file which comes first: which file was indexed first means
    nothing.
    """
    name, kind, container, path, row, _ = entry
    depth, test = depth_of(container), int(is_test_path(path))
    if blank:
        return (tier, test, depth, KIND_ORDER.get(kind, 99), path.count("/"), name, path, row)
    return (tier, test, len(name), depth, path.count("/"), name, path, row)


def preference(entry: Entry) -> tuple[int, str, bool, int, int, str, int]:
    """The order of definitions of names that fit a query equally well."""
    name, _, container, path, row, _ = entry
    return len(name), name, is_test_path(path), depth_of(container), path.count("/"), path, row


def _word_starts(query: str) -> re.Pattern[str]:
    """Each capital of the query starts a word; small letters go on in the same word or start the
    next one.

    A query without capitals (`gws`) may start a word with each letter.
    """
    pieces: list[str] = []
    free = query == query.casefold()
    for at, char in enumerate(query):
        low, up = re.escape(char.lower()), re.escape(char.upper())
        start = rf"(?:{up}|(?<![^\W_a-z])(?<![^\W_]){low}|(?<=_){low}|(?<=[^\W\d]){up})"
        if at == 0:
            pieces.append(
                rf"(?:\b_*|_|(?<=[^\W_A-Z]))(?:{low}|{up})"
                if low == up
                else rf"(?:(?<![^\W_]){low}|{up})"
            )
        elif char.isupper() and not free:
            pieces.append(f".*?{start}")
        elif free:
            pieces.append(rf"(?:{low}|.*?{start})")
        else:
            pieces.append(f"(?:{low}|{up})")
    return re.compile("".join(pieces), re.DOTALL)


def _initials(query: str) -> str:
    """Letters with which a word must start in a name that `_word_starts` fits."""
    free = query == query.casefold()
    letters = [char for at, char in enumerate(query) if at == 0 or (char.isupper() and not free)]
    return "".join(char for char in letters if char.isascii() and char.isalpha())
