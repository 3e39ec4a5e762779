"""`doctor --repair`, as the engine does it: every index is looked at, and what is damaged is mended
or built anew."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from engine_clients import FILES, Engine, places, write

from codetriever_lsp.engine.ipc import messages as m
from codetriever_lsp.engine.maintenance import gc
from codetriever_lsp.store.cache_layout import stored_roots
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.workspace.paths import root_of


async def test_a_sound_index_is_said_to_be_sound(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "work", FILES)
    client = await engine.client()
    await client.open(root)
    hits = await client.search("how much of the plane")
    (told,) = await client.ask(m.Repair())
    assert "is sound" in told
    assert str(root_of(root)) in told
    assert await client.search("how much of the plane") == hits


async def test_rows_that_were_lost_come_back(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "work", FILES)
    client = await engine.client()
    await client.open(root)
    hits = await client.search("how much of the plane")
    ((_, location),) = stored_roots(Path(engine.settings.cache_dir))
    with closing(sqlite3.connect(location.manifest)) as manifest:
        assert manifest.execute("DELETE FROM chunks").rowcount > 0
        manifest.commit()
    assert await client.search("how much of the plane") == ()
    (told,) = await client.ask(m.Repair())
    assert "is mended" in told
    assert await client.search("how much of the plane") == hits


async def test_a_closed_index_that_was_changed_is_built_anew_when_it_is_opened(
    engine: Engine, tmp_path: Path
) -> None:
    root, other = (write(tmp_path / name, FILES) for name in ("work", "other"))
    client = await engine.client()
    await client.open(root, other)
    hits = places(await client.search("how much of the plane"))
    await client.open(other)
    await engine.backend._close_folder(root_of(root))
    location = next(
        one
        for name, one in stored_roots(Path(engine.settings.cache_dir))
        if name == str(root_of(root))
    )
    content = bytearray(location.manifest.read_bytes())
    content[5000:5064] = b"\xff" * 64
    location.manifest.write_bytes(content)
    told = await client.ask(m.Repair())
    assert [line for line in told if str(root_of(root)) in line and "damaged" in line]
    assert [line for line in told if str(root_of(other)) in line and "sound" in line]
    await client.open(root, other)
    told = await client.ask(m.Repair())
    assert [
        line
        for line in told
        if str(root_of(root)) in line and "was damaged and is built anew" in line
    ]
    assert sorted(places(await client.search("how much of the plane"))) == sorted(hits)


async def test_an_index_that_another_engine_has_open_is_left_alone(
    engine: Engine, tmp_path: Path
) -> None:
    root, other = (write(tmp_path / name, FILES) for name in ("work", "other"))
    client = await engine.client()
    await client.open(root, other)
    await client.open(other)
    await engine.backend._close_folder(root_of(root))
    location = next(
        one
        for name, one in stored_roots(Path(engine.settings.cache_dir))
        if name == str(root_of(root))
    )
    location.manifest.write_bytes(b"")
    lock = StoreLock(location.path)
    lock.acquire()
    try:
        assert not [line for line in await client.ask(m.Repair()) if str(root_of(root)) in line]
    finally:
        lock.release()
    assert [
        line
        for line in await client.ask(m.Repair())
        if str(root_of(root)) in line and "damaged" in line
    ]


@pytest.mark.parametrize("kept_s", [gc.GONE_S, 0.0])
async def test_the_index_of_a_folder_that_is_gone_for_long_is_deleted(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_s: float
) -> None:
    monkeypatch.setattr(gc, "GONE_S", kept_s)
    root, other = (write(tmp_path / name, FILES) for name in ("work", "other"))
    client = await engine.client()
    await client.open(root, other)
    await client.open(other)
    await engine.backend._close_folder(root_of(root))
    shutil.rmtree(root)
    told = await client.ask(m.Repair())
    left = {name for name, _ in stored_roots(Path(engine.settings.cache_dir))}
    assert ("MiB freed" in told[0]) == (not kept_s)
    assert left == ({str(root_of(other)), str(root_of(root))} if kept_s else {str(root_of(other))})
