"""An engine with a backend that does what a search's query says. Run by the tests as `python
fake_engine.py MARK`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from pathlib import Path

from codetriever_lsp.engine import lifetime
from codetriever_lsp.engine.ipc.messages import (
    Buffer,
    OpenFolders,
    Progress,
    Search,
    StateChanged,
    Sync,
    Warned,
)
from codetriever_lsp.engine.ipc.server_connection import Limits
from codetriever_lsp.engine.main import read_settings
from codetriever_lsp.errors import BadRequest, StoreLocked
from codetriever_lsp.model import Hit, IndexState, Mark, SearchResult, Span
from codetriever_lsp.settings import EngineSettings

LIMITS = Limits(running=4, waiting=400, queued_bytes=2_000_000, hello_s=3.0)


def hit(snippet: str = "") -> Hit:
    return Hit("/a", Span(Mark(0, 0, 0, 0), Mark(0, 0, 0, 0)), "text", 1.0, snippet)


def answer(message: str = "", hits: tuple[Hit, ...] = ()) -> SearchResult:
    return SearchResult(hits, IndexState("ready", 1, 1, 0, message), 0.0)


class Fake:
    def __init__(self, settings: EngineSettings) -> None:
        self.cache = Path(settings.cache_dir)
        self.emits = {}
        self.told = {}
        self.counts = {"started": 0, "cancelled": 0, "detached": 0}
        self.gate = asyncio.Event()

    async def attach(self, client, emit):
        self.emits[client] = emit
        self.told[client] = []

    async def detach(self, client):
        self.counts["detached"] += 1
        del self.emits[client], self.told[client]

    async def close(self):
        (self.cache / "closing").touch()
        while (self.cache / "hold-close").exists():
            await asyncio.sleep(0.01)

    async def call(self, client, request, partial):
        match request:
            case OpenFolders(folders=folders):
                if folders == ("/bad",):
                    raise BadRequest("no such folder")
                self.told[client].append(list(folders))
            case Buffer():
                self.told[client].append([request.path, request.version, request.text])
            case Sync():
                self.counts["started"] += 1
                try:
                    await self.gate.wait()
                except asyncio.CancelledError:
                    self.counts["cancelled"] += 1
                    raise
                return 7
            case Search(query=query):
                return await self.command(client, query, partial)
        return None

    async def command(self, client, query, partial):  # noqa: C901
        match query.split():
            case ["state"]:
                return answer(
                    json.dumps(
                        {"told": self.told[client], "clients": len(self.emits), **self.counts}
                    )
                )
            case ["wait"]:
                self.counts["started"] += 1
                partial((hit("running"),))
                try:
                    await self.gate.wait()
                except asyncio.CancelledError:
                    self.counts["cancelled"] += 1
                    raise
            case ["release"]:
                self.gate.set()
            case ["partials"]:
                for number in range(3):
                    partial((hit(str(number)),))
            case ["crash"]:
                os._exit(9)
            case ["crash-once"]:
                if not (self.cache / "crashed").exists():
                    (self.cache / "crashed").touch()
                    os._exit(9)
            case ["bug"]:
                raise ValueError("first\nsecond")
            case ["panic"]:
                raise type("PanicException", (BaseException,), {})("native")
            case ["locked"]:
                raise type("Special", (StoreLocked,), {})("somebody has it")
            case ["surrogate"]:
                raise BadRequest("no such file: /\udcff")
            case ["surrogate-hit"]:
                partial((hit("\udcff"),))
            case ["surrogate-event"]:
                self.emits[client](Progress("/\udcff", "indexing", 1, 2))
                self.emits[client](Warned("after"))
            case ["unencodable"]:
                return object()
            case ["big", size]:
                return answer("", (hit("x" * int(size)),))
            case ["events", count]:
                for number in range(int(count)):
                    self.emits[client](StateChanged(IndexState("indexing", number, 0, 0)))
                    self.emits[client](Progress("/a", "indexing", number, 0))
                    self.emits[client](Progress("/b", "indexing", number, 0))
                    self.emits[client](Warned("once"))
            case ["block"]:
                (self.cache / "blocking").touch()
                while True:
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.Event().wait()
        return answer(query)


async def open_fake(settings: EngineSettings) -> Fake:
    if settings.model == "broken":
        raise BadRequest("the model is broken")
    if settings.model == "crash":
        os._exit(3)
    return Fake(settings)


if __name__ == "__main__":
    lifetime._PULSE_S = 0.1
    raise SystemExit(lifetime.run_engine(read_settings(), open_fake, LIMITS))
