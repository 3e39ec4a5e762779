"""Packing the vector index of a store while that is in use."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from time import monotonic
from typing import Any, Protocol, TypeVar

from codetriever_lsp.errors import StoreCorrupt, StoreError
from codetriever_lsp.store.vectors.compaction import Compaction
from codetriever_lsp.store.vectors.interface import ToPack, Vectors

__all__ = ["Packer"]

log = logging.getLogger(__name__)
T = TypeVar("T")

_AGAIN_S = 20.0
"""After copying was given up for somebody who wanted to write, until it is tried again."""


class _Alone(Protocol):
    def __call__(
        self, action: Callable[..., Coroutine[Any, Any, T]], /, *args: object
    ) -> Coroutine[Any, Any, T]: ...


class Packer:
    """`alone` runs something while nobody writes; `flush` brings all to the disk, for something
    that runs so.
    """

    def __init__(
        self, vectors: Vectors, alone: _Alone, flush: Callable[[], Awaitable[None]]
    ) -> None:
        self._vectors = vectors
        self._alone, self._flush = alone, flush
        self._running = self._stopped = self._overtaken = False
        self._compaction: Compaction | None = None
        self._polite = self._gave_way = False
        self._not_before = float("-inf")

    async def run(self, *, busy: bool) -> bool:
        """Pack the index if that pays. False if it does not, or if it is given up. Raises
        StoreCorrupt.
        """
        if (
            self._running
            or self._stopped
            or (self._overtaken if busy else monotonic() < self._not_before)
        ):
            return False
        if not (what := self._vectors.to_pack(busy=busy)):
            return False
        self._running, self._gave_way = True, False
        try:
            await self._alone(self._begin, what, busy)
            if self._compaction is None or not await self._packed(self._compaction):
                self._overtaken |= (
                    not self._gave_way
                )  # more was written than is worth copying: that would come about again
                return False
            return await self._alone(self._end)
        except StoreCorrupt:
            raise
        except StoreError as error:
            self._stopped = True
            log.warning("%s It is used as it is.", error)
            return False
        finally:
            if self._compaction is not None:
                self._compaction.stop()
                await asyncio.to_thread(self._compaction.discard)
            self._running, self._compaction = False, None

    def give_way(self) -> None:
        """Somebody wants to write: files that are copied in an idle moment are copied in another
        one.
        """
        if self._polite and self._compaction is not None:
            self._gave_way, self._not_before = True, monotonic() + _AGAIN_S
            self._compaction.stop()

    def stop(self) -> None:
        """Give up what runs, for good."""
        self._stopped = True
        if self._compaction is not None:
            self._compaction.stop()

    async def _begin(self, what: ToPack, busy: bool) -> None:
        await self._flush()
        self._compaction = self._vectors.compaction(what)
        self._polite = not busy  # in a build somebody always wants to write
        try:
            await asyncio.to_thread(self._compaction.copy)
        finally:
            self._polite = False

    async def _packed(self, compaction: Compaction) -> bool:
        """Pack the copy, and bring it up to date but for what is written last. False if it was
        stopped.
        """
        if not await compaction.pack():
            return False
        return await self._walk(self._vectors.follow(compaction)) and not compaction.stopped

    async def _walk(self, steps: Generator[None]) -> bool:
        """Between the steps everything else gets its turn. False if packing was given up before the
        last one.
        """
        with contextlib.closing(steps):
            for _ in steps:
                await asyncio.sleep(0)
                if self._stopped:
                    return False
        return True

    async def _end(self) -> bool:
        compaction = self._compaction
        if compaction is None:
            return False
        if not await self._walk(self._vectors.follow(compaction, 0)):
            return False
        await asyncio.to_thread(
            compaction.warm
        )  # now, not before: to close it after following makes the system forget it
        if not await self._walk(self._vectors.take(compaction)):
            return False
        log.info(
            "the vector index in %s is packed (%s, %d points late)",
            compaction.folder,
            compaction.what,
            compaction.late,
        )
        return True
