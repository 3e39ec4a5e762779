"""Names are kept for the next start: they are what reading all of the index gives, whatever
happened in between."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from engine_clients import FILES, Client, Engine, write

from codetriever_lsp.engine import workspace_folder as folder_module
from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.engine.maintenance.idle import tidy
from codetriever_lsp.index.indexer import Indexer
from codetriever_lsp.search.names import cache
from codetriever_lsp.search.names.cache import Naming
from codetriever_lsp.store.store import Store

MANY = {
    f"part{at}.py": f"def first_{at}():\n    pass\n\n\ndef second_{at}():\n    pass\n"
    for at in range(12)
}


@pytest.fixture(autouse=True)
def _no_tidying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "TIDY_S", 3600.0)


async def opened(engine: Engine, root: Path) -> tuple[Client, Store, Naming]:
    """An open folder at rest: it writes no names on its own any more."""
    client = await engine.client()
    await client.open(root)
    (folder,) = engine.backend._folders.values()
    (preparing,) = (task for task in folder._tasks if task.get_coro().__name__ == "_prepare")
    await preparing
    return client, folder.store, folder._naming


async def everything(naming: Naming) -> list[object]:
    return sorted((await naming.current()).entries())


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The readings of all names from the index."""
    counted: list[int] = []
    read = Store.names_after

    async def counting(store: Store, row: int, count: int) -> object:
        counted.append(row)
        return await read(store, row, count)

    monkeypatch.setattr(Store, "names_after", counting)
    return counted


async def test_a_start_takes_the_names_that_were_kept(
    engine: Engine, tmp_path: Path, reads: list[int]
) -> None:
    root = write(tmp_path / "work", FILES | MANY)
    _, store, names = await opened(engine, root)
    await names.keep()
    before = await everything(names)
    assert store.location.names.exists()
    await engine.close()
    reads.clear()
    client, _, names = await opened(engine, root)
    assert await everything(names) == before
    assert reads == []
    assert (await client.names("area_of_sq"))[0] == "area_of_square"


async def test_what_changed_since_is_taken_from_the_index(
    engine: Engine, tmp_path: Path, reads: list[int]
) -> None:
    root = write(tmp_path / "work", FILES | MANY)
    client, _, names = await opened(engine, root)
    await names.keep()
    write(root, {"part3.py": "def renamed_3():\n    pass\n", "new.py": "class Fresh:\n    pass\n"})
    (root / "part4.py").unlink()
    (root / "part5.py").rename(root / "moved.py")
    await client.open(root)
    await engine.close()
    reads.clear()
    _, store, names = await opened(engine, root)
    found = await everything(names)
    assert reads == []
    assert {"renamed_3", "Fresh", "first_5"} <= {entry.name for entry in found}
    assert {"first_3", "first_4"}.isdisjoint(entry.name for entry in found)
    store.location.names.unlink()
    assert found == await everything(Naming(store))


async def test_names_of_another_index_of_the_folder_are_not_believed(
    engine: Engine, tmp_path: Path
) -> None:
    root = write(tmp_path / "work", MANY)
    client, store, names = await opened(engine, root)
    await names.keep()
    kept = store.location.names.read_bytes()
    await engine.close()
    for file in store.location.path.glob("manifest*"):
        file.unlink()
    swapped = {
        f"part{at}.py": text for at, text in zip(range(12), reversed(MANY.values()), strict=True)
    }
    write(root, swapped)
    client, store, names = await opened(engine, root)
    store.location.names.write_bytes(kept)
    assert await everything(Naming(store)) == await everything(names)
    assert (await client.names("first_0"))[0] == "first_0"


def rename(root: Path, numbers: range, to: str) -> None:
    write(root, {f"part{at}.py": f"def {to}_{at}():\n    pass\n" for at in numbers})


async def kept_and_read(store: Store, reads: list[int]) -> list[object]:
    """The names as the next start has them, which must be those of the index."""
    reads.clear()
    found = await everything(Naming(store))
    assert reads == []
    whole = store.location.names.read_bytes()
    store.location.names.unlink()
    assert found == await everything(Naming(store))
    store.location.names.write_bytes(whole)
    return found


