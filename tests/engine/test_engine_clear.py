"""What `clear` frees, what it leaves, and what goes by itself."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from engine_clients import BUFFER, FILES, Engine, write

from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.engine.maintenance import gc
from codetriever_lsp.engine.maintenance.gc import is_left
from codetriever_lsp.store.cache_layout import locate, stored_roots, tree_bytes
from codetriever_lsp.workspace.paths import root_of


async def test_clear_frees_what_nobody_has_open_and_renews_the_rest(
    engine: Engine, root: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"a.py": BUFFER})
    client = await engine.client()
    await client.open(root, other)
    await client.open(root)
    assert (
        await client.ask(m.Clear(str(other))) > 0
    )  # though it is still open, for whoever comes next
    assert await client.ask(m.Clear(str(other))) == 0
    assert await client.ask(m.Clear("/elsewhere")) == 0
    assert await client.ask(m.Clear(str(root))) > 0
    await client.ask(m.Sync())
    assert await client.names("area_of_square") == ["area_of_square"]
    stored = {
        name
        for name, location in stored_roots(Path(engine.settings.cache_dir))
        if location.path.exists()
    }
    assert str(root) in stored
    assert str(other) not in stored


async def test_to_clear_everything_leaves_nothing_of_what_nobody_has_open(
    engine: Engine, root: Path
) -> None:
    client, cache = await engine.client(), Path(engine.settings.cache_dir)
    await client.open(root)
    await client.ask(m.Sync())
    await client.open()
    full = tree_bytes(cache)
    assert await client.ask(m.Clear()) > 0
    assert list((cache / "stores").rglob("*")) == []
    left = {file for file in cache.rglob("*") if file.is_file()}
    assert {file.name for file in left} <= {
        f"embeddings.sqlite{end}" for end in ("", "-wal", "-shm")
    }
    assert tree_bytes(cache) < full / 5  # an empty database, and 32 KiB that its readers share
    assert b"area_of_square" not in b"".join(file.read_bytes() for file in cache.rglob("*.sqlite*"))
    assert await client.ask(m.Clear()) == 0
    await client.open(root)
    await client.ask(m.Sync())
    assert (await client.status())[0].embedded > 0
    assert await client.names("area_of_square") == ["area_of_square"]


DAY = 86_400.0


@pytest.mark.parametrize(
    ("days", "gone", "left"),
    [
        (29, True, False),
        (31, True, True),
        (31, False, False),
        (179, False, False),
        (181, False, True),
    ],
)
def test_an_index_is_left_when_its_folder_is_gone_or_nobody_used_it_for_long(
    tmp_path: Path, *, days: int, gone: bool, left: bool
) -> None:
    root = tmp_path / "work"
    location = locate(tmp_path / "cache", root, "model")
    location.create()
    location.manifest.touch()
    if not gone:
        root.mkdir()
    assert is_left(root, location, time.time() + days * DAY) is left
    assert not is_left(
        tmp_path / "nowhere",
        locate(tmp_path / "cache", "/nowhere", "model"),
        time.time() + days * DAY,
    )


async def test_what_is_left_over_is_deleted_and_nothing_else(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "GONE_S", 0.0)
    gone, there, still_open = (write(tmp_path / name, FILES) for name in ("gone", "there", "open"))
    client, cache = await engine.client(), Path(engine.settings.cache_dir)
    await client.open(gone, there, still_open)
    await client.open(still_open)
    shutil.rmtree(gone)
    shutil.rmtree(still_open)
    await engine.backend._close_folder(root_of(gone))
    engine.backend.collect_after(0.0)
    while not engine.backend._running:
        await asyncio.sleep(0)
    await asyncio.gather(*engine.backend._running)
    assert {name for name, _ in stored_roots(cache)} == {
        str(root_of(there)),
        str(root_of(still_open)),
    }
    assert len(list((cache / "stores").iterdir())) == 2
