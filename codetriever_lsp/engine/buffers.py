"""The open buffers of all clients on one folder: prepared as they change, searched by their client instead of the files."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from codetriever_lsp.engine.shared import Shared
from codetriever_lsp.errors import CodetrieverError
from codetriever_lsp.index.commits import save_fresh
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.index.jobs import FileTask, Made
from codetriever_lsp.search.source import OpenBuffer
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import content_digest
from codetriever_lsp.store.store import Store

__all__ = ["Buffers"]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Document:
    """`shown` tells that some version of it is searched; else the file stands for it."""

    version: int
    text: str
    digest: bytes
    shown: bool = False
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Buffers:
    """Buffers by owner and relative path. A buffer whose text is what is indexed costs nothing."""

    store: Store
    indexer: Indexer
    shared: Shared
    settings: IndexSettings
    _documents: dict[tuple[int, str], _Document] = field(default_factory=dict)
    _open: dict[int, dict[str, OpenBuffer]] = field(default_factory=dict)

    def put(self, owner: int, path: str, version: int, text: str) -> None:
        """This is the text of the document now. Versions that are not newer than the known one are ignored."""
        held = self._documents.get((owner, path))
        if held is not None and held.version >= version:
            return
        document = _Document(version, text, content_digest(text.encode("utf-8", "replace")))
        if held is not None:
            document.shown, document.task = held.shown, held.task
        self._documents[owner, path] = document
        self._begin(owner, path)

    def drop(self, owner: int, path: str) -> None:
        """The document is closed: its file counts again."""
        if self._documents.pop((owner, path), None) is not None:
            self._open.get(owner, {}).pop(path, None)
            self._begin_drop(owner, path)

    def drop_owner(self, owner: int) -> None:
        for holder, path in list(self._documents):
            if holder == owner:
                self.drop(owner, path)
        self._open.pop(owner, None)

    def of(self, owner: int) -> dict[str, OpenBuffer]:
        """The searchable buffers of an owner, by path. One whose file has changed under it is prepared from now on."""
        for (holder, path), document in self._documents.items():
            if holder == owner and document.task is None and not document.shown and self._differs(path, document):
                self._begin(owner, path)
        return self._open.get(owner, {})

    async def settled(self) -> None:
        """Every buffer that was put before this call is searchable."""
        while tasks := [document.task for document in self._documents.values() if document.task is not None]:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        tasks = [document.task for document in self._documents.values() if document.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _differs(self, path: str, document: _Document) -> bool:
        return self.indexer.digest(path) != document.digest

    def _begin(self, owner: int, path: str) -> None:
        document = self._documents[owner, path]
        if document.task is None:
            document.task = asyncio.create_task(self._keep_up(owner, path))

    def _begin_drop(self, owner: int, path: str) -> None:
        task = asyncio.create_task(self._drop_points(owner, path))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _drop_points(self, owner: int, path: str) -> None:
        if (owner, path) not in self._documents:
            await self.store.drop_overlay(owner, path)

    async def _keep_up(self, owner: int, path: str) -> None:
        """Prepare the latest text until there is no later one."""
        seen: _Document | None = None
        try:
            while (document := self._documents.get((owner, path))) is not None and document is not seen:
                seen = document
                await self._show(owner, path, document)
        except CodetrieverError as error:
            log.warning("the open buffer %s is not searchable: %s", path, error)
        finally:
            if document := self._documents.get((owner, path)):
                document.task = None

    async def _show(self, owner: int, path: str, document: _Document) -> None:
        if not self._differs(path, document):
            self._hide(owner, path)
            await self.store.drop_overlay(owner, path)
            return
        outcome = await self.shared.pool.prepare_buffer(FileTask(path, text=document.text, owner=owner), self.settings)
        if not isinstance(outcome, Made):
            return
        await save_fresh(self.shared.pool, [outcome.prepared])
        await self.store.put_overlay(owner, outcome.prepared)
        if latest := self._documents.get((owner, path)):
            self._open.setdefault(owner, {})[path] = OpenBuffer.of(outcome.prepared, owner)
            latest.shown = True
        else:  # closed meanwhile
            await self.store.drop_overlay(owner, path)

    def _hide(self, owner: int, path: str) -> None:
        """The file stands for the document."""
        self._open.get(owner, {}).pop(path, None)
        if latest := self._documents.get((owner, path)):
            latest.shown = False
