"""Which paths wait to be indexed: marks come in at any time and in any number, each path is worked
on once after its last one.

No clock and no task here: the caller passes the time (seconds of a monotonic clock) in.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

__all__ = ["Dirty", "Item"]


@dataclass(slots=True)
class Item:
    """A path that waits. `mark` is the number of the first mark that is not worked off yet; `due`
    when it may be taken.

    `known` paths were seen by a walk (with their `size` in bytes) and need no other look; `force`
    prepares them even if their bytes are those of the index. Nobody waits for a `patient` one: it
    failed before and is tried again some time. A `saved` one was written by the user's editor; a
    `paced` one was taken as what nobody waits for.
    """

    path: str
    mark: int
    due: float
    first: float
    known: bool = False
    force: bool = False
    size: int = 0
    patient: bool = False
    saved: bool = False
    paced: bool = False
    attempts: int = 0


_CROWD = 100
"""Hints, from which on they are those of a checkout or a build, and not of somebody who saves
files."""


class Dirty:
    """A coalescing set. A path taken and marked again before `done` is held back until then, and
    comes again.
    """

    def __init__(self, delay: float = 0.1, longest: float = 1.0) -> None:
        """A hinted path is due `delay` seconds after its last mark, and at most `longest` after its
        first.
        """
        self._delay = delay
        self._longest = longest
        self._marks = 0
        self._hinted: dict[str, Item] = {}
        self._walked: dict[str, Item] = {}
        self._taken: dict[str, Item] = {}

    def __len__(self) -> int:
        """Paths that wait or are being worked on, without the patient ones."""
        return self.besides(frozenset())

    def besides(self, done: AbstractSet[str]) -> int:
        """How many of them are not in `done`."""
        waiting = sum(not item.patient and path not in done for path, item in self._hinted.items())
        waiting += len(self._walked) if not done else sum(path not in done for path in self._walked)
        held = (path for path in self._taken if path not in done)
        return waiting + sum(path not in self._hinted and path not in self._walked for path in held)

    @property
    def crowded(self) -> bool:
        """Whether so many hints wait that they are worked on like what a walk found, but for files
        that were saved.
        """
        return len(self._hinted) > _CROWD

    @property
    def last_mark(self) -> int:
        return self._marks

    def hint(self, paths: Iterable[str], now: float, *, mark: int = 0, saved: bool = False) -> None:
        """These may have changed. With `mark`, on behalf of what was marked then, and at once."""
        if not mark:
            self._marks += 1
        for path in paths:
            before = self._hinted.pop(path, None) or self._walked.pop(path, None)
            waited_for = before is not None and not before.patient
            first = before.first if before and waited_for and not before.known else now
            item = Item(
                path,
                mark or self._marks,
                now if mark else min(now + self._delay, first + self._longest),
                first,
            )
            item.saved = saved
            if before is not None:
                item.force, item.saved = before.force, saved or before.saved
                item.mark = min(item.mark, before.mark) if waited_for else item.mark
            self._hinted[path] = item

    def walked(
        self, items: Iterable[tuple[str, int]], now: float, *, force: bool = False, mark: int = 0
    ) -> None:
        """These differ from the index, as a walk saw: (path, size). `mark`: on whose behalf, a new
        one if 0.
        """
        if not mark:
            self._marks += 1
            mark = self._marks
        for path, size in items:
            hinted = self._hinted.get(path)
            if hinted is not None and not hinted.patient:
                hinted.force = hinted.force or force
                hinted.mark = min(hinted.mark, mark)
                continue
            before = self._hinted.pop(path, None) or self._walked.get(path)
            force_it = force or (before is not None and before.force)
            number = mark if before is None or before.patient else min(mark, before.mark)
            self._walked[path] = Item(path, number, now, now, known=True, force=force_it, size=size)

    def flush(self, now: float) -> None:
        """Everything that anybody waits for is due now."""
        for item in self._hinted.values():
            if not item.patient:
                item.due = min(item.due, now)

    def take(self, now: float, files: int, size: int, *, walked: bool = True) -> list[Item]:
        """Paths to work on now, hinted ones before walked ones: at most `files`, and (but for the
        first) `size` bytes.

        Without `walked` the hinted ones alone, of a crowd those that were saved.
        """
        crowded = self.crowded
        for waiting in (self._hinted, self._walked) if walked else (self._hinted,):
            taken: list[Item] = []
            for item in waiting.values():
                if len(taken) >= files or (taken and size < item.size):
                    break
                if (
                    item.due <= now
                    and item.path not in self._taken
                    and (walked or item.saved or not crowded)
                ):
                    size -= item.size
                    item.paced = item.known or (crowded and not item.saved)
                    taken.append(item)
            for item in taken:
                del waiting[item.path]
                self._taken[item.path] = item
            if taken:
                return taken
        return []

    def done(self, items: Iterable[Item]) -> None:
        """Worked off, well or not."""
        for item in items:
            self._taken.pop(item.path, None)

    def again(self, items: Iterable[Item], due: float, *, patient: bool = False) -> None:
        """Not worked off: try again at `due`. A mark that came meanwhile goes first."""
        for item in items:
            self._taken.pop(item.path, None)
            if (newer := self._hinted.get(item.path) or self._walked.get(item.path)) is not None:
                newer.force = newer.force or item.force
                newer.mark = newer.mark if patient else min(newer.mark, item.mark)
                continue
            attempts = item.attempts + patient
            self._hinted[item.path] = Item(
                item.path,
                item.mark,
                due,
                due,
                force=item.force,
                size=item.size,
                patient=patient,
                attempts=attempts,
            )

    def next_due(self, walked_from: float = float("-inf")) -> float | None:
        """When there is something to take, if nothing else happens; None if there is nothing at
        all.

        Walked ones are taken from `walked_from` on, and so is a crowd.
        """
        hinted_from = walked_from if self.crowded else float("-inf")
        waiting = (item for item in self._hinted.values() if item.path not in self._taken)
        times = [item.due if item.saved else max(item.due, hinted_from) for item in waiting]
        times += [
            max(item.due, walked_from)
            for path, item in islice(self._walked.items(), 1 + len(self._taken))
            if path not in self._taken
        ][:1]  # these are never put off, so any of them will do
        return min(times, default=None)

    def settled(self, mark: int) -> bool:
        """Whether all that was marked up to `mark` has been worked off."""
        held = (self._hinted, self._walked, self._taken)
        return not any(
            item.mark <= mark and not item.patient for items in held for item in items.values()
        )
