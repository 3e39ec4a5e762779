"""An older store that answers until the new one is whole: which can, and what it says."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from store_samples import DIMENSION, answers, embed, location_in, prepare, words

from codetriever_lsp.errors import StoreError
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.durability.completeness import built_whole
from codetriever_lsp.store.durability.recovery import open_as_built
from codetriever_lsp.store.previous import previous_index
from codetriever_lsp.store.previous.previous_index import NEW_INDEX, StandIn, retire
from codetriever_lsp.store.records import FileStamp, owned_by
from codetriever_lsp.store.sql import schema
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.store.vectors.interface import VectorQuery

FILES = {"a.py": ["def alpha", "def beta"], "b.py": ["def gamma"], "c.py": ["def delta"]}
OLD, NEW = "model-1/rules-1", "model-1/rules-2"


class Disk:
    """Files that change: a `Compare`."""

    def __init__(self) -> None:
        self.changed: set[str] = set()

    def __call__(self, stamps: Mapping[str, FileStamp]) -> Collection[str]:
        return self.changed & stamps.keys()


async def open_at(cache: Path, fingerprint: str, dimension: int | None = DIMENSION) -> Store:
    location = location_in(cache, fingerprint=fingerprint)
    return await Store.open(
        location, fingerprint=fingerprint, dimension=dimension, vectors=EdgeFactory()
    )


async def built(cache: Path, fingerprint: str = OLD, *, whole: bool = True) -> StoreLocation:
    """A closed store with `FILES`."""
    store = await open_at(cache, fingerprint)
    await store.commit([prepare(path, texts) for path, texts in FILES.items()])
    if whole:
        await store.mark_whole()
    await store.close()
    return store.location


async def find(cache: Path, disk: Disk | None = None, model: str = "model-1") -> StandIn | None:
    return await StandIn.find(
        location_in(cache, fingerprint=NEW), model, EdgeFactory(), disk or Disk()
    )


async def found(cache: Path, disk: Disk | None = None, model: str = "model-1") -> StandIn:
    store = await find(cache, disk, model)
    assert store is not None
    return store


def content(location: StoreLocation) -> dict[Path, bytes]:
    bookkeeping = {"lock", "owner.json"}
    return {
        path: path.read_bytes()
        for path in location.path.rglob("*")
        if path.is_file() and path.name not in bookkeeping
    }


async def test_fault_48_a_whole_store_of_other_rules_answers_as_it_did(tmp_path: Path) -> None:
    location = await built(tmp_path)
    same = await open_at(tmp_path, OLD)
    expected = answers(same), await same.dump()
    assert same.whole
    await same.close()
    store = await found(tmp_path)
    assert (answers(store), await store.dump()) == expected
    assert (store.location, store.by_meaning, store.read_only) == (location, True, True)
    with pytest.raises(StoreError, match="reading only"):
        await store.commit([prepare("d.py", ["def new"])])
    await store.close()


async def test_fault_48_what_was_never_whole_does_not_stand_in(tmp_path: Path) -> None:
    location = await built(tmp_path, whole=False)
    before = content(location)
    assert await find(tmp_path) is None
    assert content(location) == before
    store = await open_at(tmp_path, OLD)
    assert not store.whole
    await store.close()


async def test_fault_48_a_damaged_store_does_not_stand_in_and_is_not_emptied(
    tmp_path: Path,
) -> None:
    location = await built(tmp_path)
    with location.manifest.open("r+b") as file:
        file.seek(5_000)
        file.write(b"\xff" * 64)
    before = content(location)[location.manifest]
    for _ in range(3):
        assert await find(tmp_path) is None
    assert content(location)[location.manifest] == before
    store = await open_at(tmp_path, OLD)
    assert store.recovery.rebuilt
    assert not store.whole
    await store.close()


@pytest.mark.parametrize("change", [-1, 1])
async def test_fault_48_a_store_of_another_format_does_not_stand_in_and_is_left_untouched(
    tmp_path: Path, change: int
) -> None:
    location = await built(tmp_path)
    connection = sqlite3.connect(location.manifest)
    connection.execute(f"PRAGMA user_version={len(schema.MIGRATIONS) + change}")
    connection.close()
    before = content(location)
    assert await find(tmp_path) is None
    assert content(location) == before
    newer = change > 0
    assert (retire(location, EdgeFactory()) == 0) == newer
    assert location.path.exists() == newer


async def test_fault_48_the_newest_that_can_be_opened_is_taken(tmp_path: Path) -> None:
    await built(tmp_path, "model-1/rules-0")
    location = await built(tmp_path, OLD)
    owner = await open_at(tmp_path, OLD)
    store = await found(tmp_path)
    assert store.location == location_in(
        tmp_path, fingerprint="model-1/rules-0"
    )  # the other one is in use
    assert retire(location, EdgeFactory()) == 0
    await owner.close()
    assert retire(store.location, EdgeFactory()) == 0
    await store.close()
    assert retire(store.location, EdgeFactory()) > 0
    assert retire(store.location, EdgeFactory()) == 0


async def test_fault_48_another_model_is_asked_by_words_alone(tmp_path: Path) -> None:
    await built(tmp_path)
    store = await found(tmp_path, model="model-2")
    assert not store.by_meaning
    sparse = words("alpha").lists()
    other = embed("def alpha", 2 * DIMENSION)
    queries = [
        VectorQuery("dense", other, 5),
        VectorQuery("lexical", sparse, 5),
        VectorQuery("place", other, 5),
        VectorQuery("file", sparse, 5),
    ]
    dense, lexical, place, file = store.query(queries)
    assert (dense, place) == ([], [])
    assert [len(lexical), len(file)] == [1, 1]
    assert store.query([VectorQuery("dense", other, 5)]) == [[]]
    await store.put_overlay(7, prepare("a.py", ["def zeta"], owner=7, dimension=2 * DIMENSION))
    assert len(store.query([VectorQuery("lexical", words("zeta").lists(), 5)])[0]) == 1
    await store.close()


async def test_fault_48_what_changed_is_never_spoken_of_again(tmp_path: Path) -> None:
    await built(tmp_path)
    disk = Disk()
    store = await found(tmp_path, disk)
    generation = store.generation
    (alpha, *_), (gamma, *_) = await store.file_chunks("a.py"), await store.file_chunks("b.py")
    rows = {row[4]: row[0] for row in await store.symbol_names()}
    disk.changed = {"a.py"}
    assert (await store.chunks([alpha.id, gamma.id])).keys() == {gamma.id}
    assert store.generation > generation  # a search that has begun starts over
    assert store.changes(generation) == {"a.py"}
    disk.changed = set()
    assert (await store.chunk_heads([alpha.id, gamma.id])).keys() == {gamma.id}
    assert (await store.symbols(list(rows.values()))).keys() == {rows["b.py"], rows["c.py"]}
    assert {row[4] for row in await store.symbol_names(["a.py", "b.py"])} == {"b.py"}
    assert (await store.file_chunks("a.py"), await store.file_symbols("a.py")) == ([], [])
    assert {row.path for row in store.files_by_id.values()} == {"b.py", "c.py"}
    assert (await store.counts()).files == 2
    disk.changed = {"c.py"}
    assert await store.check() == {"c.py"}
    assert {row.path for row in store.files_by_id.values()} == {"b.py"}
    await store.close()


async def test_fault_48_what_the_new_index_has_of_changed_files_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = await built(tmp_path)
    monkeypatch.setattr(previous_index, "MOST_SHOWN", 2)
    store = await found(tmp_path)
    before = answers(store)
    await store.follow([prepare(path, texts) for path, texts in FILES.items()], ())
    assert (set(store.shown), answers(store)) == (set(), before)  # they are what they were
    await store.follow([prepare("b.py", ["def changed"]), prepare("new.py", ["def new"])], ["c.py"])
    assert set(store.shown) == {"b.py", "new.py"}
    await store.follow([prepare("b.py", ["def again"]), prepare("a.py", ["def room"])], ["new.py"])
    await store.follow([prepare("d.py", ["def no room"])], ())
    assert set(store.shown) == {"a.py", "b.py"}
    assert store.overlays(NEW_INDEX)["b.py"].file.chunks[0].text == "def again"
    assert store.file_count == 0
    await store.close()
    # Nothing of it stays: whoever comes back to these rules finds the store as it was.
    opened = await open_as_built(location, built_whole(location), EdgeFactory())
    assert opened.recovery.swept == 0
    assert await opened.manifest.point_count() == opened.vectors.count()
    opened.vectors.close()
    await opened.manifest.close()


@pytest.mark.parametrize("texts", [["def alpha", "def beta"], ["x", "x", "y", "x"], []])
def test_a_file_under_the_ids_of_an_owner(texts: Sequence[str]) -> None:
    assert owned_by(prepare("a.py", texts), 5) == prepare("a.py", texts, owner=5)


async def test_a_store_that_loses_its_manifest_is_not_whole(tmp_path: Path) -> None:
    location = await built(tmp_path)
    location.manifest.unlink()
    store = await open_at(tmp_path, OLD)
    assert not store.whole
    await store.close()
    assert built_whole(location) is None
