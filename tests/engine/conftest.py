from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from engine_clients import FILES, Engine, settings_in, write
from engine_world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "cache")
    yield world
    for client in world.clients:
        await client.close()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = Engine(settings_in(tmp_path / "cache"))
    yield engine
    await engine.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "sample", FILES)


@pytest.fixture(autouse=True)
def _short_runtime_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Test names make paths too long for sockets: those land here instead of in the user's own
    directory."""
    with tempfile.TemporaryDirectory(prefix="ct") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.fixture(autouse=True)
def _no_engine_stays(tmp_path: Path, _short_runtime_directory: None) -> Iterator[None]:
    """Asks for the other, to end before it: an engine that lives may still put a file into that
    folder."""
    yield
    for process in psutil.process_iter(["cmdline"]):
        if any(argument.startswith(str(tmp_path)) for argument in process.info["cmdline"] or ()):
            process.kill()
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(5)
