"""Conversations with a server in this process on a fake engine, and with real server processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fake_lsp_engine import FakeEngine
from lsp_client import FULL_CAPABILITIES, LspClient

from codetriever_lsp.server.app import Server

FAKE_PROGRAM = (str(Path(__file__).with_name("fake_lsp_engine.py")),)


class MemoryLink:
    """What the server writes, parsed."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.waiting = 0
        self.changed = asyncio.Event()

    def write(self, body: bytes) -> None:
        self.sent.append(json.loads(body))
        self.changed.set()

    def backlog(self) -> int:
        return self.waiting

    def close(self) -> None:
        self.changed.set()


class Conversation:
    """Talks to a server in this process."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.server = Server(engine.factory)
        self.link = MemoryLink()
        self.server.protocol.out = self.link
        self._ids = 0

    async def initialize(
        self, *folders: str, capabilities: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": FULL_CAPABILITIES if capabilities is None else capabilities,
            "workspaceFolders": [{"uri": f"file://{folder}", "name": "w"} for folder in folders],
            **more,
        }
        return await self.request("initialize", params)

    def receive(self, message: Any) -> None:
        self.server.protocol.receive(
            message if isinstance(message, bytes) else json.dumps(message).encode()
        )

    def begin(self, method: str, params: Any = None, request_id: Any = None) -> Any:
        self._ids += 1
        request_id = self._ids if request_id is None else request_id
        message = {"jsonrpc": "2.0", "id": request_id, "method": method}
        self.receive(message if params is None else {**message, "params": params})
        return request_id

    def notify(self, method: str, params: Any = None) -> None:
        self.receive({"jsonrpc": "2.0", "method": method, "params": params})

    def cancel(self, request_id: Any) -> None:
        self.notify("$/cancelRequest", {"id": request_id})

    async def request(self, method: str, params: Any = None) -> Any:
        reply = await self.reply(self.begin(method, params))
        assert "error" not in reply, reply
        return reply["result"]

    async def error(self, method: str, params: Any = None) -> tuple[int, str]:
        reply = await self.reply(self.begin(method, params))
        assert "result" not in reply, reply
        return reply["error"]["code"], reply["error"]["message"]

    async def reply(self, request_id: Any) -> dict[str, Any]:
        def mine() -> list[dict[str, Any]]:
            return [
                m
                for m in self.link.sent
                if "method" not in m and m["id"] == request_id and type(m["id"]) is type(request_id)
            ]

        await self.until(mine)
        return mine()[0]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something that was written, or that the engine was asked, makes `condition`
        true."""
        async with asyncio.timeout(10):
            while not condition():
                self.link.changed.clear()
                waiter = asyncio.ensure_future(self.link.changed.wait())
                asked = asyncio.ensure_future(self.engine.started.acquire())
                await asyncio.wait([waiter, asked], return_when=asyncio.FIRST_COMPLETED)
                waiter.cancel()
                asked.cancel()

    def replies(self, request_id: Any) -> list[dict[str, Any]]:
        return [m for m in self.link.sent if "method" not in m and m.get("id") == request_id]

    def sent(self, method: str) -> list[Any]:
        return [message for message in self.link.sent if message.get("method") == method]


@pytest.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def talk(engine: FakeEngine) -> AsyncIterator[Conversation]:
    """A conversation before `initialize`."""
    conversation = Conversation(engine)
    yield conversation
    engine.release.set()
    await conversation.server.close()


@pytest.fixture
async def open_talk(talk: Conversation) -> Conversation:
    """One that is initialized, without a folder on disk being opened."""
    await talk.initialize("/", capabilities={})
    return talk


Start = Callable[..., Awaitable[LspClient]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start server processes on the real engine, or with `fake=True` on a fake one."""
    clients: list[LspClient] = []

    async def begin(
        *, fake: bool = False, cache: Path | None = None, **environment: str
    ) -> LspClient:
        program = FAKE_PROGRAM if fake else ("-m", "codetriever_lsp")
        folder = cache or tmp_path / "cache"
        folder.mkdir(exist_ok=True)
        clients.append(await LspClient.start(folder, program=program, **environment))
        return clients[-1]

    yield begin
    for client in clients:
        await client.kill()
