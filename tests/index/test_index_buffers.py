from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from conftest import Bench
from index_samples import functions, write

from codetriever_lsp.errors import StoreError
from codetriever_lsp.index.buffers import Buffers
from codetriever_lsp.index.jobs import FileTask
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import is_owned


def buffers(bench: Bench, counted: list[int] | None = None) -> Buffers:
    note = None if counted is None else counted.append
    return Buffers(
        bench.store,
        bench.pool,
        IndexSettings(max_file_bytes=10_000),
        bench.indexer.rules,
        embedded=note,
    )


async def test_a_buffer_lies_over_its_file_and_leaves_the_index_alone(bench: Bench) -> None:
    write(bench.root, {"a.py": functions(3)})
    await bench.indexer.sync(reconcile=True)
    dump = await bench.store.dump()
    bench.pool.sample.texts.clear()
    counted: list[int] = []
    open_ones = buffers(bench, counted)
    open_ones.put(7, "a.py", functions(3) + "\n\ndef added(items):\n    return sorted(items)\n")
    await open_ones.sync()
    (overlay,) = bench.store.overlays(7).values()
    assert all(is_owned(chunk.id) for chunk in overlay.file.chunks)
    assert "added" in {symbol.symbol.name for symbol in overlay.file.symbols}
    assert len(bench.pool.sample.texts) == sum(counted) < len(overlay.file.chunks), (
        "only what is new is embedded"
    )
    assert await bench.store.dump() == dump
    open_ones.drop(7, "a.py")
    await open_ones.sync()
    assert bench.store.overlays(7) == {}
    await open_ones.close()


async def test_what_was_embedded_for_a_buffer_is_not_embedded_for_the_saved_file(
    bench: Bench,
) -> None:
    open_ones = buffers(bench)
    open_ones.put(7, "a.py", functions(3))
    await open_ones.sync()
    bench.pool.sample.texts.clear()
    write(bench.root, {"a.py": functions(3)})
    bench.indexer.mark(["a.py"])
    await bench.indexer.sync()
    assert bench.pool.sample.texts == []
    await open_ones.close()


async def test_of_many_texts_in_a_row_the_last_one_counts(bench: Bench) -> None:
    prepared: list[str | None] = []

    def note(files: Sequence[FileTask]) -> None:
        prepared.extend(task.text for task in files)

    bench.pool.before = note
    open_ones = buffers(bench)
    for number in range(50):
        open_ones.put(7, "a.py", f"value = {number}\n")
    await open_ones.sync()
    (overlay,) = bench.store.overlays(7).values()
    assert overlay.file.chunks[0].text == "value = 49"
    assert prepared == ["value = 49\n"]
    await open_ones.close()


async def test_each_client_has_its_own_buffers(bench: Bench) -> None:
    open_ones = buffers(bench)
    open_ones.put(7, "a.py", "seven = 1\n")
    open_ones.put(8, "a.py", "eight = 1\n")
    open_ones.put(8, "b.py", "eight = 2\n")
    await open_ones.sync()
    open_ones.drop_owner(8)
    await open_ones.sync()
    assert list(bench.store.overlays(7)) == ["a.py"]
    assert bench.store.overlays(8) == {}
    open_ones.drop(9, "never opened.py")
    await open_ones.sync()
    await open_ones.close()


async def test_a_buffer_closed_while_it_is_prepared_is_not_left_behind(bench: Bench) -> None:
    open_ones = buffers(bench)
    bench.pool.before = lambda _files: open_ones.drop(7, "a.py")
    open_ones.put(7, "a.py", "value = 1\n")
    await open_ones.sync()
    assert bench.store.overlays(7) == {}
    await open_ones.close()


async def test_a_failing_store_costs_one_buffer_until_its_next_change(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_args: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(bench.store, "put_overlay", full)
    open_ones = buffers(bench)
    open_ones.put(7, "a.py", "value = 1\n")
    await open_ones.sync()
    monkeypatch.undo()
    open_ones.put(7, "a.py", "value = 2\n")
    await open_ones.sync()
    assert list(bench.store.overlays(7)) == ["a.py"]
    await open_ones.close()


async def test_close_ends_what_is_running(bench: Bench) -> None:
    async def wait(*_args: object, **_options: object) -> None:
        await asyncio.Event().wait()

    bench.pool.prepare_buffer = wait  # type: ignore[method-assign, assignment]
    open_ones = buffers(bench)
    open_ones.put(7, "a.py", "value = 1\n")
    await asyncio.sleep(0)
    await open_ones.close()
    assert bench.store.overlays(7) == {}


async def test_what_is_not_indexed_on_disk_is_not_indexed_in_a_buffer(bench: Bench) -> None:
    write(bench.root, {".gitignore": "ignored.py\n"})
    open_ones = buffers(bench)
    open_ones.put(7, ".env", "PASSWORD=secret\n")
    open_ones.put(7, "ignored.py", "value = 1\n")
    open_ones.put(7, "a.py", "value = 1\n")
    await open_ones.sync()
    assert list(bench.store.overlays(7)) == ["a.py"]
    open_ones.put(7, "a.py", "value = 1\n" * 2_000)
    await open_ones.sync()
    assert bench.store.overlays(7) == {}
    await open_ones.close()
