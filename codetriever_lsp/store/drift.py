"""How far a shard's count of its points is off, and what is kept beside it to know that after a crash.

The engine's log brings back after a crash what its files lack. Points that it replaces or deletes again on the way go on
counting in the document frequencies, so these are known only of a shard that was flushed after the last write.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from codetriever_lsp.store.vectors import SPARSE

__all__ = ["Drift", "dead_of", "mark_flushed", "mark_unflushed", "was_flushed"]

_CHUNK_DRIFT = 0.1
_FILE_DRIFT = 0.02

_DEAD = "codetriever-dead"
_FLUSHED = "codetriever-flushed"


@dataclass(slots=True)
class Drift:
    """How far the engine's inverse document frequencies are off.

    They follow from the number of points in a space, in which the engine goes on counting points that were replaced or
    deleted until the shard is loaded again (measured: deleting 80 of 100 points leaves 100). Told to count the points of
    a filter it is exact, but takes 9 ms instead of 0.6 at 100,000: asked for only when the count is off by more than shows,
    or when it is `unknown` by how much, because the engine's log brought points back.
    """

    slots: int
    unknown: bool = False
    deleted_chunks: int = 0

    def spaces(self, live: int, files: int) -> frozenset[str]:
        if self.unknown:
            return frozenset(SPARSE)
        lost = max(0, self.slots - live)
        lost_chunks = min(self.deleted_chunks, lost)
        spaces = {"lexical", "prose"} if lost_chunks > _CHUNK_DRIFT * (live - files) else set()
        return frozenset(spaces | {"file", "names", "path"} if lost - lost_chunks > _FILE_DRIFT * files else spaces)


def mark_flushed(folder: Path, dead: int) -> None:
    """All is in the files of the shard in `folder`, and `dead` of its points are dead."""
    with contextlib.suppress(OSError):  # then it counts as not flushed
        (folder / _DEAD).write_text(str(dead), encoding="ascii")
        (folder / _FLUSHED).touch()


def mark_unflushed(folder: Path) -> None:
    """To be called before the first write after that."""
    with contextlib.suppress(OSError):  # a file that cannot be deleted is in a folder that cannot be written to
        (folder / _FLUSHED).unlink(missing_ok=True)


def was_flushed(folder: Path) -> bool:
    """Whether nothing was written since the shard was flushed."""
    return (folder / _FLUSHED).exists()


def dead_of(folder: Path) -> int:
    """What `mark_flushed` kept last; 0 where there is nothing to read. What a crash forgets is counted from then on."""
    try:
        return max(0, int((folder / _DEAD).read_text(encoding="ascii")))
    except (OSError, ValueError):
        return 0
