"""Names that are written alike: what a user half remembers, misspells, or writes in another case.

Two names are as alike as the sets of their runs of three characters (Jaccard, 1901), letters and
digits alone, the ends marked. `pool_http`, `HttpPool` and `HttpPol` are near each other, and so is
a name whose words were swapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_ALIKE",
    "LONGEST_NAME",
    "Spelling",
    "StoredSpelling",
    "letters_of",
    "likeness",
    "runs_of",
]

LEAST_ALIKE = 0.25
"""Names that share less are not alike."""

LONGEST_NAME = 60
"""Characters of a query that may be a name; longer ones are sentences."""

_SPACES = 1 << 20
_OWNER_BITS = 32
_OTHER = re.compile(r"[\W_]+")

Numbers = NDArray[np.int64]


class StoredSpelling(msgspec.Struct, frozen=True, array_like=True):
    """A `Spelling` as bytes, the lowest first: `owners` int32, the rest int64."""

    owners: bytes
    runs: bytes
    starts: bytes
    lengths: bytes


class Spelling:
    """The runs of three of many names, and which names have each: 5 bytes for each letter of a
    name.
    """

    def __init__(self, folded: Sequence[str], stored: StoredSpelling | None = None) -> None:
        """Of what was `stored` for these names, nothing is counted again."""
        if stored is not None:
            self._owners = np.frombuffer(stored.owners, "<i4")
            self._runs, self._starts, self._lengths = (
                np.frombuffer(column, "<i8")
                for column in (stored.runs, stored.starts, stored.lengths)
            )
            return
        runs, owners = _runs([_OTHER.sub("", name)[:LONGEST_NAME] for name in folded])
        pairs = np.sort(runs << _OWNER_BITS | owners)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        self._owners = (pairs & (1 << _OWNER_BITS) - 1).astype(np.int32)
        run_of = pairs >> _OWNER_BITS
        starts = np.flatnonzero(np.diff(run_of, prepend=-1) > 0)
        self._runs, self._starts = run_of[starts], np.append(starts, len(pairs))
        self._lengths = np.bincount(self._owners, minlength=len(folded))

    def stored(self) -> StoredSpelling:
        """All of it, to be kept."""
        numbers = (
            column.astype("<i8").tobytes() for column in (self._runs, self._starts, self._lengths)
        )
        return StoredSpelling(self._owners.astype("<i4").tobytes(), *numbers)

    def like(self, text: str, limit: int) -> list[tuple[int, float]]:
        """The numbers of the `limit` names that are most like `text`, with how much (0..1), best
        first.
        """
        wanted = runs_of(text)
        if not len(wanted) or not len(self._runs):
            return []
        at = np.minimum(np.searchsorted(self._runs, wanted), len(self._runs) - 1)
        at = at[self._runs[at] == wanted]
        parts = [
            self._owners[self._starts[place] : self._starts[place + 1]] for place in at.tolist()
        ]
        if not parts:
            return []
        common = np.bincount(np.concatenate(parts), minlength=len(self._lengths))
        alike = common / (self._lengths + len(wanted) - common)
        found = np.flatnonzero(alike >= LEAST_ALIKE)
        found = found[np.lexsort((found, -alike[found]))][:limit]
        return [(int(number), float(alike[number])) for number in found]


@lru_cache(
    maxsize=1 << 13
)  # names of files that changed last are compared one by one at each query
def runs_of(text: str) -> Numbers:
    """The distinct runs of three of a name, as numbers, ascending; none for what is too long. Not
    to be changed.
    """
    folded = letters_of(text)
    return (
        np.unique(_runs([folded])[0]) if 0 < len(folded) <= LONGEST_NAME else np.zeros(0, np.int64)
    )


def letters_of(name: str) -> str:
    """The letters and digits of a name, without case."""
    return _OTHER.sub("", name.casefold())


def likeness(wanted: Numbers, name: str) -> float:
    """How much a name is like the one with the runs `wanted`; 0 below `LEAST_ALIKE`."""
    runs = runs_of(letters_of(name)[:LONGEST_NAME])
    common = len(np.intersect1d(wanted, runs, assume_unique=True))
    alike = common / max(len(wanted) + len(runs) - common, 1)
    return alike if alike >= LEAST_ALIKE else 0.0


def _runs(names: Iterable[str]) -> tuple[Numbers, Numbers]:
    """All runs of three, and the number of the name of each."""
    marked = [f"\x02{name}\x03" for name in names]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), np.uint32).astype(
        np.int64
    )
    if len(codes) < 3:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    owners = np.repeat(np.arange(len(marked)), [len(name) for name in marked])
    runs = (codes[:-2] * 0x9E3779B1 + codes[1:-1] * 0x85EBCA6B + codes[2:] * 0xC2B2AE35) >> 7
    inside = owners[:-2] == owners[2:]
    return (runs % _SPACES)[inside], owners[:-2][inside]
