"""The indexer with real workers and the bundled model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from index_samples import functions, open_store, write

from codetriever_lsp.embed.load import NO_MODEL, describe
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.index.workers.handle import Deadlines
from codetriever_lsp.index.workers.main import FAULT
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import DEFAULT_MODEL, EngineSettings, IndexSettings
from codetriever_lsp.store.embeddings import EmbeddingCache
from codetriever_lsp.store.store import Store

Open = Callable[[str, str], Awaitable[tuple[Indexer, Store]]]


@pytest.fixture
async def opened(tmp_path: Path, root: Path) -> AsyncIterator[Open]:
    """Call it with a cache folder's name and a model: the indexer of `root` there, started."""
    closing: list[Callable[[], Awaitable[None]]] = []

    async def make(cache: str, model: str) -> tuple[Indexer, Store]:
        folder = tmp_path / cache
        settings = EngineSettings(cache_dir=str(folder), model=model, threads=2)
        info, kept = describe(settings), EmbeddingCache(folder)
        store = await open_store(
            folder, root, fingerprint=info.fingerprint, dimension=info.dimension or None
        )
        pool = WorkerPool(
            settings, info, embeddings=kept, deadlines=Deadlines(load=60, embed=30, file=5)
        )
        indexer = Indexer(root, store, pool, IndexSettings())
        closing.extend([kept.close, store.close, pool.close, indexer.close])
        await indexer.start()
        return indexer, store

    yield make
    for close in reversed(closing):
        await close()


async def test_a_folder_with_a_hostile_file_is_indexed_by_real_workers(
    root: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        root,
        {f"src/m{n}.py": functions(3, n) for n in range(30)} | {"src/bad.py": functions(2, 99)},
    )
    monkeypatch.setenv(FAULT, "crash@parse@bad.py")
    indexer, store = await opened("cache", DEFAULT_MODEL)
    await indexer.sync(reconcile=True)
    counts = await store.counts()
    assert (counts.files, indexer.last_error) == (31, "")
    assert indexer.embedded > 90
    assert "src/bad.py" in indexer.problems
    embedded = indexer.embedded
    (root / "src").rename(root / "lib")
    write(root, {"lib/m1.py": functions(3, 1) + "\n\nanswer = 42\n"})
    indexer.mark(["src", "lib"])
    await indexer.sync()
    assert indexer.embedded - embedded <= 2
    other, scratch = await opened("scratch", DEFAULT_MODEL)
    await other.sync(reconcile=True)
    assert await store.dump() == await scratch.dump()


async def test_fault_41_without_a_model_words_and_symbols_are_indexed(
    root: Path, opened: Open
) -> None:
    write(root, {"a.py": functions(3)})
    indexer, store = await opened("cache", NO_MODEL)
    await indexer.sync(reconcile=True)
    assert (await store.counts()).symbols == 3
    assert indexer.embedded == 0
