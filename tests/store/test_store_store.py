"""The open index of one folder, in its everyday life."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from store_samples import (
    DIMENSION,
    CountingFactory,
    answers,
    embed,
    file_id,
    location_in,
    open_store,
    prepare,
    scratch,
    words,
)

from codetriever_lsp.errors import (
    BadRequest,
    ModelError,
    NotReady,
    StoreCorrupt,
    StoreError,
    StoreLocked,
)
from codetriever_lsp.search.names.cache import Naming
from codetriever_lsp.search.searcher import Options, search
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.commit import BATCH_CHUNKS
from codetriever_lsp.store.records import FileStamp, Prepared, is_owned
from codetriever_lsp.store.sql.rows import Recovery
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.store.vectors.interface import VectorFilter, VectorQuery

FILES = {
    "src/a.py": ["def alpha", "def beta", "def beta"],
    "src/b.py": ["def gamma"],
    "empty.txt": [],
}


async def test_a_round_trip_gives_back_every_field(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    item = prepare(
        "src/ä b.py", ["def alpha", "gamma δέλτα"], problems=("syntax tree unavailable",)
    )
    chunks = tuple(
        msgspec.structs.replace(chunk, mentions=b"a...", written=0.25, test=True)
        for chunk in item.file.chunks
    )
    item = msgspec.structs.replace(item, file=msgspec.structs.replace(item.file, chunks=chunks))
    assert await store.commit([item]) == 1
    rows = await store.file_chunks("src/ä b.py")
    for row, chunk in zip(rows, item.file.chunks, strict=True):
        shown = ("id", "ordinal", "span", "shape", "kind", "name", "container", "symbol", "text")
        assert [getattr(row, name) for name in shown] == [getattr(chunk, name) for name in shown]
        assert (row.path, row.language) == ("src/ä b.py", "python")
    assert await store.chunks([rows[1].id, 12345]) == {rows[1].id: rows[1]}
    assert await store.chunks([]) == {}
    labels = [
        (row.id, file_id(row.path), row.ordinal, row.shape, row.kind, row.name, 1, b"a...", 0.25, 1)
        for row in rows
    ]
    assert await store.chunk_heads([row.id for row in rows] + [12345]) == {
        head[0]: head for head in labels
    }
    symbols = await store.file_symbols("src/ä b.py")
    assert [(row.symbol, row.chunk, row.ordinal) for row in symbols] == [
        (record.symbol, record.chunk, record.ordinal) for record in item.file.symbols
    ]
    assert await store.symbols([symbols[0].id]) == {symbols[0].id: symbols[0]}
    assert await store.symbol_names() == [
        (row.id, row.symbol.name, row.symbol.kind, "a.b", "src/ä b.py", row.chunk)
        for row in symbols
    ]
    named = await store.chunk_symbols([row.id for row in rows])
    assert {chunk: [symbol.id for symbol in found] for chunk, found in named.items()} == {
        row.id: [symbol.id for symbol in symbols if symbol.chunk == row.id] for row in rows
    }
    first = await store.names_after(0, 1)
    assert first + await store.names_after(first[-1][0], 5) == await store.symbol_names()
    (file,) = await store.files()
    assert (file.id, file.path, file.chunks, file.symbols, file.lines, file.problems) == (
        file_id(file.path),
        "src/ä b.py",
        2,
        2,
        2,
        1,
    )
    assert await store.stamps() == {
        file.path: FileStamp(item.file.digest, item.file.size, item.file.mtime_ns)
    }
    assert await store.size_bytes() > 0
    await store.close()


async def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare(path, texts) for path, texts in FILES.items()])
    before = (
        await store.dump(),
        answers(store),
        await store.files(),
        await store.counts(),
        store.generation,
    )
    await store.close()
    again = await open_store(tmp_path)
    assert again.recovery == Recovery()
    assert (
        await again.dump(),
        answers(again),
        await again.files(),
        await again.counts(),
        again.generation,
    ) == before
    await again.close()


async def test_counts(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit(
        [prepare("a.py", ["x", "y"]), prepare("b.go", ["z"], language="go", problems=("odd",))]
    )
    counts = await store.counts()
    assert (counts.files, counts.chunks, counts.symbols, counts.problems) == (2, 3, 3, 1)
    assert counts.languages == {"python": 1, "go": 1}
    await store.commit([], ["b.go"])
    assert (await store.counts()).languages == {"python": 1}
    await store.close()


async def test_points_of_chunks_that_stay_are_not_written_again(tmp_path: Path) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    first = prepare("a.py", ["def alpha", "def beta", "def gamma"])
    await store.commit([first])
    assert sorted(factory.last.upserted) == sorted(
        [file_id("a.py"), *(chunk.id for chunk in first.file.chunks)]
    )
    factory.last.upserted.clear()
    second = prepare("a.py", ["def new", "def alpha", "def gamma"])
    await store.commit([second])
    assert sorted(factory.last.upserted) == sorted([file_id("a.py"), second.file.chunks[0].id])
    assert factory.last.deleted == [first.file.chunks[1].id]
    assert [row.text for row in await store.file_chunks("a.py")] == [
        "def new",
        "def alpha",
        "def gamma",
    ]
    factory.last.upserted.clear()
    factory.last.deleted.clear()
    await store.commit([prepare("a.py", ["def new", "def alpha", "def gamma"], mtime_ns=7)])
    assert (factory.last.upserted, factory.last.deleted) == ([], [])
    assert (await store.stamps())["a.py"].mtime_ns == 7
    await store.close()


async def test_a_point_that_keeps_its_id_but_not_its_content_is_replaced(tmp_path: Path) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    await store.commit([prepare("a.h", ["struct x"], language="c")])
    factory.last.upserted.clear()
    await store.commit([prepare("a.h", ["struct x"], language="cpp", kind="struct")])
    assert len(factory.last.upserted) == 2
    changed = await store.dump(), answers(store)
    await store.close()
    assert changed == await scratch(
        tmp_path / "other", {"a.h": ["struct x"]}, language="cpp", kind="struct"
    )


async def test_removed_files_leave_nothing(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare(path, texts) for path, texts in FILES.items()])
    await store.commit([], ["src/a.py", "never.py"])
    assert [row.path for row in await store.files()] == ["empty.txt", "src/b.py"]
    assert store.file("src/a.py") is None
    left = await store.dump(), answers(store)
    await store.close()
    assert left == await scratch(
        tmp_path / "other", {path: FILES[path] for path in ("src/b.py", "empty.txt")}
    )


async def test_the_generation_grows_with_what_changes(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    assert store.generation == 0
    assert await store.commit([]) == 1
    assert await store.commit([]) == 1
    assert await store.commit([], ["unknown.py"]) == 1
    assert await store.commit([prepare("a.py", ["x"])]) == 2
    stamp = FileStamp(b"d" * 16, 3, 99)
    assert await store.commit([], touched={"a.py": stamp, "unknown.py": stamp}) == 2
    assert await store.stamps() == {"a.py": stamp}
    assert await store.commit([prepare("b.py", [])], ["a.py"]) == 3
    assert store.changes(3) == frozenset()
    assert store.changes(2) == {"a.py", "b.py"}
    assert store.changes(1) == {"a.py", "b.py"}
    assert await store.symbol_names(["a.py", "b.py"]) == []
    await store.close()
    again = await open_store(tmp_path)
    assert again.generation == 3
    assert again.changes(2) is None
    await again.close()


async def test_a_large_commit_is_split_and_complete(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    size = BATCH_CHUNKS // 2
    items = [
        prepare(f"f{number}.py", [f"w{number} {line}" for line in range(size)])
        for number in range(5)
    ]
    assert await store.commit(items, ["gone.py"]) == 3
    assert (await store.counts()).chunks == 5 * size
    await store.close()


async def test_of_two_versions_of_a_path_the_last_counts_and_prepared_beats_removed(
    tmp_path: Path,
) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["old"]), prepare("a.py", ["new"])], ["a.py"])
    assert [row.text for row in await store.file_chunks("a.py")] == ["new"]
    await store.close()


async def test_reads_answer_while_commits_run(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["def alpha"])])
    (row,) = await store.file_chunks("a.py")
    commits = [
        asyncio.create_task(store.commit([prepare(f"{n}.py", [f"t{n} {k}" for k in range(20)])]))
        for n in range(20)
    ]
    while not all(task.done() for task in commits):
        assert await store.chunks([row.id]) == {row.id: row}
        assert store.query([VectorQuery("lexical", words("alpha").lists(), 3)])[0][0][0] == row.id
    assert store.generation == 21
    await store.close()


async def test_a_cancelled_caller_does_not_tear_a_commit(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    task = asyncio.create_task(store.commit([prepare("a.py", [f"line {n}" for n in range(300)])]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.close()
    again = await open_store(tmp_path)
    assert again.recovery == Recovery()
    assert (await again.counts()).chunks == 300
    await again.close()


async def test_unusable_input_changes_nothing(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["x"])])
    before = await store.dump()
    good = prepare("b.py", ["p", "q"])
    nan = np.full((2, DIMENSION), np.nan, "<f2").tobytes()
    with pytest.raises(ModelError, match="finite"):
        await store.commit(
            [prepare("c.py", ["fine"]), Prepared(good.file, good.lexical, good.file_vectors, nan)]
        )
    with pytest.raises(ModelError, match="numbers for each chunk"):
        await store.commit([Prepared(good.file, good.lexical, good.file_vectors, b"")])
    with pytest.raises(BadRequest):
        await store.commit(
            [Prepared(good.file, good.lexical[:1], good.file_vectors, good.embeddings)]
        )
    assert await store.dump() == before
    assert store.generation == 1
    await store.close()


async def test_without_a_model(tmp_path: Path) -> None:
    store = await open_store(tmp_path, dimension=None)
    await store.commit([prepare("a.py", ["def alpha"], dimension=None)])
    ((hit, _),) = store.query([VectorQuery("lexical", words("alpha").lists(), 3)])[0]
    assert (await store.chunks([hit]))[hit].text == "def alpha"
    await store.close()


async def test_overlays_are_their_owners_and_never_part_of_the_index(tmp_path: Path) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    await store.commit([prepare("a.py", ["def alpha"])])
    before = await store.dump()
    await store.put_overlay(7, prepare("a.py", ["def alpha", "def unsaved"], owner=7))
    hits = [
        key
        for key, _ in (await store.search([VectorQuery("lexical", words("unsaved").lists(), 5)]))[0]
    ]
    assert [is_owned(key) for key in hits] == [True]
    assert await store.chunks(hits) == {}
    assert await store.chunks(hits, owner=8) == {}
    assert (await store.chunks(hits, owner=7))[hits[0]].text == "def unsaved"
    assert list(store.overlays(7)) == ["a.py"]
    assert store.overlays(8) == {}
    assert await store.dump() == before
    factory.last.upserted.clear()
    await store.put_overlay(7, prepare("a.py", ["def alpha", "def edited"], owner=7))
    assert len(factory.last.upserted) == 2  # the new chunk and the file
    await store.put_overlay(8, prepare("a.py", ["def mine"], owner=8))
    await store.drop_overlay(7, "a.py")
    await store.drop_overlay(7, "unknown.py")
    assert factory.last.count() == len(before["points"]) + 2
    await store.drop_owner(8)
    assert factory.last.count() == len(before["points"])
    with pytest.raises(BadRequest):
        await store.put_overlay(7, prepare("a.py", ["not owned"]))
    with pytest.raises(BadRequest):
        await store.put_overlay(0, prepare("a.py", ["x"], owner=7))
    await store.put_overlay(9, prepare("z.py", ["def left"], owner=9))
    await store.close()
    again = await open_store(tmp_path)
    assert again.recovery == Recovery()
    assert await again.dump() == before
    await again.close()


async def test_only_one_owner_and_the_other_is_told_who(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    with pytest.raises(StoreLocked, match=f"process {os.getpid()}"):
        await open_store(tmp_path)
    await store.commit([prepare("a.py", ["x"])])  # the second attempt did no harm
    await store.flush()
    await store.close()
    await store.close()
    await (await open_store(tmp_path)).close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.close()
    with pytest.raises(NotReady):
        await store.commit([])
    with pytest.raises(NotReady):
        await store.chunks([1])
    with pytest.raises(NotReady):
        store.query([VectorQuery("dense", embed("x"), 1)])


async def test_read_only_refuses_commits(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    store = await Store.open(
        location_in(tmp_path),
        fingerprint="model-1/rules-1",
        dimension=DIMENSION,
        vectors=EdgeFactory(),
        read_only=True,
    )
    with pytest.raises(StoreError, match="reading only"):
        await store.commit([])
    await store.close()


async def test_a_failed_write_of_vectors_changes_nothing_and_can_be_tried_again(
    tmp_path: Path,
) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    await store.commit([prepare("a.py", ["x"])])
    before = await store.dump()
    factory.last.fail_upserts = StoreError("disk full")
    with pytest.raises(StoreError, match="disk full"):
        await store.commit([prepare("b.py", ["y"])])
    assert await store.dump() == before
    assert store.generation == 1
    factory.last.fail_upserts = None
    assert await store.commit([prepare("b.py", ["y"])]) == 2
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "other", {"a.py": ["x"], "b.py": ["y"]})


async def test_a_failed_replacement_is_made_up_before_the_next_commit(tmp_path: Path) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    await store.commit([prepare("a.py", ["x one", "y"])])
    factory.last.fail_upserts = StoreError("disk full")
    with pytest.raises(StoreError):  # only the file's point is replaced, after the rows
        await store.commit([prepare("a.py", ["y"])])
    assert store.generation == 2
    factory.last.fail_upserts = None
    await store.commit([prepare("b.py", ["z"])])
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "other", {"a.py": ["y"], "b.py": ["z"]})


async def test_a_manifest_locked_by_another_process_fails_in_bounded_time_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codetriever_lsp.store.sql.schema._BUSY_S", 0.05)
    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["x"])])
    other = sqlite3.connect(location_in(tmp_path).manifest, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        await store.commit([prepare("b.py", ["y"])])
    assert [row.text for row in await store.file_chunks("a.py")] == ["x"]
    other.rollback()
    other.close()
    await store.commit([prepare("b.py", ["y"])])
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "other", {"a.py": ["x"], "b.py": ["y"]})


async def test_a_cache_deleted_while_running_is_noticed_and_built_again(tmp_path: Path) -> None:
    import shutil

    store = await open_store(tmp_path)
    await store.commit([prepare("a.py", ["x"])])
    assert store.present
    shutil.rmtree(store.path)
    assert not store.present
    with pytest.raises(StoreCorrupt, match="gone"):
        await store.commit([prepare("b.py", ["y"])])
    await store.close()
    again = await open_store(tmp_path)
    await again.commit([prepare("a.py", ["x"])])
    await again.close()


async def test_a_server_that_is_slow_does_not_hold_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory = CountingFactory()
    store = await open_store(tmp_path, factory)
    await store.commit([prepare("a.py", ["def alpha"])])
    begun, answered, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    async def no_model(text: str) -> None:
        raise AssertionError(text)

    query = factory.last.query

    def slow(
        queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        loop.call_soon_threadsafe(begun.set)
        assert answered.wait(20)
        return query(queries, where)

    monkeypatch.setattr(factory.last, "remote", True)
    monkeypatch.setattr(factory.last, "query", slow)
    source = Source(tmp_path, store, await Naming(store).current())
    searching = asyncio.create_task(search([source], no_model, "alpha", Options(mode="lexical")))
    await begun.wait()
    answered.set()
    assert [hit.path for hit in await searching] == [str(tmp_path / "a.py")]
    await store.close()
