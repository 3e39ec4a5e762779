"""What replaced points leave behind is got back, and nothing is lost or held up by that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from store_samples import DIMENSION, answers, embed, location_in, open_store, prepare, scratch, words

from codetriever_lsp.errors import StoreError
from codetriever_lsp.store import compaction, edge
from codetriever_lsp.store.edge import EdgeFactory, EdgeVectors
from codetriever_lsp.store.location import StoreLocation
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors import VectorPoint, VectorQuery

FILES = {f"src/part{number}.py": [f"def name{number} x{at}" for at in range(9)] for number in range(30)}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "_WASTE", 20)
    monkeypatch.setattr(compaction, "_STEP", 50)


@pytest.fixture
def location(tmp_path: Path) -> StoreLocation:
    made = location_in(tmp_path)
    made.create()
    return made


def point(key: int, text: str) -> VectorPoint:
    sparse = {"lexical": words(text), "prose": words(f"said {text}")}
    return VectorPoint(key, "chunk", key // 10, "python", "function", embed(text), sparse)


def fill(location: StoreLocation, rounds: int) -> EdgeVectors:
    vectors = EdgeFactory().open(location, DIMENSION)
    for number in range(rounds):
        vectors.upsert([point(key, f"text {key} round{number}") for key in range(1, 200)])
    vectors.upsert([VectorPoint(5000, "file", 5000, "python", dense=embed("place"), sparse={"file": words("text round1")})])
    vectors.delete([1, 2, 3])
    return vectors


def asked(vectors: EdgeVectors) -> list[list[tuple[int, float]]]:
    queries = [VectorQuery("dense", embed("text 7 round1"), 300), VectorQuery("place", embed("place"), 9)]
    return vectors.query([*queries, VectorQuery("lexical", words("7").lists(), 20)])


def test_a_copy_answers_the_same_and_is_smaller(location: StoreLocation) -> None:
    vectors = fill(location, 12)
    assert vectors.wasteful
    before, ids, size = asked(vectors), set(vectors.ids()), _allocated(location.vectors)
    for _ in vectors.compaction():
        assert asked(vectors) == before
    after = asked(vectors)
    assert [[key for key, _ in found] for found in after] == [[key for key, _ in found] for found in before]
    assert after[:2] == before[:2]
    assert set(vectors.ids()) == ids
    assert _allocated(location.vectors) < size
    assert not vectors.wasteful
    vectors.upsert([point(1, "text back")])
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert set(vectors.ids()) == ids | {1}
    assert sorted(path.name for path in location.path.iterdir() if path.name.startswith("vectors")) == ["vectors"]
    vectors.close()


def test_a_fresh_index_is_not_wasteful_and_a_used_one_is_known_after_a_restart(location: StoreLocation) -> None:
    vectors = fill(location, 1)
    assert not vectors.wasteful
    vectors.close()
    vectors = fill(location, 3)
    assert vectors.wasteful
    vectors.close()
    vectors = EdgeFactory().open(location, DIMENSION)
    assert vectors.wasteful
    vectors.close()


def test_given_up_midway_everything_stays(location: StoreLocation) -> None:
    vectors = fill(location, 4)
    before = asked(vectors)
    steps = vectors.compaction()
    next(steps)
    steps.close()
    assert asked(vectors) == before
    assert vectors.wasteful
    assert sorted(path.name for path in location.path.iterdir() if path.name.startswith("vectors")) == ["vectors"]
    vectors.close()


@pytest.mark.parametrize("state", ["copying", "moved away", "in place"])
def test_a_crash_in_between_leaves_the_old_or_the_new(location: StoreLocation, state: str) -> None:
    vectors = fill(location, 4)
    before, folder = asked(vectors), location.vectors
    vectors.close()
    new, old = folder.with_name("vectors.new"), folder.with_name("vectors.old")
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
    assert sorted(path.name for path in location.path.iterdir() if path.name.startswith("vectors")) == ["vectors"]
    vectors.close()


def test_a_folder_that_cannot_be_moved_stays_in_use(location: StoreLocation, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = fill(location, 4)
    before = asked(vectors)

    def refused(_folder: Path) -> None:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(edge, "put_in_place", refused)
    with pytest.raises(StoreError, match="used by another process"):
        list(vectors.compaction())
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


async def test_a_save_comes_first(tmp_path: Path) -> None:
    store = await _used(tmp_path)
    compacting = await _begun(store)
    saving = asyncio.create_task(store.commit([prepare("src/new.py", ["def fresh"])]))
    assert await compacting is False
    await saving
    assert store.file("src/new.py") is not None
    assert await store.compact()
    assert (await store.dump(), answers(store)) == await scratch(tmp_path / "scratch", {**FILES, "src/new.py": ["def fresh"]})
    await store.close()


async def test_closing_does_not_wait_for_it(tmp_path: Path) -> None:
    store = await _used(tmp_path)
    compacting = await _begun(store)
    await store.close()
    assert await compacting is False
    assert not await store.compact()


async def _begun(store: Store) -> asyncio.Task[bool]:
    """A compaction that has begun."""
    compacting = asyncio.create_task(store.compact())
    while not store.location.vectors.with_name("vectors.new").exists():
        await asyncio.sleep(0)
    return compacting


async def _used(cache: Path) -> Store:
    """A store with every point replaced several times."""
    store = await open_store(cache)
    for number in range(5):
        await store.commit([prepare(path, [f"{text} round{number}" for text in texts]) for path, texts in FILES.items()])
    await store.commit([prepare(path, texts) for path, texts in FILES.items()])
    return store


def _allocated(folder: Path) -> int:
    """What the files in a folder take; many are sparse, so where the system tells, without their holes."""
    found = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(getattr(stat, "st_blocks", 0) * 512 or stat.st_size for stat in found)
