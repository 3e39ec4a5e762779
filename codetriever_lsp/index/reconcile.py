"""Compare what is on disk with what the index holds: which files have to be prepared, and which to be looked at because they
seem to be gone. Only stats files; whether a file has really changed is found by its digest later.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from codetriever_lsp.errors import NotReady
from codetriever_lsp.index.jobs import Skip
from codetriever_lsp.index.known import Known
from codetriever_lsp.index.prepare import stamp_of
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import FileStamp
from codetriever_lsp.workspace.entries import Entry, Skipped
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.walk import stat_entry, walk

__all__ = ["Found", "Sweep", "below"]

Found = tuple[str, int]
"""A path and its size in bytes."""

STEP = 500
"""Files looked at in one go: about 10 ms."""


class Sweep:
    """One walk over a folder. Call `step` in a thread until it gives None, then read `missing` and `skipped`.

    `skips` is what workers refused before: it is not taken up again until it changes.
    """

    def __init__(
        self, root: Path, rules: IgnoreRules, settings: IndexSettings, known: Known, skips: Mapping[str, Skip], *, full: bool
    ) -> None:
        self.skipped: Counter[str] = Counter()
        self._root = root
        self._known = known
        self._skips = skips
        self._full = full
        self._unseen = set(known.paths())
        self._walk = walk(root, rules, settings)

    def step(self) -> list[Found] | None:
        """Files that differ from the index, among the next ones; None at the end. Raises NotReady if the root is gone."""
        entries = list(islice(self._walk, STEP))
        if not entries:
            return None
        return [found for entry in entries if (found := self._look(entry)) is not None]

    @property
    def missing(self) -> list[str]:
        """Files of the index that the walk did not meet: gone, or not to be indexed any more."""
        return sorted(self._unseen)

    def _look(self, entry: Entry | Skipped) -> Found | None:
        if isinstance(entry, Skipped):
            if not entry.path:
                raise NotReady(f"The folder {self._root} cannot be read: {entry.reason}. What is indexed of it stays.")
            self.skipped[entry.reason] += 1
            return None
        self._unseen.discard(entry.path)
        if self._full:
            return entry.path, entry.size
        return differing(self._root, entry, self._known, self._skips)


def differing(root: Path, entry: Entry, known: Known, skips: Mapping[str, Skip]) -> Found | None:
    """The entry, unless the index (or the refusal of a worker) is of the file as it is now."""
    stamp: FileStamp | None = known.get(entry.path)
    if stamp is None and (skip := skips.get(entry.path)) is not None:
        stamp = skip.stamp
    if stamp is not None:
        try:
            if stamp_of(os.lstat(f"{root}/{entry.path}")) == (stamp.size, stamp.mtime_ns):
                return None
        except (OSError, ValueError):
            return entry.path, entry.size
    return entry.path, entry.size


def below(root: Path, folder: str, rules: IgnoreRules, settings: IndexSettings) -> Iterator[Entry | Skipped]:
    """What `walk` would say of everything in one folder below `root`, at any depth: nothing if it is no folder to enter."""
    if rules.reason(folder, True) is not None:
        return
    try:
        with os.scandir(f"{root}/{folder}") as scan:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan)
    except (OSError, ValueError):
        return
    for name, is_folder in names:
        if is_folder:
            yield from below(root, f"{folder}/{name}", rules, settings)
        elif (entry := stat_entry(root, f"{folder}/{name}", rules, settings)) is not None:
            yield entry
