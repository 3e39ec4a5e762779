"""What `clear` frees, and what it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from engine_clients import BUFFER, FILES, Engine, settings_in, write

from codetriever_lsp.engine import messages as m
from codetriever_lsp.store.location import stored_roots, tree_bytes


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = Engine(settings_in(tmp_path / "cache"))
    yield engine
    await engine.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "sample", FILES)


async def test_clear_frees_what_nobody_has_open_and_renews_the_rest(engine: Engine, root: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"a.py": BUFFER})
    client = await engine.client()
    await client.open(root, other)
    await client.open(root)
    assert await client.ask(m.Clear(str(other))) > 0  # though it is still open, for whoever comes next
    assert await client.ask(m.Clear(str(other))) == 0
    assert await client.ask(m.Clear("/elsewhere")) == 0
    assert await client.ask(m.Clear(str(root))) > 0
    await client.ask(m.Sync())
    assert await client.names("area_of_square") == ["area_of_square"]
    stored = {name for name, location in stored_roots(Path(engine.settings.cache_dir)) if location.path.exists()}
    assert str(root) in stored
    assert str(other) not in stored


async def test_to_clear_everything_leaves_nothing_of_what_nobody_has_open(engine: Engine, root: Path) -> None:
    client, cache = await engine.client(), Path(engine.settings.cache_dir)
    await client.open(root)
    await client.ask(m.Sync())
    await client.open()
    full = tree_bytes(cache)
    assert await client.ask(m.Clear()) > 0
    assert list((cache / "stores").rglob("*")) == []
    assert tree_bytes(cache) < full / 100
    assert b"area_of_square" not in b"".join(file.read_bytes() for file in cache.rglob("*.sqlite*"))
    assert await client.ask(m.Clear()) == 0
    await client.open(root)
    await client.ask(m.Sync())
    assert (await client.status())[0].embedded > 0
    assert await client.names("area_of_square") == ["area_of_square"]
