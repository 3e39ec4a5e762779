from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from index_samples import LocalPool, open_store

from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.store import Store
from codetriever_lsp.workspace.paths import root_of


@dataclass
class Bench:
    """A folder, its store and a running indexer."""

    root: Path
    store: Store
    pool: LocalPool
    indexer: Indexer
    scratch: Callable[[], Awaitable[dict[str, Any]]]

    async def equals_scratch(self) -> None:
        """The index equals one built from nothing on the same files."""
        assert await self.store.dump() == await self.scratch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work space"
    folder.mkdir()
    return root_of(folder)


@pytest.fixture
async def bench(tmp_path: Path, root: Path) -> AsyncIterator[Bench]:
    """The indexer has started and has not been told to look at anything yet."""
    count = 0

    async def scratch() -> dict[str, Any]:
        nonlocal count
        count += 1
        store = await open_store(tmp_path / f"scratch-{count}", root)
        indexer = Indexer(root, store, LocalPool(), IndexSettings())
        try:
            await indexer.start()
            await indexer.sync(reconcile=True)
            return await store.dump()
        finally:
            await indexer.close()
            await store.close()

    store, pool = await open_store(tmp_path / "cache", root), LocalPool()
    indexer = Indexer(root, store, pool, IndexSettings())
    await indexer.start()
    yield Bench(root, store, pool, indexer, scratch)
    await indexer.close()
    await store.close()
