"""Getting back what replaced points leave in a shard, and making what is left quick to load.

The engine keeps what was replaced or deleted in its files, and keeps the words of what was written
in its memory, where each load makes them anew (10 µs a point). Packed, live points lie in one part
that is mapped instead. It is the copy of a shard that is packed, by a process of its own
(`compactor.py`), while the shard itself is read and written as ever; what was written meanwhile is
copied then, as it was stored (8-bit vectors are not changed by that), and the copy takes the
shard's place.

A crash at any moment leaves the old shard or the new one under the shard's name, or neither:
`settle_folders` puts that right.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Generator, Iterable
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import qdrant_edge as qdrant

from codetriever_lsp.errors import StoreCorrupt, StoreError
from codetriever_lsp.platform.atomic_file import replace
from codetriever_lsp.platform.private_dir import make_private_dir
from codetriever_lsp.platform.subprocesses import ONE_THREAD, module_command, start_helper
from codetriever_lsp.store.vectors.interface import ToPack
from codetriever_lsp.store.vectors.shard import guard, load_shard, read_ahead

__all__ = ["Compaction", "put_back", "put_in_place", "settle_folders"]

_STEP = 80
"""Points copied at a time: about 10 ms, in which nothing else runs."""
_MOST_CHANGED = 20_000
"""If more is written meanwhile, it is given up: there is a better moment."""
_MOST_LATE = 200_000
"""If it takes so many to catch up, more is written all the time than can be copied."""
_LONGEST_S, _LONGEST_POINT_S = 60.0, 0.01
"""After this, and this for each point, a process that packs hangs; it takes about 0.1 ms for
each."""
_BLOCK = 1 << 16
_NOTHING = bytes(_BLOCK)


class Compaction:
    """One attempt: `copy`, `pack`, `catch_up` as often as it pays; `discard` at the end in any
    case.
    """

    def __init__(self, folder: Path, dimension: int | None, points: int, what: ToPack) -> None:
        """Of the shard in `folder`, which has `points` live points."""
        self.folder = folder
        self.what = what
        # A name of its own: should a process that packs outlive its engine, it does not meet the
        # next one.
        self.copied = folder.with_name(f"{folder.name}.{token_hex(4)}.new")
        self.stopped = False
        self.late = self.died = 0
        """Points that `catch_up` wrote, and those of the copy that died by that."""
        self._dimension = dimension
        self._points = points
        self._changed: set[int] = set()
        self._target: qdrant.EdgeShard | None = None
        self._before = 0
        self._process: Process | None = None

    def changed(self, ids: Iterable[int]) -> None:
        """These were written or deleted after `copy`."""
        if self.stopped:
            return
        self._changed.update(ids)
        if len(self._changed) > _MOST_CHANGED:
            self.stop()

    def copy(self) -> None:
        """Copy the shard's files, which must be flushed, unless it is stopped. In a thread; nothing
        may be written meanwhile.

        Raises StoreError.
        """
        try:
            for found, _, names in os.walk(self.folder):
                target = self.copied / Path(found).relative_to(self.folder)
                make_private_dir(target)
                for name in names:
                    self._copy_file(Path(found) / name, target / name)
        except OSError as error:
            raise StoreError(
                f"The vector index in {self.folder} cannot be copied: {error.strerror}."
            ) from error

    async def pack(self) -> bool:
        """False if it was stopped. Raises StoreError if it cannot be done."""
        if self.stopped:
            return False
        arguments = (str(self.copied), str(self._dimension or 0), str(self._points), self.what)
        try:
            command = module_command("codetriever_lsp.store.vectors.compaction_worker", *arguments)
            self._process = process = await start_helper(command, ONE_THREAD, stdout=DEVNULL)
        except OSError as error:
            raise StoreError(
                f"No process can be started to make the vector index smaller: {error.strerror}."
            ) from error
        try:
            if not self.stopped:
                async with asyncio.timeout(_LONGEST_S + self._points * _LONGEST_POINT_S):
                    await process.wait()
        except TimeoutError as error:
            raise StoreError(
                f"The process that makes the vector index in {self.folder} smaller hangs."
            ) from error
        finally:
            self._kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()
        if process.returncode and not self.stopped:
            raise StoreError(
                f"The vector index in {self.folder} could not be made smaller (exit code {process.returncode})."
            )
        await asyncio.to_thread(read_ahead, self.copied)
        return not self.stopped

    def stop(self) -> None:
        """Give it up as soon as can be."""
        self.stopped = True
        self._kill()

    def catch_up(self, source: qdrant.EdgeShard, few: int = 0) -> Generator[None]:
        """Bring to the packed copy what was written since, step by step, until at most `few` points
        are left.

        More may be written between the steps. With none left, the copy is closed and complete.
        Raises StoreCorrupt.
        """
        try:
            if self._target is None and len(self._changed) > few:
                self._target = load_shard(self.copied, self._dimension)
                self._before = self._target.info().points_count
                yield
            while (
                self._target is not None and len(self._changed) > few and not (few and self.stopped)
            ):
                ids = [self._changed.pop() for _ in range(min(_STEP, len(self._changed)))]
                with guard("copying"):
                    self.late += _copy_points(source, self._target, ids)
                yield
            if few and self.late > _MOST_LATE:
                self.stop()
            elif self._target is not None and not few:
                with guard("copying"):
                    self.died = self._before + self.late - self._target.info().points_count
                    self._target.flush()
                self._close_target()
        except BaseException:
            self._close_target()
            raise

    def warm(self) -> None:
        """Have in the system's memory what loading reads: what was loaded and closed to catch up,
        it forgot. For a thread.

        With both cores and the disk busy, loading 24,000 to 68,000 points took 3 to 11 s without
        it, and 0.2 s with it.
        """
        read_ahead(self.copied)

    def discard(self) -> None:
        """Remove the copy, if it is still there, or else what it took the place of."""
        self._close_target()
        shutil.rmtree(self.copied, ignore_errors=True)
        if self.folder.exists():
            shutil.rmtree(_old(self.folder), ignore_errors=True)

    def _copy_file(self, source: Path, target: Path) -> None:
        """Without what was never written: the engine makes files of 32 MiB for a few hundred
        bytes.
        """
        with source.open("rb") as read, target.open("xb") as write:
            while not self.stopped and (block := read.read(_BLOCK)):
                if block == _NOTHING[: len(block)]:
                    write.seek(len(block), os.SEEK_CUR)
                else:
                    write.write(block)
            write.truncate()

    def _close_target(self) -> None:
        target, self._target = self._target, None
        if target is not None:
            with contextlib.suppress(StoreCorrupt), guard("closing"):
                target.close()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def put_in_place(folder: Path, copied: Path) -> None:
    """The copy takes the place of the shard; both are closed. Raises OSError: then `put_back`."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    replace(folder, old)
    replace(copied, folder)


def put_back(folder: Path) -> None:
    """Undo `put_in_place`, if it was done. Raises OSError."""
    old = _old(folder)
    if old.exists():
        if folder.exists():
            shutil.rmtree(folder)
        replace(old, folder)


def settle_folders(folder: Path) -> None:
    """Undo what a crash left half done. Called before a shard is opened."""
    old = _old(folder)
    if old.exists() and not folder.exists():
        replace(old, folder)
    for left in (old, *folder.parent.glob(f"{folder.name}.*new")):
        if left.exists():
            shutil.rmtree(left, ignore_errors=True)


def _old(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")


def _copy_points(source: qdrant.EdgeShard, target: qdrant.EdgeShard, ids: list[int]) -> int:
    """Make the points with these ids in `target` what they are in `source`. -> how many there
    are.
    """
    records = source.retrieve(cast("Any", ids), True, True)
    points = [
        qdrant.Point(record.id, cast("Any", record.vector or {}), record.payload)
        for record in records
    ]
    if points:
        target.update(qdrant.UpdateOperation.upsert_points(points))
    if gone := set(ids).difference(cast("int", record.id) for record in records):
        target.update(qdrant.UpdateOperation.delete_points(list(gone)))
    return len(points)
