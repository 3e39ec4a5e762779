"""What replaced points leave behind is got back, and nothing is lost or held up by that."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge as qdrant
from store_samples import (
    DIMENSION,
    answers,
    embed,
    location_in,
    open_store,
    prepare,
    scratch,
    words,
)

from codetriever_lsp.errors import StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors import compaction, compaction_worker, edge
from codetriever_lsp.store.vectors.compaction import Compaction, put_in_place
from codetriever_lsp.store.vectors.edge import EdgeFactory, EdgeVectors
from codetriever_lsp.store.vectors.interface import ToPack, VectorPoint, VectorQuery
from codetriever_lsp.store.vectors.shard import load_shard
from codetriever_lsp.store.vectors.tombstones import Points

FEW = [VectorQuery("lexical", words("7 round0").lists(), 20)]
FILES = {
    f"src/part{number}.py": [f"def name{number} x{at}" for at in range(9)] for number in range(30)
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "_WASTE", 20)
    monkeypatch.setattr(compaction, "_STEP", 50)


@pytest.fixture
def location(tmp_path: Path) -> StoreLocation:
    made = location_in(tmp_path)
    made.create()
    return made


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Copying has begun, and waits until the other is set."""
    begun, go_on, copy = threading.Event(), threading.Event(), Compaction._copy_file

    def slowly(self: Compaction, source: Path, target: Path) -> None:
        begun.set()
        go_on.wait(30)
        copy(self, source, target)

    monkeypatch.setattr(Compaction, "_copy_file", slowly)
    return begun, go_on


