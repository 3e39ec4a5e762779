"""Compare what is on disk with what the index holds: which files have to be prepared, and which to
be looked at because they seem to be gone. Only stats files; whether a file has really changed is
found by its digest later.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from codetriever_lsp.errors import NotReady
from codetriever_lsp.index.indexed_files import Known
from codetriever_lsp.index.jobs import Skip
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import FileStamp
from codetriever_lsp.workspace.entries import Entry, Skipped, stamp_of
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.paths import spelling
from codetriever_lsp.workspace.walk import stat_entry, walk

__all__ = ["Found", "Look", "Scene", "Sweep", "below", "look_at", "spelled_so"]

Found = tuple[str, int]
"""A path and its size in bytes."""

STEP = 500
"""Files looked at in one go: about 10 ms."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder on one side, what the index holds of it on the other.

    `skips` is what workers refused before: it is not taken up again until it changes.
    """

    root: Path
    rules: IgnoreRules
    settings: IndexSettings
    known: Known
    skips: dict[str, Skip]


@dataclass(slots=True)
class Look:
    """What a path turned out to be; for a folder, the files in it, and those of them that differ
    from the index.
    """

    is_file: bool
    seen: set[str] = field(default_factory=set)
    differing: list[Found] = field(default_factory=list)


def look_at(scene: Scene, paths: Sequence[str]) -> list[Look]:
    """What each of these (hinted) paths is now. Blocks on the disk. Raises NotReady if the root is
    gone.
    """
    if not scene.root.is_dir():
        raise NotReady(f"The folder {scene.root} is not there. What is indexed of it stays.")
    if any(scene.rules.is_rules_file(path) for path in paths):
        scene.rules.refresh()
    return [_look_at(scene, path) for path in paths]


class Sweep:
    """One walk over a folder. Call `step` in a thread until it gives None, then read `missing` and
    `skipped`.
    """

    def __init__(self, scene: Scene, *, full: bool) -> None:
        self.skipped: Counter[str] = Counter()
        self._scene = scene
        self._full = full
        self._unseen = set(scene.known.paths()) | scene.skips.keys()
        self._walk = walk(scene.root, scene.rules, scene.settings)

    def step(self) -> list[Found] | None:
        """Files that differ from the index, among the next ones; None at the end. Raises NotReady
        if the root is gone.
        """
        entries = list(islice(self._walk, STEP))
        if not entries:
            return None
        return [found for entry in entries if (found := self._look(entry)) is not None]

    @property
    def missing(self) -> list[str]:
        """Files of the index, and refused ones, that the walk did not meet: gone, or not to be
        indexed any more.
        """
        return sorted(self._unseen)

    def _look(self, entry: Entry | Skipped) -> Found | None:
        if isinstance(entry, Skipped):
            if not entry.path:
                raise NotReady(
                    f"The folder {self._scene.root} cannot be read: {entry.reason}. What is indexed of it stays."
                )
            self.skipped[entry.reason] += 1
            return None
        self._unseen.discard(entry.path)
        if self._full:
            return entry.path, entry.size
        return _differing(self._scene, entry)


def _look_at(scene: Scene, path: str) -> Look:
    entry = stat_entry(scene.root, path, scene.rules, scene.settings)
    if entry is not None:
        return Look(is_file=isinstance(entry, Entry) and spelled_so(scene.root, path))
    look = Look(is_file=False)
    for inside in below(scene, path):
        if isinstance(inside, Entry):
            look.seen.add(inside.path)
            if (found := _differing(scene, inside)) is not None:
                look.differing.append(found)
    return look


def _differing(scene: Scene, entry: Entry) -> Found | None:
    """The entry, unless the index (or the refusal of a worker) is of the file as it is now."""
    stamp: FileStamp | None = scene.known.get(entry.path)
    if stamp is None and (skip := scene.skips.get(entry.path)) is not None:
        stamp = skip.stamp
    if stamp is not None:
        try:
            if stamp_of(os.lstat(f"{scene.root}/{entry.path}")) == (stamp.size, stamp.mtime_ns):
                return None
        except (OSError, ValueError):
            return entry.path, entry.size
    return entry.path, entry.size


def below(scene: Scene, folder: str) -> Iterator[Entry | Skipped]:
    """What `walk` would say of everything in one folder below the root, at any depth: nothing if it
    is no folder to enter.
    """
    if scene.rules.reason(folder, True) is not None:
        return
    try:
        with os.scandir(f"{scene.root}/{folder}") as scan:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan)
    except (OSError, ValueError):
        return
    for name, is_folder in names:
        if is_folder:
            yield from below(scene, f"{folder}/{name}")
        elif (
            entry := stat_entry(scene.root, f"{folder}/{name}", scene.rules, scene.settings)
        ) is not None:
            yield entry


def spelled_so(
    root: Path, rel: str, *, caseless: bool = sys.platform in ("win32", "darwin")
) -> bool:
    """Whether a path that exists has just this spelling. Where case does not count, it may be the
    old name of a file.
    """
    if not caseless:
        return True
    folder = str(root)
    for name in rel.split("/"):
        try:
            if name not in map(spelling, os.listdir(folder)):  # noqa: PTH208 - names are all that is wanted
                return False
        except OSError:
            return False
        folder = f"{folder}/{name}"
    return True
