"""Many definitions, frozen, in columns: a fuzzy lookup among a million takes milliseconds.

Distinct names stand in the order in which the ranking prefers them, the shorter first, so that a
lookup goes tier by tier from the best and stops when it has enough. What can be told of all names
at once is told by arrays: which characters a name has, which letters start a word in it. Memory:
about 30 bytes a definition, and about 150 for each distinct name.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, KeysView, Sequence
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.search.names.charmask import has, initials_of, mask_of, masks_of
from codetriever_lsp.search.names.columns import Definitions, Words
from codetriever_lsp.search.names.pattern import (
    KIND_ORDER,
    Entry,
    Match,
    NamePattern,
    depth_of,
    rank_of,
)
from codetriever_lsp.search.names.trigrams import Spelling, StoredSpelling
from codetriever_lsp.search.path_class import is_test_path
from codetriever_lsp.text.terms import split

__all__ = ["NameTable", "StoredTable"]

_MOST_READ = 15_000
"""Names with the wanted characters that are read for their order; the shorter ones come first."""

_MOST_TESTED = 2_000
"""Names, or definitions, tested for what takes microseconds."""

_MOST_PREFIXED = 3_000
"""Names with the wanted prefix that are looked at; the shorter ones come first."""

_MOST_BLANK = 2_000
"""Definitions that are kept in the order of the query that asks for nothing."""

_MOST_WORDS = 8
"""Words of a query that are looked for; the others are not."""

Numbers = NDArray[np.int64]


class StoredTable(msgspec.Struct, frozen=True, array_like=True):
    """A `NameTable` as it is kept on disk: texts, and columns as bytes, the lowest first."""

    names: list[str]
    kinds: list[str]
    containers: list[str]
    paths: list[str]
    words: list[str]
    columns: dict[str, bytes]
    spelling: StoredSpelling
    word_spelling: StoredSpelling


_NUMBERS = {
    "number": "<i4",
    "kind": "<i4",
    "container": "<i4",
    "path": "<i4",
    "fold_order": "<i4",
    "blank_order": "<i4",
    "row": "<i8",
    "chunk": "<i8",
    "masks": "<u8",
    "container_masks": "<u8",
    "initials": "<u8",
}
"""The columns of a `StoredTable`."""


class NameTable:
    """All definitions of some files.

    Making it takes about 15 µs for each distinct name and keeps the global lock for short times
    only, so that it may be done in a thread.
    """

    def __init__(self, source: Definitions | StoredTable) -> None:
        """Of what was stored it takes a thirtieth of the time."""
        if isinstance(source, StoredTable):
            self._restore(source)
        else:
            self._make(source)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> NameTable:
        return cls(Definitions(entries))

    def stored(self) -> StoredTable:
        """All that takes time to make, to be kept."""
        columns = {
            name: np.asarray(getattr(self, f"_{name}")).astype(kind).tobytes()
            for name, kind in _NUMBERS.items()
        }
        texts = (
            self._names,
            self._kinds.words,
            self._containers.words,
            self._paths.words,
            self._words,
        )
        return StoredTable(*texts, columns, self._spelling.stored(), self._word_spelling.stored())

    def __len__(self) -> int:
        return len(self._row)

    @property
    def paths(self) -> KeysView[str]:
        """The paths of the files that have definitions here."""
        return self._paths.ids.keys()

    def entries(self, hidden: Collection[str] = ()) -> Iterator[Entry]:
        """All definitions outside the paths of `hidden`."""
        skip = self._path_ids(hidden)
        for number in range(len(self._names)):
            for at in self._visible(number, skip, len(self)):
                yield self._entry(number, at)

    def find(self, pattern: NamePattern, limit: int, hidden: Collection[str] = ()) -> list[Match]:
        """At least the `limit` best matches outside the paths of `hidden`, unsorted; fewer when
        there are no more.
        """
        skip = self._path_ids(hidden)
        if pattern.blank:
            return self._first(limit, skip)
        if pattern.container:
            return self._inside(pattern, skip)
        if len(pattern.words) > 1:
            return self._several(pattern, limit, skip)
        matches = self._collect(self._prefixed(pattern), pattern, limit, skip, set())
        if len(matches) >= limit:
            return matches
        spread = self._spread(pattern)
        seen: set[int] = set()
        for tier in (
            self._starting_words(spread, pattern),
            self._containing(spread, pattern),
            iter(spread),
        ):
            matches += self._collect(
                (at for at in tier if at not in seen), pattern, limit, skip, seen
            )
            if len(matches) >= limit:
                break
        return matches

    def exact(self, folded: str, hidden: Collection[str] = (), limit: int = 1_000) -> list[Entry]:
        """The `limit` first definitions whose name is `folded` when case is ignored."""
        skip = self._path_ids(hidden)
        numbers = sorted(
            self._fold_order[bisect_left(self._sorted, folded) : bisect_right(self._sorted, folded)]
        )
        return [
            self._entry(number, at)
            for number in numbers
            for at in self._visible(number, skip, limit)
        ][:limit]

    def like(
        self, text: str, limit: int, hidden: Collection[str] = ()
    ) -> list[tuple[Entry, float]]:
        """Definitions, 2 x `limit` of each, of the `limit` names that are written most like `text`,
        with how much (0..1).
        """
        skip, found, names = self._path_ids(hidden), list[tuple[Entry, float]](), 0
        for number, alike in self._spelling.like(text, _MOST_TESTED if skip else limit):
            entries = [
                (self._entry(number, at), alike) for at in self._visible(number, skip, 2 * limit)
            ]
            found += entries
            names += bool(entries)
            if names == limit:
                break
        return found

    def words_like(
        self, word: str, limit: int, hidden: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """The `limit` words of names outside the paths of `hidden` that are written most like
        `word`, with how much (0..1).
        """
        skip = self._path_ids(hidden)
        alike = self._word_spelling.like(word, _MOST_TESTED if skip else limit)
        words = ((self._words[number], much) for number, much in alike)
        return list(
            islice((found for found in words if not skip or self._has_word(found[0], skip)), limit)
        )

    # How it is made

    def _make(self, definitions: Definitions) -> None:
        self._kinds, self._containers, self._paths = (
            definitions.kinds,
            definitions.containers,
            definitions.paths,
        )
        self._names = _by_length(definitions.names.words)
        self._folded = [_folded(name) for name in self._names]
        self._place(definitions)
        self._fold_order = array("i", _in_order(self._folded))
        self._derive()
        self._index_characters()
        self._spelling = Spelling(self._folded)
        self._words = sorted({part for name in self._names for part in split(name)})
        self._word_spelling = Spelling(self._words)

    def _restore(self, stored: StoredTable) -> None:
        self._kinds, self._containers, self._paths = (
            Words(stored.kinds),
            Words(stored.containers),
            Words(stored.paths),
        )
        self._names, self._words = stored.names, stored.words
        self._folded = [_folded(name) for name in stored.names]
        columns = {
            name: np.frombuffer(stored.columns[name], kind) for name, kind in _NUMBERS.items()
        }
        self._number, self._masks = columns["number"], columns["masks"]
        self._container_masks, self._initials = columns["container_masks"], columns["initials"]
        self._starts = _starts_of(self._number, len(stored.names))
        self._kind, self._container, self._path, self._fold_order = (
            array("i", columns[name].astype("i4").tobytes())
            for name in ("kind", "container", "path", "fold_order")
        )
        self._row, self._chunk = (
            array("q", columns[name].astype("i8").tobytes()) for name in ("row", "chunk")
        )
        self._blank_order = columns["blank_order"].tolist()
        self._derive()
        self._spelling = Spelling(self._folded, stored.spelling)
        self._word_spelling = Spelling(self._words, stored.word_spelling)

    def _place(self, definitions: Definitions) -> None:
        """Sort the definitions by name, and those of one name as the ranking prefers them."""
        name_of, kind_of, container_of, path_of, row, chunk = (
            np.asarray(column) for column in definitions.columns
        )
        ids, count = definitions.names.ids, len(self._names)
        numbers = np.empty(count, np.int64)
        numbers[[ids[name] for name in self._names]] = np.arange(count)
        number = numbers[name_of]
        tests = np.array([is_test_path(path) for path in self._paths.words] or [False])[path_of]
        depths = np.array([depth_of(container) for container in self._containers.words] or [0])[
            container_of
        ]
        slashes = np.array([path.count("/") for path in self._paths.words] or [0])[path_of]
        path = _ranks(self._paths.words)[path_of]
        order = np.lexsort((row, path, slashes, depths, tests, number))
        self._number = number[order].astype(np.int32)
        self._starts = _starts_of(self._number, count)
        self._row, self._chunk = (
            array("q", row[order].tobytes()),
            array("q", chunk[order].tobytes()),
        )
        self._kind, self._container, self._path = (
            array("i", column[order].astype(np.int32).tobytes())
            for column in (kind_of, container_of, path_of)
        )
        kinds = np.array([KIND_ORDER.get(kind, 99) for kind in self._kinds.words] or [0])[kind_of]
        blank = np.lexsort((row, path, _ranks(self._names)[number], slashes, kinds, depths, tests))[
            :_MOST_BLANK
        ]
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self._blank_order = place[blank].tolist()

    def _derive(self) -> None:
        """What follows from the names and their order at once."""
        self._sorted = [self._folded[at] for at in self._fold_order]
        self._folded_containers = [container.casefold() for container in self._containers.words]

    def _index_characters(self) -> None:
        """For each name which characters are in it, and which letters start a word in it."""
        self._masks = masks_of(self._folded)
        self._container_masks = masks_of(self._folded_containers)
        self._initials = initials_of(self._names)

    # The tiers of a query of one word: numbers of names that fit, in order

    def _prefixed(self, pattern: NamePattern) -> Iterator[int]:
        first = bisect_left(self._sorted, pattern.folded)
        last = bisect_left(self._sorted, pattern.folded + "\U0010ffff", first)
        numbers = np.array(self._fold_order[first:last])
        if len(numbers) > _MOST_PREFIXED:
            numbers = np.partition(numbers, _MOST_PREFIXED)[:_MOST_PREFIXED]
        yield from np.sort(numbers).tolist()

    def _spread(self, pattern: NamePattern) -> list[int]:
        """Names that have its characters in their order, but not all at the start: what all the
        following have.
        """
        search, start, folded = pattern.subsequence.search, pattern.folded, self._folded
        fitting = np.flatnonzero(has(self._masks, mask_of(start)))[:_MOST_READ].tolist()
        found = (at for at in fitting if search(folded[at]) and not folded[at].startswith(start))
        return list(islice(found, _MOST_TESTED))

    def _starting_words(self, spread: list[int], pattern: NamePattern) -> Iterator[int]:
        begun = np.array(spread, np.int64)
        begun = begun[has(self._initials[begun], mask_of(pattern.initials))]
        return (at for at in begun.tolist() if pattern.starts.search(self._names[at]))

    def _containing(self, spread: list[int], pattern: NamePattern) -> Iterator[int]:
        return (at for at in spread if pattern.folded in self._folded[at])

    def _collect(
        self,
        numbers: Iterable[int],
        pattern: NamePattern,
        limit: int,
        skip: set[int],
        seen: set[int],
    ) -> list[Match]:
        """The definitions of these names until no later one can be among the `limit` best of their
        tier.
        """
        matches: list[Match] = []
        enough, length = 0, 0
        for number in numbers:
            name = self._names[number]
            if enough >= limit and len(name) > length:
                break
            length = len(name)
            seen.add(number)
            tier = pattern.tier(name, self._folded[number], "")
            for at in self._visible(number, skip, limit):
                match = self._match(tier, number, at)
                matches.append(match)
                enough += not match.rank[1]  # what is in tests comes after all the rest
        return matches

    # Other queries

    def _first(self, limit: int, skip: set[int]) -> list[Match]:
        """The first definitions for the query that asks for nothing."""
        kept = [at for at in self._blank_order if self._path[at] not in skip]
        if len(kept) < limit and len(self._blank_order) < len(self):
            kept = [at for at in range(len(self)) if self._path[at] not in skip]
        return [self._match(0, int(self._number[at]), at, blank=True) for at in kept[:limit]]

    def _inside(self, pattern: NamePattern, skip: set[int]) -> list[Match]:
        """Definitions in a container: those in the containers that fit, each tested."""
        fits = np.zeros(len(self._folded_containers), bool)
        fits[
            [
                at
                for at in self._around(pattern.container[0])
                if pattern.fits_container(self._folded_containers[at])
            ]
        ] = True
        places = np.flatnonzero(fits[np.asarray(self._container)])
        return self._tested(
            places[has(self._masks[self._number[places]], mask_of(pattern.folded))], pattern, skip
        )

    def _several(self, pattern: NamePattern, limit: int, skip: set[int]) -> list[Match]:
        """Names with all words; where those are too few, also definitions with some of them in the
        container.
        """
        words = [word.casefold() for word in pattern.words][:_MOST_WORDS]
        fitting = np.flatnonzero(has(self._masks, mask_of("".join(words))))[:_MOST_READ].tolist()
        for word in words:
            fitting = [at for at in fitting if word in self._folded[at]]
        matches = self._collect(fitting, pattern, limit, skip, set())
        if len(matches) < limit:
            known = {match.entry for match in matches}
            rest = self._tested(self._partly_around(words), pattern, skip)
            matches += [match for match in rest if match.entry not in known]
        return matches

    def _partly_around(self, words: Sequence[str]) -> Numbers:
        """Definitions with some of the words in the container, and all characters of the others in
        the name.
        """
        some = np.zeros(len(self._folded_containers), bool)
        missing = np.zeros(len(self._folded_containers), np.uint64)
        for word in words:
            having = self._around(word)
            lacking = np.full(len(missing), mask_of(word), np.uint64)
            lacking[having] = 0
            some[having] = True
            missing |= lacking
        places = np.flatnonzero(some[np.asarray(self._container)])
        wanted = missing[np.asarray(self._container)[places]]
        fitting: Numbers = places[(self._masks[self._number[places]] & wanted) == wanted]
        return fitting

    def _around(self, text: str) -> list[int]:
        """The containers in which a text is."""
        fitting = np.flatnonzero(has(self._container_masks, mask_of(text))).tolist()
        return [at for at in fitting if text in self._folded_containers[at]]

    def _tested(self, places: Numbers, pattern: NamePattern, skip: set[int]) -> list[Match]:
        """Those of these definitions that fit, as far as they are looked at."""
        matches: list[Match] = []
        for at in places[:_MOST_TESTED].tolist():
            number = self._number[at]
            tier = pattern.tier(
                self._names[number],
                self._folded[number],
                self._containers.words[self._container[at]],
            )
            if tier >= 0 and self._path[at] not in skip:
                matches.append(self._match(tier, number, at))
        return matches

    # What a definition is put together of

    def _visible(self, number: int, skip: set[int], limit: int) -> Iterator[int]:
        """The places of the `limit` first definitions of a name."""
        for at in range(self._starts[number], self._starts[number + 1]):
            if limit <= 0:
                return
            if self._path[at] not in skip:
                limit -= 1
                yield at

    def _entry(self, number: int, at: int) -> Entry:
        kind, container = (
            self._kinds.words[self._kind[at]],
            self._containers.words[self._container[at]],
        )
        return Entry(
            self._names[number],
            kind,
            container,
            self._paths.words[self._path[at]],
            self._row[at],
            self._chunk[at],
        )

    def _match(self, tier: int, number: int, at: int, *, blank: bool = False) -> Match:
        entry = self._entry(number, at)
        return Match(rank_of(tier, entry, blank), entry)

    def _has_word(self, word: str, skip: set[int]) -> bool:
        """Whether a name with this word is defined outside the paths of `skip`, written with the
        characters of the word.
        """
        numbers = np.flatnonzero(has(self._masks, mask_of(word))).tolist()
        return any(
            word in split(self._names[at])
            for at in numbers
            if any(True for _ in self._visible(at, skip, 1))
        )

    def _path_ids(self, paths: Collection[str]) -> set[int]:
        return {self._paths.ids[path] for path in paths if path in self._paths.ids}


def _starts_of(numbers: NDArray[np.int32], count: int) -> array[int]:
    """Where the definitions of each of `count` names begin, and where the last ends."""
    return array("q", np.searchsorted(numbers, np.arange(count + 1)).tolist())


def _by_length(names: Iterable[str]) -> list[str]:
    """The shorter ones first, in order where they are equally long.

    Sorted in parts: a sort keeps the global lock to its end, and the event loop must get its turn.
    """
    parts: defaultdict[int, list[str]] = defaultdict(list)
    for name in names:
        parts[len(name)].append(name)
    return [name for length in sorted(parts) for name in sorted(parts[length])]


def _in_order(texts: Sequence[str]) -> Iterator[int]:
    """The positions of the texts in their alphabetical order; sorted in parts, as in
    `_by_length`.
    """
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        parts[text[:1]].append(at)
    for first in sorted(parts):
        yield from sorted(parts[first], key=texts.__getitem__)


def _ranks(texts: Sequence[str]) -> Numbers:
    """Where each text stands in the alphabetical order."""
    ranks = np.empty(len(texts), np.int64)
    ranks[list(_in_order(texts))] = np.arange(len(texts))
    return ranks


def _folded(name: str) -> str:
    folded = name.casefold()
    return name if name == folded else folded  # one string where both are the same
