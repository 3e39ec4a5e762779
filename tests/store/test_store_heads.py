"""Heads of chunks are kept in memory, and never longer than they are true."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from unittest.mock import patch

import pytest
from store_samples import open_store, prepare

from codetriever_lsp.store.sql import chunk_cache
from codetriever_lsp.store.sql.manifest import Manifest
from codetriever_lsp.store.sql.rows import ChunkHead

Heads = dict[int, ChunkHead]


class Reads:
    """What the manifest is asked for; `gate` holds an answer back that was read."""

    def __init__(self) -> None:
        self.ids: list[set[int]] = []
        self.gate: asyncio.Event | None = None
        self.real = Manifest.chunk_heads

    async def __call__(self, manifest: Manifest, ids: Collection[int]) -> Heads:
        self.ids.append(set(ids))
        found = await self.real(manifest, ids)
        if self.gate is not None:
            await self.gate.wait()
        return found


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    counted = Reads()

    async def chunk_heads(self: Manifest, ids: Collection[int]) -> Heads:
        return await counted(self, ids)

    monkeypatch.setattr(Manifest, "chunk_heads", chunk_heads)
    return counted


async def test_what_was_read_is_not_read_again(tmp_path: Path, reads: Reads) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["def alpha", "def beta"]), prepare("b.py", ["def gamma"])])
    first = [row.id for row in await store.file_chunks("a.py")]
    (other,) = [row.id for row in await store.file_chunks("b.py")]
    found = await store.chunk_heads(first)
    assert await store.chunk_heads(first) == found
    assert (await store.chunk_heads([*first, other])).keys() == {*first, other}
    assert reads.ids == [set(first), {other}]
    await store.close()


async def test_a_commit_ends_what_was_read_before(tmp_path: Path, reads: Reads) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["def alpha"]), prepare("b.py", ["def gamma"])])
    (alpha,) = [row.id for row in await store.file_chunks("a.py")]
    (gamma,) = [row.id for row in await store.file_chunks("b.py")]
    assert (await store.chunk_heads([alpha, gamma])).keys() == {alpha, gamma}
    await store.commit([prepare("b.py", ["def delta", "def gamma"])], removed=["a.py"])
    found = await store.chunk_heads([alpha, gamma])
    assert {ident: head.ordinal for ident, head in found.items()} == {gamma: 1}
    await store.close()


async def test_what_was_being_read_during_a_commit_is_not_kept(
    tmp_path: Path, reads: Reads
) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["def alpha"])])
    (alpha,) = [row.id for row in await store.file_chunks("a.py")]
    reads.gate = asyncio.Event()
    before = asyncio.create_task(store.chunk_heads([alpha]))
    while not reads.ids:
        await asyncio.sleep(0)
    await store.commit([], removed=["a.py"])
    reads.gate.set()
    await before
    reads.gate = None
    assert await store.chunk_heads([alpha]) == {}
    await store.close()


async def test_only_so_many_are_kept(tmp_path: Path, reads: Reads) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["def alpha", "def beta", "def gamma"])])
    ids = [row.id for row in await store.file_chunks("a.py")]
    with patch.object(chunk_cache, "_MOST", 2):
        for ident in ids:
            await store.chunk_heads([ident])
    reads.ids.clear()
    found = await store.chunk_heads(ids)
    assert found.keys() == set(ids)
    assert reads.ids == [{ids[0]}]
    await store.close()