def point(key: int, text: str) -> VectorPoint:
    sparse = {"lexical": words(text), "prose": words(f"said {text}")}
    return VectorPoint(key, "chunk", key // 10, "python", "function", embed(text), sparse)


def fill(location: StoreLocation, rounds: int) -> EdgeVectors:
    vectors = EdgeFactory().open(location, DIMENSION)
    for number in range(rounds):
        vectors.upsert([point(key, f"text {key} round{number}") for key in range(1, 200)])
    vectors.upsert(
        [
            VectorPoint(
                5000,
                "file",
                5000,
                "python",
                dense=embed("place"),
                sparse={"file": words("text round1")},
            )
        ]
    )
    vectors.delete([1, 2, 3])
    return vectors


def asked(vectors: EdgeVectors) -> list[list[tuple[int, float]]]:
    queries = [
        VectorQuery("dense", embed("text 7 round1"), 300),
        VectorQuery("place", embed("place"), 9),
    ]
    return vectors.query([*queries, VectorQuery("lexical", words("7").lists(), 20)])


def packed(vectors: EdgeVectors, what: ToPack = "all") -> Compaction:
    """A compaction of all that was written up to now, packed in this process."""
    vectors.flush()
    compacted = vectors.compaction(what)
    compacted.copy()
    compaction_worker.pack(compacted.copied, DIMENSION, compacted.what)
    return compacted


def folders(location: StoreLocation) -> list[str]:
    return sorted(path.name for path in location.path.iterdir() if path.name.startswith("vectors"))


def mapped(location: StoreLocation) -> bool:
    """Whether there is a part of the shard whose words are mapped, not read into memory."""
    return any((location.vectors / "segments").glob("*/vector_index-lexical/inverted_index*"))


def test_what_is_packed_answers_the_same_and_is_smaller(location: StoreLocation) -> None:
    vectors = fill(location, 12)
    assert vectors.to_pack()
    vectors.flush()
    before, ids, size = asked(vectors), set(vectors.ids()), _written(location.vectors)
    compacted = packed(vectors)
    for _ in vectors.take(compacted):
        assert asked(vectors) == before
    found = asked(vectors)
    assert found[:2] == before[:2]
    assert [key for key, _ in found[2]] == [
        key for key, _ in before[2]
    ]  # deleted points no longer count in how rare a word is
    assert set(vectors.ids()) == ids
    assert _written(location.vectors) < size
    assert mapped(location)
    assert not vectors.to_pack()
    vectors.upsert([point(1, "text back")])
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert set(vectors.ids()) == ids | {1}
    assert folders(location) == ["vectors"]
    vectors.close()


def test_what_is_written_meanwhile_is_in_it(location: StoreLocation) -> None:
    vectors = fill(location, 4)
    compacted = packed(vectors)
    vectors.upsert([point(key, f"text {key} late") for key in (7, 300)])
    vectors.delete([8, 9, 300, 77777])
    before, ids = asked(vectors), set(vectors.ids())
    list(vectors.take(compacted))
    assert set(vectors.ids()) == ids
    assert ids & {7, 8, 9, 300} == {7}
    found = asked(vectors)
    assert [[key for key, _ in answer] for answer in found[:2]] == [
        [key for key, _ in answer] for answer in before[:2]
    ]
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert set(vectors.ids()) == ids
    vectors.close()


def test_what_was_packed_is_packed_again_with_what_came_since(location: StoreLocation) -> None:
    vectors = fill(location, 4)
    list(vectors.take(packed(vectors)))
    for number in range(4):
        vectors.upsert([point(key, f"text {key} again{number}") for key in range(100, 300)])
    vectors.delete(list(range(10, 50)))
    assert vectors.to_pack()
    ids = set(vectors.ids())
    list(vectors.take(packed(vectors)))
    assert set(vectors.ids()) == ids
    fresh = location_in(location.path / "fresh")
    fresh.create()
    scratch = EdgeFactory().open(fresh, DIMENSION)
    scratch.upsert([point(key, f"text {key} round3") for key in range(4, 10)])
    scratch.upsert([point(key, f"text {key} round3") for key in range(50, 100)])
    scratch.upsert([point(key, f"text {key} again3") for key in range(100, 300)])
    scratch.upsert(
        [
            VectorPoint(
                5000,
                "file",
                5000,
                "python",
                dense=embed("place"),
                sparse={"file": words("text round1")},
            )
        ]
    )
    assert set(scratch.ids()) == ids
    _same(asked(vectors), asked(scratch))
    for made in (vectors, scratch):
        made.close()


def test_what_is_new_is_packed_beside_what_was_packed(location: StoreLocation) -> None:
    vectors = fill(location, 1)
    list(vectors.take(packed(vectors)))
    for part in range(12):
        vectors.upsert(
            [
                point(key, f"text {key} part{part}")
                for key in range(1000 + 10 * part, 1010 + 10 * part)
            ]
        )
        vectors.delete([20 + part])
        list(vectors.take(packed(vectors, "new")))
    ids = set(vectors.ids())
    assert ids == {*range(4, 20), *range(32, 200), 5000, *range(1000, 1120)}
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert set(vectors.ids()) == ids
    fresh = location_in(location.path / "fresh")
    fresh.create()
    scratch = EdgeFactory().open(fresh, DIMENSION)
    scratch.upsert([point(key, f"text {key} round0") for key in (*range(4, 20), *range(32, 200))])
    for part in range(12):
        scratch.upsert(
            [
                point(key, f"text {key} part{part}")
                for key in range(1000 + 10 * part, 1010 + 10 * part)
            ]
        )
    query = [VectorQuery("lexical", words("1035 7 part3").lists(), 20)]
    _same(_by_id(vectors.query(query)), _by_id(scratch.query(query)))
    for made in (vectors, scratch):
        made.close()


def test_most_of_what_is_written_meanwhile_is_copied_while_more_is_written(
    location: StoreLocation,
) -> None:
    vectors = fill(location, 1)
    compacted = packed(vectors)
    vectors.upsert([point(key, f"text {key} late") for key in range(10, 150)])
    for number, _ in enumerate(vectors.follow(compacted, few=20)):
        vectors.upsert(
            [point(key, f"text {key} later{number}") for key in (10 + number, 300 + number)]
        )
        vectors.delete([160 + number])
    assert 0 < len(compacted._changed) <= 20
    assert compacted.late >= 130
    wanted = asked(vectors)
    list(vectors.take(compacted))
    assert mapped(location)
    _same(_by_id(asked(vectors)), _by_id(wanted))
    assert vectors._points().dead == compacted.died
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    _same(_by_id(asked(vectors)), _by_id(wanted))
    vectors.close()


async def test_who_writes_faster_than_can_be_copied_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_MOST_LATE", 10)
    store = await _used(tmp_path)
    monkeypatch.setattr(EdgeVectors.follow, "__defaults__", (1,))
    compacting = await _begun(store)
    await store.commit(
        [prepare(path, [f"{text} late" for text in texts]) for path, texts in FILES.items()]
    )
    assert await compacting is False
    assert folders(store.location) == ["vectors"]
    assert await store.compact()
    await store.close()


async def test_it_is_read_ahead_right_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To close what was loaded to catch up makes the system forget it, and loading it page by page
    takes seconds."""
    store, done = await _used(tmp_path), list[str]()
    for module, name, function in (
        (edge, "load_shard", load_shard),
        (compaction, "load_shard", load_shard),
        (compaction, "read_ahead", compaction.read_ahead),
    ):
        monkeypatch.setattr(
            module, name, _told(done, f"{module.__name__.rpartition('.')[2]} {name}", function)
        )
    monkeypatch.setattr(Compaction, "_close_target", _told(done, "close", Compaction._close_target))
    compacting = await _begun(store)
    await store.commit([prepare("src/part0.py", ["def late"])])
    assert await compacting
    loaded = done.index("edge load_shard")
    assert "compaction load_shard" in done[:loaded]
    assert done[loaded - 1] == "compaction read_ahead"
    await store.close()


def test_what_died_while_it_was_packed_is_known(location: StoreLocation) -> None:
    """It goes on counting in the engine's frequencies."""
    vectors = fill(location, 1)
    compacted = packed(vectors)
    vectors.upsert([point(key, f"text {key} late") for key in (10, 11, 12, 400)])
    vectors.delete([13, 14])
    list(vectors.take(compacted))
    assert (compacted.late, compacted.died) == (4, 5)
    assert vectors._points() == Points(dead=5, packed=197)
    vectors.close()


def test_frequencies_of_what_was_packed_are_right_after_a_restart(location: StoreLocation) -> None:
    """Dead points that are packed go on counting in the engine, so they have to be remembered."""
    vectors = fill(location, 1)
    list(vectors.take(packed(vectors)))
    vectors.delete(list(range(20, 200)))
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert len(vectors.query(FEW)[0]) == 16
    _same(_by_id(vectors.query(FEW)), _few_from_scratch(location))
    vectors.close()


def test_what_died_before_a_crash_is_counted_for_as_long_as_it_may_be_there(
    location: StoreLocation,
) -> None:
    vectors = fill(location, 1)
    list(vectors.take(packed(vectors)))
    vectors.delete(list(range(20, 200)))
    crashed = location_in(location.path / "crashed")
    crashed.create()
    snapshot = Compaction(location.vectors, DIMENSION, vectors.count(), "all")
    snapshot.copy()
    snapshot.copied.replace(crashed.vectors)
    vectors.close()
    wanted = _few_from_scratch(location)
    for _ in range(2):  # after the crash, and after an end in good order
        vectors = EdgeFactory().open(crashed, DIMENSION)
        assert vectors.count() == 17
        _same(_by_id(vectors.query(FEW)), wanted)
        vectors.close()


def test_what_died_while_it_was_packed_is_counted_after_a_crash_in_the_exchange(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = fill(location, 1)
    crashed = location_in(location.path / "crashed")
    crashed.create()

    def seen(folder: Path, copied: Path) -> None:
        put_in_place(folder, copied)
        shutil.copytree(folder, crashed.vectors)

    monkeypatch.setattr(edge, "put_in_place", seen)
    compacted = packed(vectors)
    vectors.delete(list(range(20, 200)))
    list(vectors.take(compacted))
    vectors.close()
    vectors = EdgeFactory().open(crashed, DIMENSION)
    _same(_by_id(vectors.query(FEW)), _few_from_scratch(location))
    vectors.close()


def test_what_is_known_of_dead_points_and_cannot_be_read_is_counted(
    location: StoreLocation,
) -> None:
    vectors = fill(location, 1)
    list(vectors.take(packed(vectors)))
    vectors.delete(list(range(20, 200)))
    vectors.close()
    (location.vectors / "codetriever-points.json").write_bytes(b"")
    wanted = _few_from_scratch(location)
    for _ in range(2):
        vectors = EdgeFactory().open(location, DIMENSION)
        _same(_by_id(vectors.query(FEW)), wanted)
        vectors.close()


def test_an_index_that_is_read_into_memory_to_be_loaded_is_packed(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "_UNPACKED", 150)
    vectors = fill(location, 1)
    assert vectors.to_pack()
    list(vectors.take(packed(vectors)))
    assert not vectors.to_pack()
    vectors.upsert([point(key, "text more") for key in range(500, 600)])
    assert not vectors.to_pack()
    vectors.upsert([point(key, "text more") for key in range(600, 700)])
    assert vectors.to_pack()
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert vectors.to_pack()
    vectors.close()


def test_a_fresh_index_is_not_wasteful_and_a_used_one_is_known_after_a_restart(
    location: StoreLocation,
) -> None:
    vectors = fill(location, 1)
    assert not vectors.to_pack()
    vectors.close()
    vectors = fill(location, 3)
    assert vectors.to_pack()
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert vectors.to_pack()
    vectors.close()


def test_given_up_midway_everything_stays(location: StoreLocation) -> None:
    vectors = fill(location, 4)
    compacted = packed(vectors)
    vectors.upsert([point(7, "text late")])
    before = asked(vectors)
    steps = vectors.take(compacted)
    next(steps)
    steps.close()
    compacted.discard()
    assert asked(vectors) == before
    assert vectors.to_pack()
    assert folders(location) == ["vectors"]
    vectors.close()


@pytest.mark.parametrize("wrong", ["damaged", "incomplete", "late"])
def test_a_packed_copy_that_cannot_be_used_is_not(location: StoreLocation, wrong: str) -> None:
    """Nor does it lead to a new index: that would be packed, too, and again."""
    vectors = fill(location, 4)
    before, ids = asked(vectors), set(vectors.ids())
    compacted = packed(vectors)
    if wrong == "incomplete":
        shard = load_shard(compacted.copied, DIMENSION)
        shard.update(qdrant.UpdateOperation.delete_points([100]))
        shard.close()
    else:
        (compacted.copied / "edge_config.json").write_bytes(b"damaged")
    if wrong == "late":
        vectors.upsert([point(key, f"text {key} round3") for key in (7, 8)])
    with pytest.raises(StoreError, match="cannot be") as raised:
        list(vectors.take(compacted))
    assert not isinstance(raised.value, StoreCorrupt)
    compacted.discard()
    assert set(vectors.ids()) == ids
    assert asked(vectors)[:2] == before[:2]
    vectors.upsert([point(1, "text still written")])
    vectors.close()
    assert folders(location) == ["vectors"]


async def test_a_process_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(compaction_worker.FAULT, "hang")
    monkeypatch.setattr(compaction, "_LONGEST_S", 0.0)
    monkeypatch.setattr(compaction, "_LONGEST_POINT_S", 0.0)
    store = await _used(tmp_path)
    assert await store.compact() is False
    assert "hangs. It is used as it is." in caplog.text
    assert folders(store.location) == ["vectors"]
    await store.close()


async def test_too_much_written_meanwhile_ends_it(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_MOST_CHANGED", 10)
    vectors = fill(location, 4)
    vectors.flush()
    compacted = vectors.compaction("all")
    compacted.copy()
    vectors.upsert([point(key, "text late") for key in range(1, 12)])
    assert await compacted.pack() is False
    compacted.discard()
    assert folders(location) == ["vectors"]
    vectors.close()


async def test_a_process_that_cannot_pack_says_so(location: StoreLocation) -> None:
    vectors = fill(location, 4)
    vectors.flush()
    compacted = Compaction(location.vectors, DIMENSION, vectors.count() + 1, "all")
    compacted.copy()
    with pytest.raises(StoreError, match="exit code 3"):  # not as many points as there should be
        await compacted.pack()
    compacted.discard()
    compacted.copy()
    (compacted.copied / "edge_config.json").write_bytes(b"damaged")
    with pytest.raises(StoreError, match="exit code 1"):
        await compacted.pack()
    vectors.close()


@pytest.mark.parametrize("state", ["copying", "moved away", "in place"])
def test_a_crash_in_between_leaves_the_old_or_the_new(location: StoreLocation, state: str) -> None:
    vectors = fill(location, 4)
    before, folder = asked(vectors), location.vectors
    vectors.close()
    new, old = folder.with_name("vectors.0123abcd.new"), folder.with_name("vectors.old")
    if state == "copying":
        new.mkdir()
        (new / "part").write_bytes(b"x")
    elif state == "moved away":
        folder.replace(old)
        new.mkdir()
    else:
        old.mkdir()
        (old / "part").write_bytes(b"x")
    vectors = EdgeFactory().open(location, DIMENSION)
    assert asked(vectors)[:2] == before[:2]
    assert folders(location) == ["vectors"]
    vectors.close()


def test_a_folder_that_cannot_be_moved_stays_in_use(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = fill(location, 4)
    before = asked(vectors)

    def refused(_folder: Path, _copied: Path) -> None:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(edge, "put_in_place", refused)
    with pytest.raises(StoreError, match="used by another process"):
        list(vectors.take(packed(vectors)))
    assert asked(vectors)[:2] == before[:2]
    vectors.upsert([point(1, "text still written")])
    vectors.close()


async def test_a_store_that_was_compacted_equals_one_from_scratch(tmp_path: Path) -> None:
    store = await _used(tmp_path)
    assert await store.compact()
    assert (await store.dump(), answers(store)) == await scratch(tmp_path / "scratch", FILES)
    assert not await store.compact()
    await store.close()
    store = await open_store(tmp_path)
    assert store.recovery.dropped == store.recovery.swept == 0
    assert (await store.dump(), answers(store)) == await scratch(tmp_path / "scratch", FILES)
    await store.close()


async def test_what_is_saved_meanwhile_is_indexed_at_once_and_kept(tmp_path: Path) -> None:
    store = await _used(tmp_path)
    compacting = await _begun(store)
    await store.commit([prepare("src/new.py", ["def fresh"])])
    assert not compacting.done()
    assert store.file("src/new.py") is not None
    assert await compacting
    assert mapped(store.location)
    assert (await store.dump(), answers(store)) == await scratch(
        tmp_path / "scratch", {**FILES, "src/new.py": ["def fresh"]}
    )
    await store.close()


async def test_a_build_that_overtakes_it_is_left_alone_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_MOST_CHANGED", 1)
    monkeypatch.setattr(edge, "_UNPACKED", 10)
    store = await _used(tmp_path)
    compacting = asyncio.create_task(store.compact(busy=True))
    while (running := store._packer._compaction) is None or running._process is None:
        await asyncio.sleep(0)
    await store.commit([prepare("src/new.py", ["def fresh", "def more", "def most"])])
    assert await compacting is False
    monkeypatch.setattr(compaction, "_MOST_CHANGED", 1_000)
    assert await store.compact(busy=True) is False
    assert await store.compact()
    await store.close()


async def test_copying_in_an_idle_moment_is_given_up_for_who_wants_to_write(
    tmp_path: Path,
    held_up: tuple[threading.Event, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = await _used(tmp_path)
    begun, go_on = held_up
    compacting = asyncio.create_task(store.compact())
    await asyncio.to_thread(begun.wait, 30)
    saving = asyncio.create_task(store.commit([prepare("src/new.py", ["def fresh"])]))
    await asyncio.sleep(0)
    go_on.set()
    assert await compacting is False
    await saving
    assert folders(store.location) == ["vectors"]
    assert await store.compact() is False  # not at once
    monkeypatch.setattr(store._packer, "_not_before", 0.0)
    assert await store.compact()
    assert (await store.dump(), answers(store)) == await scratch(
        tmp_path / "scratch", {**FILES, "src/new.py": ["def fresh"]}
    )
    await store.close()


async def test_copying_in_a_build_is_not(
    tmp_path: Path,
    held_up: tuple[threading.Event, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There somebody always wants to write."""
    monkeypatch.setattr(edge, "_UNPACKED", 10)
    store = await _used(tmp_path)
    begun, go_on = held_up
    compacting = asyncio.create_task(store.compact(busy=True))
    await asyncio.to_thread(begun.wait, 30)
    saving = asyncio.create_task(store.commit([prepare("src/new.py", ["def fresh"])]))
    await asyncio.sleep(0)
    go_on.set()
    assert await compacting
    await saving
    await store.close()


async def test_closing_does_not_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(compaction_worker.FAULT, "hang")
    store = await _used(tmp_path)
    compacting = await _begun(store)
    await store.close()
    assert await compacting is False
    assert not await store.compact()
    assert folders(store.location) == ["vectors"]


async def test_a_process_that_crashes_leaves_the_index_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(compaction_worker.FAULT, "crash")
    store = await _used(tmp_path)
    before = answers(store)
    assert await store.compact() is False
    assert "It is used as it is." in caplog.text
    monkeypatch.delenv(compaction_worker.FAULT)
    assert await store.compact() is False  # not again and again
    assert answers(store) == before
    assert folders(store.location) == ["vectors"]
    await store.close()


def _told(done: list[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which tells `done` when it ends."""

    def telling(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        finally:
            done.append(name)

    return telling


async def _begun(store: Store) -> asyncio.Task[bool]:
    """A compaction whose process works."""
    compacting = asyncio.create_task(store.compact())
    while (running := store._packer._compaction) is None or running._process is None:
        await asyncio.sleep(0)
    return compacting


async def _used(cache: Path) -> Store:
    """A store with every point replaced several times."""
    store = await open_store(cache)
    for number in range(5):
        await store.commit(
            [
                prepare(path, [f"{text} round{number}" for text in texts])
                for path, texts in FILES.items()
            ]
        )
    await store.commit([prepare(path, texts) for path, texts in FILES.items()])
    return store


def _few_from_scratch(location: StoreLocation) -> list[list[tuple[int, float]]]:
    """What an index answers to `FEW` that never had more than what `fill` makes below 20."""
    fresh = location_in(location.path / "fresh")
    fresh.create()
    vectors = EdgeFactory().open(fresh, DIMENSION)
    vectors.upsert([point(key, f"text {key} round0") for key in range(4, 20)])
    found = _by_id(vectors.query(FEW))
    vectors.close()
    return found


def _by_id(found: list[list[tuple[int, float]]]) -> list[list[tuple[int, float]]]:
    return [sorted(answer) for answer in found]


def _same(found: list[list[tuple[int, float]]], expected: list[list[tuple[int, float]]]) -> None:
    assert [[key for key, _ in answer] for answer in found] == [
        [key for key, _ in answer] for answer in expected
    ]
    for answer, wanted in zip(found, expected, strict=True):
        assert [score for _, score in answer] == pytest.approx(
            [score for _, score in wanted], rel=1e-5
        )


def _written(folder: Path) -> int:
    """Blocks in the files of a folder in which there is something; most files are made large and
    empty."""
    blocks = 0
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            blocks += sum(any(content[at : at + 4096]) for at in range(0, len(content), 4096))
    return blocks
