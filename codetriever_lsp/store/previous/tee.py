"""What indexer and buffers of a folder write to: its index, and meanwhile the older one that stands
in for it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from codetriever_lsp.errors import CodetrieverError
from codetriever_lsp.store.previous.previous_index import StandIn
from codetriever_lsp.store.records import FileStamp, Prepared
from codetriever_lsp.store.store import Store

__all__ = ["Relay"]

log = logging.getLogger(__name__)


class Relay:
    """An `IndexStore`. `standin` is told what the new index holds; that it fails costs what it
    would show, nothing else.
    """

    def __init__(self, store: Store) -> None:
        self.standin: StandIn | None = None
        self._store = store

    @property
    def generation(self) -> int:
        return self._store.generation

    async def stamps(self) -> dict[str, FileStamp]:
        return await self._store.stamps()

    async def commit(
        self,
        prepared: Sequence[Prepared],
        removed: Collection[str] = (),
        touched: Mapping[str, FileStamp] | None = None,
    ) -> int:
        generation = await self._store.commit(prepared, removed, touched)
        if (standin := self.standin) is not None:
            try:
                await standin.follow(prepared, removed)
            except CodetrieverError as error:
                log.info("some changed files wait for the new index: %s", error)
        return generation

    async def put_overlay(self, owner: int, prepared: Prepared) -> None:
        await self._store.put_overlay(owner, prepared)
        if (standin := self.standin) is not None:
            try:
                await standin.put_overlay(owner, prepared)
            except CodetrieverError as error:
                log.info(
                    "a buffer is not found by its words until the new index is whole: %s", error
                )

    async def drop_overlay(self, owner: int, path: str) -> None:
        await self._store.drop_overlay(owner, path)
        if (standin := self.standin) is not None:
            try:
                await standin.drop_overlay(owner, path)
            except CodetrieverError as error:
                log.info(
                    "a closed buffer leaves points behind until the new index is whole: %s", error
                )
