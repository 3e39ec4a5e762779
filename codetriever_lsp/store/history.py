"""What changed in the last generations of an index, so that what was made of it need not be made
anew.
"""

from __future__ import annotations

from collections import deque

__all__ = ["History"]

_LONGEST = 1_000


class History:
    """`generation` is that of the index now."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self._changes: deque[tuple[int, frozenset[str]]] = deque(maxlen=_LONGEST)

    def add(self, paths: frozenset[str]) -> None:
        """The next generation differs in these paths."""
        self.generation += 1
        self._changes.append((self.generation, paths))

    def since(self, generation: int) -> frozenset[str] | None:
        """The paths that changed after `generation`; None if that is too long ago to know."""
        if generation >= self.generation:
            return frozenset()
        if not self._changes or self._changes[0][0] > generation + 1:
            return None
        return frozenset().union(
            *(paths for changed, paths in self._changes if changed > generation)
        )
