"""When what nobody waits for may be worked on: hardly while somebody types, at half speed while the
system saves power.

That is what a walk found, and what a checkout or a build changed, of which a watcher told. What was
saved, or is one of a few files that changed, is indexed at once, and so is everything while
somebody waits (`codetriever/sync`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Pace"]

PAUSE_S = 1.0
"""After a keystroke."""

LONGEST_S = 10.0
"""Of somebody who types without a pause something is done so often, for it has to end some time."""


class Pace:
    """Shared by all folders of an engine. `saving` says whether the system saves power."""

    def __init__(
        self,
        saving: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._saving = saving
        self._clock = clock
        self._typed = self._began = self._rest_until = float("-inf")

    @property
    def saving(self) -> bool:
        return self._saving()

    def typed(self) -> None:
        """Somebody changed a text in an editor."""
        self._typed = self._clock()

    def begins(self) -> None:
        """A batch that nobody waits for begins."""
        self._began = self._clock()

    def ended(self, seconds: float) -> None:
        """Such a batch took so long."""
        if self._saving():
            self._rest_until = max(self._rest_until, self._clock() + seconds)

    def due(self) -> float:
        """When the next one may begin, by the clock; in the past if at once."""
        return max(min(self._typed + PAUSE_S, self._began + LONGEST_S), self._rest_until)
