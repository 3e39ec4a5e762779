"""Records and ids, places in the cache directory, the lock."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import FINGERPRINT, location_in, open_store, prepare

from codetriever_lsp.errors import StoreError, StoreLocked
from codetriever_lsp.store import cache_layout as places
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.records import (
    Prepared,
    Sparse,
    chunk_id,
    content_digest,
    file_id,
    is_file,
    is_owned,
)

TEXT = st.text(max_size=20)


@given(
    path=TEXT,
    owner=st.integers(0, 2**62),
    digest=st.binary(min_size=16, max_size=16),
    occurrence=st.integers(0, 1000),
)
def test_ids_are_63_bits_and_tell_what_they_name(
    path: str, owner: int, digest: bytes, occurrence: int
) -> None:
    file, chunk = file_id(path, owner), chunk_id(path, digest, occurrence, owner)
    assert 0 <= file < 2**63
    assert 0 <= chunk < 2**63
    assert is_owned(file) == is_owned(chunk) == (owner != 0)
    assert is_file(file)
    assert not is_file(chunk)


def test_ids_differ_in_each_of_their_parts() -> None:
    digest = content_digest(b"x")
    keys = [
        chunk_id("a", digest, 0), chunk_id("b", digest, 0), chunk_id("a", content_digest(b"y"), 0), chunk_id("a", digest, 1),
        chunk_id("a", digest, 0, 1), chunk_id("a", digest, 0, 2), file_id("a"), file_id("b"), file_id("a", 1), file_id("a", 2),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)


def test_ids_never_change() -> None:
    """They are what stores on disk are keyed by."""
    assert file_id("src/a.py") == 3130952588848743891
    assert chunk_id("src/a.py", bytes(16), 0) == 1167636103296063512


@given(
    st.dictionaries(
        st.integers(0, 2**32 - 1),
        st.floats(width=32, allow_nan=False, allow_infinity=False),
        max_size=20,
    )
)
def test_sparse_vectors_come_back_ascending(values: dict[int, float]) -> None:
    made = Sparse.of(values.keys(), values.values())
    assert made.lists() == (sorted(values), [values[key] for key in sorted(values)])


def test_sparse_vectors_add_up_what_repeats_and_refuse_what_does_not_fit() -> None:
    assert Sparse.of([5, 1, 5], [1.0, 2.0, 3.0]).lists() == ([1, 5], [2.0, 4.0])
    with pytest.raises(ValueError, match="32 bits"):
        Sparse.of([2**32], [1.0])
    with pytest.raises(ValueError, match="as many"):
        Sparse.of([1, 2], [1.0])


def test_prepared_files_cross_process_borders_unchanged() -> None:
    item = prepare("src/ä.py", ["def alpha", ""])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(item), type=Prepared) == item


def test_roots_have_names_of_their_own_that_a_person_can_read() -> None:
    keys = [
        places.root_key(root)
        for root in ("/work/app", "/home/app", "/", "/work/ünï çode", "/work/" + "x" * 300)
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0].startswith("app-")
    assert all(len(key) < 64 and key.isascii() and "/" not in key for key in keys)


def test_locations_differ_by_root_and_fingerprint(tmp_path: Path) -> None:
    one = places.locate(tmp_path, "/work/app", "m1")
    assert one.cache_dir == tmp_path
    assert one.path.parent == places.locate(tmp_path, "/work/app", "m2").path.parent
    assert (
        len(
            {
                one.key,
                places.locate(tmp_path, "/work/app", "m2").key,
                places.locate(tmp_path, "/x/app", "m1").key,
            }
        )
        == 3
    )


async def test_folders_and_files_are_private(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("modes are POSIX's")
    store = await open_store(tmp_path / "cache")
    await store.commit([prepare("a.py", ["x"])])
    places.cache_id(tmp_path / "cache")
    await store.close()
    for path in (tmp_path / "cache").rglob("*"):
        inside_shard = (
            store.location.vectors in path.parents
        )  # the engine's own files, in a folder of 0700
        if path.is_dir() and not inside_shard:
            assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
        elif not inside_shard:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("modes are POSIX's")
    (tmp_path / "cache").mkdir(mode=0o755)
    places.prepare_cache(tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert list((tmp_path / "cache").iterdir()) == []


async def test_a_cache_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cacheDir") as caught:
        places.prepare_cache(tmp_path / "file" / "cache")
    assert str(tmp_path / "file") in str(caught.value)
    with pytest.raises(StoreError, match="cacheDir"):
        await open_store(tmp_path / "file" / "cache")


def test_the_cache_has_one_id(tmp_path: Path) -> None:
    places.prepare_cache(tmp_path)
    assert places.cache_id(tmp_path) == places.cache_id(tmp_path)
    (tmp_path / "id.txt").write_text("../../x")
    with pytest.raises(StoreError, match=r"id\.txt"):
        places.cache_id(tmp_path)


def test_stores_are_listed_and_removed(tmp_path: Path) -> None:
    assert list(places.stored_roots(tmp_path)) == []
    old, new = location_in(tmp_path, fingerprint="old"), location_in(tmp_path)
    for made in (old, new):
        made.create()
        (made.path / "manifest.sqlite").write_bytes(b"x" * 5000)
    assert sorted(location.path for _, location in places.stored_roots(tmp_path)) == sorted(
        [old.path, new.path]
    )
    assert {root for root, _ in places.stored_roots(tmp_path)} == {"/work/project"}
    assert [sibling.path for sibling in new.siblings()] == [old.path]
    assert old.remove() >= 5000
    assert new.siblings() == []
    assert places.locate(tmp_path, "/never", FINGERPRINT).siblings() == []


HOLDS = """
import sys
from pathlib import Path
from codetriever_lsp.store.durability.lock import StoreLock
lock = StoreLock(Path(sys.argv[1]))
lock.acquire("the other one")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_lock_of_another_process_is_respected_and_ends_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    lock = StoreLock(tmp_path)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        with pytest.raises(StoreLocked, match=rf"process {process.pid} \(the other one\)"):
            lock.acquire()
        process.kill()
    lock.acquire()
    lock.release()
    lock.release()


def test_a_lock_without_a_readable_note_is_somebodys(tmp_path: Path) -> None:
    lock = StoreLock(tmp_path)
    lock.acquire()
    (tmp_path / "owner.json").write_text("{")
    with pytest.raises(StoreLocked, match="another process"):
        StoreLock(tmp_path).acquire()
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say what a sparse file takes")
def test_what_was_never_written_takes_nothing(tmp_path: Path) -> None:
    with (tmp_path / "written").open("wb") as file:
        file.write(b"x" * 100_000)
        file.flush()
        os.fsync(file.fileno())  # some file systems allocate no sooner
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(1 << 25)
    if sparse.stat().st_blocks:
        pytest.skip("this file system allocates what is not written")
    assert 100_000 <= places.tree_bytes(tmp_path) < 200_000
