"""The heads of chunks that were asked for lately, kept in memory: searches come one after the other
and find much the same.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from codetriever_lsp.store.history import History
from codetriever_lsp.store.records import is_owned
from codetriever_lsp.store.sql.manifest import Manifest
from codetriever_lsp.store.sql.rows import ChunkHead

__all__ = ["Heads"]

_MOST = 12_000
"""Heads kept, of about 700 bytes each."""


class Heads:
    """What is kept is of one generation: it goes with the next commit that changes something."""

    def __init__(self, manifest: Manifest, history: History) -> None:
        self._manifest = manifest
        self._history = history
        self._generation = history.generation
        self._kept: dict[int, ChunkHead] = {}

    async def get(self, ids: Collection[int]) -> dict[int, ChunkHead]:
        """Of the chunks with these ids; unknown ids, and those of buffers, are missing."""
        generation = self._history.generation
        if generation != self._generation:
            self._kept.clear()
            self._generation = generation
        kept = self._kept
        found = {ident: kept[ident] for ident in ids if ident in kept}
        unread = (
            [ident for ident in ids if ident not in found and not is_owned(ident)]
            if len(found) < len(ids)
            else []
        )
        if unread:
            read = await self._manifest.chunk_heads(unread)
            found.update(read)
            if self._history.generation == generation:
                self._keep(read)
        return found

    def _keep(self, read: dict[int, ChunkHead]) -> None:
        self._kept.update(read)
        over = len(self._kept) - _MOST
        for ident in (
            list(islice(self._kept, over)) if over > 0 else ()
        ):  # those that were read first
            del self._kept[ident]
