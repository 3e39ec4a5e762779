"""Dying at every step, damage on disk, versions: what `open` makes of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from store_samples import (
    DIMENSION,
    FINGERPRINT,
    answers,
    copy_tree,
    location_in,
    open_store,
    prepare,
    scratch,
    term,
)

from codetriever_lsp.errors import StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.failpoint import FAILPOINTS, set_hook
from codetriever_lsp.store.sql.manifest import Manifest
from codetriever_lsp.store.sql.rows import Recovery
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.store.vectors.interface import VectorPoint, VectorQuery

Files = dict[str, list[str]]

BEFORE: Files = {"a.py": ["def alpha", "def beta"], "b.py": ["def gamma"], "c.py": ["def delta"]}
AFTER: Files = {
    "a.py": ["def beta", "def new", "def newer"],
    "b.py": ["def gamma"],
    "d.py": ["def epsilon"],
}


@pytest.fixture(autouse=True)
def _no_hook_stays() -> Iterator[None]:
    yield
    set_hook(None)


async def reconcile(store: Store, files: Files, **options: object) -> None:
    """What the index layer does after opening: compare the stamps with the disk, commit what
    differs."""
    stamps = await store.stamps()
    wanted = {path: prepare(path, texts, **options) for path, texts in files.items()}
    stale = [
        item
        for path, item in wanted.items()
        if path not in stamps or stamps[path].digest != item.file.digest
    ]
    await store.commit(stale, stamps.keys() - wanted.keys())


async def _killed_at(step: str, folder: Path) -> list[Path]:
    """Caches as a process leaves them that dies at `step` of the commit from BEFORE to AFTER, each
    time it is reached."""
    copies: list[Path] = []
    store = await open_store(folder / "killed")
    await reconcile(store, BEFORE)

    def hook(name: str) -> None:
        if name == step:
            copies.append(folder / f"copy{len(copies)}")
            copy_tree(store.path, location_in(copies[-1]).path)

    set_hook(hook)
    await reconcile(store, AFTER)
    set_hook(None)
    await store.close()
    return copies


@pytest.mark.parametrize(
    "disk", [BEFORE, AFTER], ids=["the change was undone", "the change is there"]
)
@pytest.mark.parametrize("later", [False, True], ids=["mended at once", "mended later"])
@pytest.mark.parametrize("step", FAILPOINTS)
async def test_killed_at_each_step_of_a_commit(
    tmp_path: Path, step: str, disk: Files, later: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codetriever_lsp.store.commit.UPSERT_BATCH", 3)
    copies = await _killed_at(step, tmp_path)
    assert copies
    for cache in copies:
        store = await open_store(cache, later=later)
        assert store.recovery.rebuilt == ""
        assert (await store.counts()).files >= 2  # what was there answers at once
        await reconcile(store, disk)
        content = await store.dump(), answers(store)
        await store.close()
        assert content == await scratch(tmp_path / "scratch", disk)


PATHS = st.sampled_from(["a.py", "b.py", "dir/c.py"])
TEXTS = st.lists(st.sampled_from(["def alpha", "def beta", "class gamma", "x y z", ""]), max_size=4)
STEP = st.one_of(
    st.tuples(st.just("write"), PATHS, TEXTS, st.sampled_from(["python", "text"])),
    st.tuples(st.just("remove"), PATHS),
    st.tuples(st.just("overlay"), PATHS, TEXTS),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("kill"), PATHS, TEXTS, st.sampled_from(FAILPOINTS)),
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=2, max_size=8))
@example(
    steps=[
        ("write", "a.py", ["def alpha"], "python"),
        ("remove", "a.py"),
        ("kill", "a.py", ["def alpha"], "before_vectors"),
    ]
)
async def test_any_history_equals_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    cache, files, languages = folder / "0", {}, {}
    store = await open_store(cache)
    for number, (kind, *arguments) in enumerate(steps):
        if kind == "write":
            path, files[path], languages[path] = arguments[0], arguments[1], arguments[2]
            await store.commit([prepare(path, files[path], language=languages[path])])
        elif kind == "remove":
            files.pop(arguments[0], None)
            await store.commit([], [arguments[0]])
        elif kind == "overlay":
            await store.put_overlay(5, prepare(arguments[0], arguments[1], owner=5))
        elif kind == "reopen":
            await store.close()
            store = await open_store(cache)
        else:
            path, texts, point = arguments
            copy = folder / str(number + 1)
            set_hook(
                lambda name, point=point, source=store.path, copy=copy: _copy_once(
                    name, point, source, copy
                )
            )
            await store.commit([prepare(path, texts)])
            set_hook(None)
            await store.close()
            if location_in(copy).path.exists():  # else the step was not part of this commit
                cache = copy
            store = await open_store(cache)
            files[path], languages[path] = texts, "python"
            stamps = await store.stamps()
            missing = [p for p in files if p not in stamps]
            await store.commit(
                [prepare(p, files[p], language=languages[p]) for p in {*missing, path}]
            )
    await store.drop_owner(5)
    content = await store.dump(), answers(store)
    await store.close()
    other = await open_store(folder / "scratch")
    await other.commit(
        [prepare(path, texts, language=languages[path]) for path, texts in files.items()]
    )
    assert content == (await other.dump(), answers(other))
    await other.close()
    shutil.rmtree(folder)


def _copy_once(name: str, point: str, source: Path, cache: Path) -> None:
    if name == point and not location_in(cache).path.exists():
        copy_tree(source, location_in(cache).path)


KILLED = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from store_samples import open_store, prepare

async def main():
    store = await open_store(Path(sys.argv[1]))
    print("open", flush=True)
    number = 0
    while True:
        number += 1
        texts = [f"def w{number} {k}" for k in range(number % 5)]
        await store.commit([prepare(f"f{number % 7}.py", texts)], [f"f{(number + 3) % 7}.py"])
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("after", [3, 40])
async def test_a_killed_process_leaves_a_store_that_is_mended(tmp_path: Path, after: int) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "cache"), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == str(after):
                process.send_signal(signal.SIGKILL)
                break
    store = await open_store(tmp_path / "cache")
    assert store.recovery.rebuilt == ""
    assert store.generation >= after
    files = {"a.py": ["def alpha"], "f1.py": ["def w1"]}
    await reconcile(store, files)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", files)


async def _closed(cache: Path) -> StoreLocation:
    store = await open_store(cache)
    await reconcile(store, BEFORE)
    await store.close()
    return location_in(cache)


async def _with_orphans(cache: Path) -> StoreLocation:
    """As after a crash: not sealed, and with five points without a row."""
    location = await _closed(cache)
    vectors = EdgeFactory().open(location, DIMENSION)
    vectors.upsert([VectorPoint(number, "chunk", 1, "python") for number in range(1, 6)])
    vectors.close()
    (location.path / "seal.json").unlink()
    return location


async def _with_a_point_missing(cache: Path) -> StoreLocation:
    """As after a crash: not sealed, and `a.py` lacks a point."""
    location = await _closed(cache)
    vectors = EdgeFactory().open(location, DIMENSION)
    vectors.delete([prepare("a.py", BEFORE["a.py"]).file.chunks[1].id])
    vectors.close()
    (location.path / "seal.json").unlink()
    return location


async def test_points_without_a_row_are_swept(tmp_path: Path) -> None:
    await _with_orphans(tmp_path)
    store = await open_store(tmp_path)
    assert store.recovery == Recovery(swept=5)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)


async def test_files_whose_points_are_missing_are_indexed_again(tmp_path: Path) -> None:
    await _with_a_point_missing(tmp_path)
    store = await open_store(tmp_path)
    assert store.recovery == Recovery(dropped=1, swept=2)
    assert "a.py" not in await store.stamps()
    await reconcile(store, BEFORE)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)


async def test_a_store_that_is_mended_later_is_read_before(tmp_path: Path) -> None:
    await _with_a_point_missing(tmp_path)
    store = await open_store(tmp_path, later=True)
    assert store.recovery == Recovery()
    assert (await store.counts()).files == 3
    assert store.query([VectorQuery("lexical", ([term("gamma")], [1.0]), 5)])[0]
    generation = store.generation
    await store.verify()
    assert store.recovery == Recovery(dropped=1, swept=2)
    assert (await store.counts()).files == 2
    assert store.changes(generation) == {"a.py"}
    await reconcile(store, BEFORE)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)


@pytest.mark.parametrize("doing", ["stamps", "commit", "overlay", "flush", "close"])
async def test_nothing_is_done_before_what_a_crash_left_is_mended(
    tmp_path: Path, doing: str
) -> None:
    location = await _with_orphans(tmp_path)
    store = await open_store(tmp_path, later=True)
    match doing:
        case "stamps":
            assert len(await store.stamps()) == 3
        case "commit":
            await store.commit([], ["a.py"])
        case "overlay":
            await store.put_overlay(1, prepare("a.py", ["def other"], owner=1))
        case "flush":
            await store.flush()
        case _:
            await store.close()
    assert store.recovery == Recovery(swept=5)
    assert not (location.path / "opening").exists()
    await store.close()
    again = await open_store(tmp_path)
    assert again.recovery == Recovery()
    await again.close()


async def test_damage_that_is_found_later_is_mended_by_the_next_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = await _with_orphans(tmp_path)
    store = await open_store(tmp_path, later=True)
    assert (location.path / "opening").exists()  # reading all ids may end the process, too

    async def check(_: Manifest) -> str:
        return "row 3 missing from index"

    with monkeypatch.context() as patched:
        patched.setattr(Manifest, "check", check)
        with pytest.raises(StoreCorrupt, match="row 3 missing"):
            await store.verify()
    assert store.damaged
    await store.close()
    again = await open_store(tmp_path, later=True)
    assert "row 3 missing" in again.recovery.rebuilt
    await again.close()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = max((index for index, byte in enumerate(content) if byte), default=0) // 2
    content[place] ^= 0xFF
    path.write_bytes(content)


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _largest(folder: Path) -> Path:
    return max(
        (path for path in folder.rglob("*") if path.is_file() and "vector_storage" in str(path)),
        key=lambda p: p.stat().st_blocks,
    )


DAMAGE: dict[str, Callable[[StoreLocation], None]] = {
    "vectors flipped": lambda location: _flip(_largest(location.vectors)),
    "vectors truncated": lambda location: _truncate(_largest(location.vectors)),
    "a segment gone": lambda location: shutil.rmtree(
        next((location.vectors / "segments").iterdir())
    ),
    "description garbled": lambda location: (location.vectors / "edge_config.json").write_text("{"),
    "description gone": lambda location: (location.vectors / "edge_config.json").unlink(),
    "all vectors gone": lambda location: shutil.rmtree(location.vectors),
    "manifest flipped": lambda location: _flip(location.manifest),
    "manifest garbled": lambda location: location.manifest.write_bytes(b"no database" * 500),
    "manifest truncated": lambda location: _truncate(location.manifest),
    "manifest gone": lambda location: location.manifest.unlink(),
    "seal garbled": lambda location: (location.path / "seal.json").write_text("{"),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_damage_of_a_closed_store_is_found_and_everything_built_anew_once(
    tmp_path: Path, name: str
) -> None:
    location = await _closed(tmp_path)
    DAMAGE[name](location)
    store = await open_store(tmp_path)
    assert store.recovery.rebuilt
    assert await store.stamps() == {}
    await reconcile(store, BEFORE)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)
    again = await open_store(tmp_path)
    assert again.recovery == Recovery()
    await again.close()


@pytest.mark.parametrize(
    "name",
    [
        "description garbled",
        "a segment gone",
        "all vectors gone",
        "manifest garbled",
        "manifest truncated",
        "manifest gone",
    ],
)
@pytest.mark.parametrize("later", [False, True], ids=["mended at once", "mended later"])
async def test_damage_without_a_seal_is_found_too(tmp_path: Path, name: str, later: bool) -> None:
    location = await _closed(tmp_path)
    (location.path / "seal.json").unlink()
    DAMAGE[name](location)
    store = await open_store(tmp_path, later=later)
    await store.verify()
    assert (
        name == "a segment gone" or store.recovery != Recovery()
    )  # the engine's log still has the points of the segment
    await reconcile(store, BEFORE)
    content = await store.dump(), answers(store)
    await store.close()
    assert content == await scratch(tmp_path / "scratch", BEFORE)


async def test_a_store_whose_opening_ended_the_process_thrice_is_built_anew(tmp_path: Path) -> None:
    location = await _closed(tmp_path)
    (location.path / "opening").write_text("2")
    store = await open_store(tmp_path)
    assert store.recovery == Recovery()
    await store.close()
    (location.path / "opening").write_text("3")
    store = await open_store(tmp_path)
    assert "3 times" in store.recovery.rebuilt
    await store.close()
    assert not (location.path / "opening").exists()


async def test_damage_that_shows_in_use_is_mended_by_the_next_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(tmp_path)
    await reconcile(store, BEFORE)
    with monkeypatch.context() as patched:
        patched.setattr(store._vectors, "query", _fails)
        with pytest.raises(StoreCorrupt):
            answers(store)
    await store.close()
    again = await open_store(tmp_path)
    assert "out of order" in again.recovery.rebuilt
    await again.close()
    last = await open_store(tmp_path)
    assert last.recovery == Recovery()
    await last.close()


def _fails(*_: object) -> None:
    raise StoreCorrupt("out of order")


async def test_a_panic_of_the_engine_becomes_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        """As the engine's: not an Exception."""

    location = location_in(tmp_path)
    location.create()
    vectors = EdgeFactory().open(location, DIMENSION)

    class Shard:
        def count(self, _: object) -> int:
            raise PanicException("index out of bounds")

        def close(self) -> None:
            shard.close()

    shard = vectors._shard
    monkeypatch.setattr(vectors, "_shard", Shard())
    with pytest.raises(StoreCorrupt, match="index out of bounds"):
        vectors.count()
    vectors.close()


async def test_a_store_that_cannot_be_built_says_so_and_stops(tmp_path: Path) -> None:
    class Hopeless(EdgeFactory):
        opened = 0

        def open(self, location: StoreLocation, dimension: int | None):
            self.opened += 1
            raise StoreCorrupt("never")

    factory = Hopeless()
    with pytest.raises(StoreError, match="cannot be built"):
        await open_store(tmp_path, factory)
    assert factory.opened == 2
    await (await open_store(tmp_path)).close()  # the lock was given back


async def test_another_model_at_the_same_place_is_never_mixed_in(tmp_path: Path) -> None:
    location = await _closed(tmp_path)
    store = await Store.open(
        location, fingerprint="model-2", dimension=DIMENSION, vectors=EdgeFactory()
    )
    assert "another model" in store.recovery.rebuilt
    assert await store.stamps() == {}
    await store.close()


def test_the_fingerprint_of_the_samples_is_that_of_their_location(tmp_path: Path) -> None:
    assert location_in(tmp_path, fingerprint=FINGERPRINT) == location_in(tmp_path)
