"""A cache directory with its engine and clients, for the tests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from codetriever_lsp.engine.client.client import EngineClient
from codetriever_lsp.engine.ipc.endpoint import Place
from codetriever_lsp.settings import EngineSettings

SCRIPT = Path(__file__).with_name("fake_engine.py")


def engines(mark: str) -> list[psutil.Process]:
    """The living fake engines that were started with this mark."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if mark in (process.info["cmdline"] or ())
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


async def until(condition: Callable[[], bool], what: str, timeout_s: float = 15.0) -> None:
    """Poll for what has no event to wait on: processes and files of others."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        await asyncio.sleep(0.01)


class World:
    """A cache directory with its engine and clients."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.settings = EngineSettings(cache_dir=str(cache), linger_s=30.0)
        self.place = Place(cache)
        self.command = [sys.executable, "-P", str(SCRIPT), str(cache)]
        self.clients: list[EngineClient] = []

    def client(self, **options) -> EngineClient:
        settings = msgspec.structs.replace(self.settings, **options.pop("settings", {}))
        client = EngineClient(settings, name="test", **{"command": self.command, **options})
        self.clients.append(client)
        return client

    def start(self, **settings) -> subprocess.Popen[bytes]:
        """An engine process that nobody has asked for yet."""
        self.cache.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.stdin.write(msgspec.json.encode(msgspec.structs.replace(self.settings, **settings)))
        process.stdin.close()
        return process

    def engines(self) -> list[psutil.Process]:
        return engines(str(self.cache))

    async def gone(self) -> None:
        await until(lambda: not self.engines(), "the engine is gone")

    async def listening(self) -> None:
        await until(lambda: self.place.read() is not None, "the engine listens")