async def test_what_has_changed_is_written_behind_the_rest_if_it_is_much(
    engine: Engine, tmp_path: Path, reads: list[int]
) -> None:
    root = write(
        tmp_path / "work", {f"part{at}.py": f"def only_{at}():\n    pass\n" for at in range(60)}
    )
    client, store, names = await opened(engine, root)
    await names.keep()
    first = store.location.names.read_bytes()
    rename(root, range(2), "other")
    await client.open(root)
    await names.keep()
    assert store.location.names.read_bytes() == first
    rename(root, range(2, 8), "other")
    (root / "part9.py").unlink()
    await client.open(root)
    await names.keep()
    second = store.location.names.read_bytes()
    assert second.startswith(first)
    assert len(second) > len(first)
    await kept_and_read(store, reads)
    # Whoever starts with this goes on with it.
    await engine.close()
    client, store, names = await opened(engine, root)
    rename(root, range(20, 26), "third")
    await client.open(root)
    await names.keep()
    third = store.location.names.read_bytes()
    assert third.startswith(second)
    assert len(third) > len(second)
    found = await kept_and_read(store, reads)
    assert {"other_0", "other_7", "third_25"} <= {entry.name for entry in found}
    assert {"only_0", "only_9", "only_25"}.isdisjoint(entry.name for entry in found)


async def test_a_new_table_is_written_when_more_is_behind_the_first_one_than_pays(
    engine: Engine, tmp_path: Path, reads: list[int]
) -> None:
    root = write(
        tmp_path / "work", {f"part{at}.py": f"def only_{at}():\n    pass\n" for at in range(12)}
    )
    client, store, names = await opened(engine, root)
    await names.keep()
    sizes = []
    for to in ("second", "third", "fourth", "fifth"):
        rename(root, range(4), to)
        await client.open(root)
        await names.keep(busy=to != "fifth")
        sizes.append(store.location.names.stat().st_size)
        await kept_and_read(store, reads)
    assert sizes[0] < sizes[1] < sizes[2] > sizes[3]


async def test_parts_of_like_size_become_one_layer_after_the_start(
    engine: Engine, tmp_path: Path
) -> None:
    root = write(
        tmp_path / "work", {f"part{at}.py": f"def only_{at}():\n    pass\n" for at in range(20)}
    )
    client, store, names = await opened(engine, root)
    await names.keep()
    for first in (0, 4, 8):
        rename(root, range(first, first + 4), "other")
        await client.open(root)
        await names.keep(busy=True)
    kept = Naming(store)
    before = await everything(kept)
    assert len((await kept.current())._state.layers) == 4
    await kept.keep()
    assert kept._merging is not None
    await kept._merging
    assert len((await kept.current())._state.layers) == 1
    assert await everything(kept) == before


