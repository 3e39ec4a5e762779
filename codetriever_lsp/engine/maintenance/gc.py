"""Indexes of folders that are not open: the end of those that nobody needs any more, and whether
the others are sound.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from codetriever_lsp.engine.resources import Shared
from codetriever_lsp.errors import StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation, stored_roots
from codetriever_lsp.store.durability.checksums import doubt, is_sealed
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.previous.previous_index import retire
from codetriever_lsp.store.sql.schema import refuse_newer

__all__ = ["Upkeep", "is_left"]

log = logging.getLogger(__name__)

GONE_S = 30 * 86_400.0
"""A folder that is gone may be on a disk that is not mounted: its index is kept for so long after
its last use."""
UNUSED_S = 180 * 86_400.0
"""An index that nobody used for so long goes in any case; it can be made again."""

Unless = Callable[[Path], AbstractAsyncContextManager[bool]]
"""Given a folder: whether it is closed, and while the context lasts it stays so."""


class Upkeep:
    """Works on the cache directory beside what is open, in this engine and in others: what is
    locked stays as it is.
    """

    def __init__(self, shared: Shared, closed: Unless) -> None:
        self._shared, self._closed = shared, closed

    async def retire(self, wanted: Callable[[Path, StoreLocation], bool], *, forget: bool) -> int:
        """Delete the `wanted` indexes of closed folders; gives the bytes freed.

        With `forget` what else is kept of a folder goes with its last index.
        """
        freed = 0
        for root, location in await self._stores():
            if await asyncio.to_thread(wanted, root, location):
                async with self._closed(root) as is_closed:
                    if is_closed:
                        freed += await asyncio.to_thread(retire, location, self._shared.vectors)
                        freed += await asyncio.to_thread(location.forget) if forget else 0
        return freed

    async def collect(self) -> int:
        """Delete what is left over; gives the bytes freed."""
        return await self.retire(is_left, forget=True)

    async def repair(self) -> list[str]:
        """Delete what is left over, and doubt the indexes that are not what they were when they
        were closed.

        Gives a line for all that was done. The next opening of a doubted index builds it anew.
        """
        told = []
        if freed := await self.collect():
            told.append(
                f"indexes that nobody needs any more were deleted: {freed / 2**20:.1f} MiB freed"
            )
        for root, location in await self._stores():
            async with self._closed(root) as is_closed:
                if is_closed and (damage := await asyncio.to_thread(_damage, location)):
                    told.append(
                        f"the index of {root} is damaged and is built anew when the folder is next opened: {damage}"
                    )
        return told

    async def _stores(self) -> list[tuple[Path, StoreLocation]]:
        found = await asyncio.to_thread(lambda: list(stored_roots(self._shared.cache)))
        return [(Path(root), location) for root, location in found]


def is_left(root: Path, location: StoreLocation, now: float | None = None) -> bool:
    """Whether the folder is gone, or the index was not used, for long. `now` is in seconds since
    the epoch.
    """
    try:
        used = max(entry.stat().st_mtime for entry in (location.path, *location.path.iterdir()))
        unused = (time.time() if now is None else now) - used
        # The folder is looked at last: it may be on a network that does not answer.
        return unused > UNUSED_S or (unused > GONE_S and not root.is_dir())
    except OSError:
        return False


def _damage(location: StoreLocation) -> str:
    """What is wrong with a closed store, "" if it is sound, or was not closed cleanly: then opening
    it looks closer.

    Nothing is said of one that another engine has open, or that a newer version wrote.
    """
    lock = StoreLock(location.path)
    try:
        lock.acquire()
    except StoreError:
        return ""
    try:
        refuse_newer(location.manifest)
        is_sealed(location)
    except StoreCorrupt as error:
        doubt(location, str(error))
        return str(error)
    except StoreError as error:
        log.info("the index in %s is not looked at: %s", location.path, error)
    finally:
        lock.release()
    return ""
