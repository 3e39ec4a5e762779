"""Keeps the index of open buffers equal to their text: what an editor shows is found, saved or not,
by its own client alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from codetriever_lsp.index.batching import IndexStore, save_fresh
from codetriever_lsp.index.jobs import FileTask, Made
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules

__all__ = ["Buffers"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Slot:
    """The text that is wanted in the store (None: nothing), and whether a task is at it."""

    text: str | None
    running: asyncio.Task[None] | None = None
    dirty: bool = True


class Buffers:
    """The buffers of all clients of one folder. The latest text of a buffer wins; texts in between
    are never worked on.

    A buffer whose file would not be indexed (a secret, an ignored or too large one) is not either.

    `embedded` is told how many texts were embedded for a buffer.
    """

    def __init__(
        self,
        store: IndexStore,
        pool: WorkerPool,
        settings: IndexSettings,
        rules: IgnoreRules,
        *,
        embedded: Callable[[int], None] | None = None,
    ) -> None:
        self._store, self._pool, self._settings = store, pool, settings
        self._rules, self._embedded = rules, embedded
        self._slots: dict[tuple[int, str], _Slot] = {}

    def put(self, owner: int, path: str, text: str) -> None:
        """The buffer of this owner (not 0) holds `text` now."""
        self._want(owner, path, text)

    def drop(self, owner: int, path: str) -> None:
        """It was closed: the file counts again."""
        if (owner, path) in self._slots:
            self._want(owner, path, None)

    def drop_owner(self, owner: int) -> None:
        """The client is gone."""
        for held, path in [key for key in self._slots if key[0] == owner]:
            self._want(held, path, None)

    def texts(self) -> dict[tuple[int, str], str]:
        """The text of each open buffer, by owner and path."""
        return {key: slot.text for key, slot in self._slots.items() if slot.text is not None}

    async def sync(self) -> None:
        """Wait until what was put or dropped before is in the store. What could not be prepared is
        logged and left out.
        """
        running = [slot.running for slot in self._slots.values() if slot.running is not None]
        await asyncio.gather(*running)

    async def settled(self, owner: int, path: str) -> None:
        """The same for one buffer."""
        slot = self._slots.get((owner, path))
        if slot is not None and slot.running is not None:
            await asyncio.wait({slot.running})

    async def close(self) -> None:
        running = [slot.running for slot in self._slots.values() if slot.running is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._slots.clear()

    def _want(self, owner: int, path: str, text: str | None) -> None:
        slot = self._slots.setdefault((owner, path), _Slot(text))
        slot.text, slot.dirty = text, True
        if slot.running is None:
            slot.running = asyncio.get_running_loop().create_task(self._work(owner, path, slot))

    async def _work(self, owner: int, path: str, slot: _Slot) -> None:
        try:
            while slot.dirty:
                slot.dirty = False
                try:
                    await self._bring(owner, path, slot)
                except Exception as error:  # noqa: BLE001 - costs this buffer until its next change
                    _log.warning("the open buffer %s is not indexed: %s", path, error)
        finally:
            slot.running = None
            if slot.text is None and not slot.dirty:
                self._slots.pop((owner, path), None)

    async def _bring(self, owner: int, path: str, slot: _Slot) -> None:
        text = slot.text
        reason: str | None = await asyncio.to_thread(self._rules.reason, path, False)
        if text is None or reason is not None or len(text) > self._settings.max_file_bytes:
            await self._store.drop_overlay(owner, path)
            return
        outcome = await self._pool.prepare_buffer(
            FileTask(path, text=text, owner=owner), self._settings
        )
        if slot.dirty:
            return
        if not isinstance(outcome, Made):
            await self._store.drop_overlay(owner, path)
            return
        fresh = await save_fresh(self._pool, [outcome.prepared])
        if self._embedded is not None:
            self._embedded(fresh)
        await self._store.put_overlay(owner, outcome.prepared)