async def test_closing_waits_for_what_is_being_written(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it could write into the file of those that are opened next."""
    _, store, _ = await opened(engine, write(tmp_path / "work", FILES | MANY))
    store.location.names.unlink()  # names that no file holds are written
    names, begun, go_on, written = (
        Naming(store),
        threading.Event(),
        threading.Event(),
        cache.write_names,
    )

    def slowly(*args: Any) -> int:
        begun.set()
        go_on.wait(30)
        return written(*args)

    monkeypatch.setattr(cache, "write_names", slowly)
    keeping = asyncio.create_task(names.keep())
    assert await asyncio.to_thread(begun.wait, 30)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    closing = asyncio.create_task(names.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert store.location.names.exists()


async def test_a_file_that_was_deleted_after_it_had_changed_while_names_were_written_is_in_no_answer(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "work", FILES | MANY)
    client, store, names = await opened(engine, root)
    await names.current()
    symbol_marks = Store.symbol_marks

    async def nothing(*_: object) -> None: ...

    async def meanwhile(store: Store, *, settled: bool = False) -> object:
        monkeypatch.setattr(Store, "symbol_marks", symbol_marks)
        monkeypatch.setattr(Naming, "_write", nothing)  # the folder itself may keep them, too
        rename(root, range(3, 4), "renamed")
        await client.open(root)
        return await symbol_marks(store, settled=settled)

    monkeypatch.setattr(Store, "symbol_marks", meanwhile)
    names._unkept = None
    await names.keep()
    (root / "part3.py").unlink()
    await client.open(root)
    assert "part3.py" not in {entry.path for entry in (await Naming(store).current()).entries()}


async def test_names_that_had_to_be_read_are_kept_before_the_files_are_looked_at(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is killed again and again must not read all of them each time."""
    root = write(tmp_path / "work", FILES | MANY)
    _, store, _ = await opened(engine, root)
    await engine.close()
    store.location.names.unlink(missing_ok=True)
    written, write_names, loop = asyncio.Event(), cache.write_names, asyncio.get_running_loop()

    def noticed(*args: Any) -> None:
        write_names(*args)
        loop.call_soon_threadsafe(written.set)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(cache, "write_names", noticed)
    monkeypatch.setattr(Indexer, "start", never)
    client = await engine.client()
    await client.ask(m.OpenFolders((str(root),)))
    await asyncio.wait_for(written.wait(), 30)
    assert store.location.names.exists()


async def test_names_are_kept_although_files_change_meanwhile(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    """In a build they always do."""
    root = write(tmp_path / "work", FILES | MANY)
    client, store, names = await opened(engine, root)
    await names.current()
    symbol_marks = Store.symbol_marks

    async def later(store: Store, *, settled: bool = False) -> object:
        monkeypatch.setattr(Store, "symbol_marks", symbol_marks)
        write(
            root, {"part3.py": "def renamed_3():\n    pass\n", "new.py": "class Fresh:\n    pass\n"}
        )
        await client.open(root)
        return await symbol_marks(store, settled=settled)

    monkeypatch.setattr(Store, "symbol_marks", later)
    store.location.names.unlink(missing_ok=True)
    names._unkept = None
    await names.keep()
    assert store.location.names.exists()
    reads.clear()
    found = await everything(Naming(store))
    assert reads == []
    store.location.names.unlink()
    assert found == await everything(Naming(store))
    assert {"renamed_3", "Fresh"} <= {entry.name for entry in found}


async def test_a_disk_that_takes_no_names_is_no_fault(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def full(*_: object) -> None:
        refused.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_names", full)
    client, store, names = await opened(engine, write(tmp_path / "work", FILES))
    await names.keep()
    assert refused
    assert (await client.names("area_of_sq"))[0] == "area_of_square"
    assert not store.location.names.exists()


async def test_names_are_kept_while_a_long_build_goes_on(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: list[int]
) -> None:
    """Also where nobody searches meanwhile, who would have them brought up to date."""
    root = write(tmp_path / "work", MANY)
    client, store, names = await opened(engine, root)
    await names.keep()
    (folder,) = engine.backend._folders.values()
    monkeypatch.setattr(Indexer, "busy", True)
    for count in (3, 6):
        before = store.location.names.read_bytes()
        rename(root, range(count), f"other_{count}")
        await client.open(root)
        await tidy(folder.indexer, store, names)
        assert store.location.names.read_bytes().startswith(before)
        assert store.location.names.stat().st_size > len(before)
    await kept_and_read(store, reads)


async def test_tidying_survives_what_nobody_thought_of(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, store, names = await opened(engine, write(tmp_path / "work", FILES))
    (folder,) = engine.backend._folders.values()

    async def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("never seen before")

    monkeypatch.setattr(Naming, "keep", fails)
    await tidy(folder.indexer, store, names)
    assert "tidying the index of" in caplog.text
    assert "never seen before" in caplog.text


@pytest.mark.parametrize(("pending", "build"), [(5, False), (500, True)])
async def test_who_saves_file_after_file_does_not_wait_as_a_build_does(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pending: int, build: bool
) -> None:
    _, store, names = await opened(engine, write(tmp_path / "work", FILES))
    (folder,) = engine.backend._folders.values()
    asked: list[bool] = []

    async def compact(_: Store, *, busy: bool = False) -> bool:
        asked.append(busy)
        return False

    monkeypatch.setattr(Store, "compact", compact)
    monkeypatch.setattr(Indexer, "busy", True)
    monkeypatch.setattr(Indexer, "pending", pending)
    await tidy(folder.indexer, store, names)
    assert asked[-1:] == [build]
