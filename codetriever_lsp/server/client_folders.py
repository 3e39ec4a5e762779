"""The workspace folders of one client, in its spelling and in the engine's.

A client may open a folder through a symbolic link. The engine knows it by its real path; the client
must get its own spelling back, or it would open every hit as another file beside the one that is
open already.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

__all__ = ["Folders"]


class Folders:
    """Paths are absolute. Only `resolve` touches the disk."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}  # by the client's spelling
        self._unresolved: set[str] = set()
        self._there: set[str] = set()

    def __len__(self) -> int:
        return len(self._real)

    def add(self, paths: Iterable[str]) -> bool:
        """Whether there was a new one among them."""
        new = [path for path in paths if path not in self._real]
        self._real |= {path: path for path in new}
        self._unresolved.update(new)
        return bool(new)

    def remove(self, paths: Iterable[str]) -> bool:
        """Whether one of them was there."""
        gone = [path for path in paths if path in self._real]
        for path in gone:
            del self._real[path]
        self._unresolved.difference_update(gone)
        return bool(gone)

    async def resolve(self) -> None:
        """Find out where new folders really are, and which of all are there."""
        while self._unresolved:
            path = next(iter(self._unresolved))
            real = await asyncio.to_thread(os.path.realpath, path)
            if path in self._unresolved:
                self._unresolved.discard(path)
                self._real[path] = real
        real_paths = list(self._real.values())
        self._there = await asyncio.to_thread(_folders_on_disk, real_paths)

    def real(self) -> tuple[str, ...]:
        """The folders for the engine, each once. One that is not there is left out: it must not
        keep the others closed.
        """
        return tuple(dict.fromkeys(path for path in self._real.values() if path in self._there))

    def missing(self) -> list[str]:
        """Those that were not there at the last `resolve`."""
        return [spelling for spelling, path in self._real.items() if path not in self._there]

    def to_engine(self, path: str) -> str:
        return _moved(path, self._real.items())

    def to_client(self, path: str) -> str:
        return _moved(path, ((real, spelling) for spelling, real in self._real.items()))


def _moved(path: str, moves: Iterable[tuple[str, str]]) -> str:
    """`path` under the longest matching prefix, moved to where that prefix goes."""
    best, target = "", ""
    for source, destination in moves:
        if len(source) > len(best) and _holds(source, path):
            best, target = source, destination
    if not best or best == target:
        return path
    return os.path.normpath(target + os.sep + path[len(best) :])


def _holds(folder: str, path: str) -> bool:
    inner, outer = os.path.normcase(path), os.path.normcase(folder)
    return inner == outer or inner.startswith(outer if outer.endswith(os.sep) else outer + os.sep)


def _folders_on_disk(paths: list[str]) -> set[str]:
    # `Path.is_dir` raises where access is denied before Python 3.14.
    return {path for path in paths if os.path.isdir(path)}  # noqa: PTH112
