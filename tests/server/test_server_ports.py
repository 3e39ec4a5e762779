"""Serving at a port: TCP and WebSocket, and who may connect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fake_lsp_engine import FakeEngine
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import listen
from codetriever_lsp.server.jsonrpc.content_length import Frames, frame

PARAMS: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": PARAMS}
STATUS = {"jsonrpc": "2.0", "id": 2, "method": "codetriever/status"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}


def encoded(*messages: dict[str, Any]) -> bytes:
    return b"".join(frame(json.dumps(message).encode()) for message in messages)


@asynccontextmanager
async def served(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, token: str = ""
) -> AsyncIterator[int]:
    """Serve at a free port; gives it."""
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(
        listen, "_say_where", lambda sockets: ready.set_result(next(iter(sockets)).getsockname()[1])
    )
    task = asyncio.ensure_future(serve("127.0.0.1", 0, token=token, engine=FakeEngine().factory))
    try:
        yield await asyncio.wait_for(ready, 5)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for one in rest:
            one.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


async def shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def replies(reader: asyncio.StreamReader, count: int) -> list[dict[str, Any]]:
    """So many replies, or fewer if the connection ends."""
    frames, got = Frames(), []
    async with asyncio.timeout(10):
        while len(got) < count and (chunk := await reader.read(65536)):
            got += [json.loads(body or b"") for body in frames.feed(chunk)]
    return got


async def test_tcp_serves_several_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(listen.serve_tcp, monkeypatch) as port:
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in connections:
            writer.write(encoded(INITIALIZE, STATUS))
            assert [reply["id"] for reply in await replies(reader, 2)] == [1, 2]
        reader, writer = connections[0]
        writer.write(encoded(EXIT))
        assert await replies(reader, 1) == []
        await shut(writer)
        for reader, writer in connections[1:]:
            writer.write(encoded({**STATUS, "id": 3}))
            assert [reply["id"] for reply in await replies(reader, 1)] == [3]
            await shut(writer)


async def test_tcp_cuts_browsers_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(listen.serve_tcp, monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps(INITIALIZE)
        writer.write(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        assert await replies(reader, 1) == []
        await shut(writer)


async def test_tcp_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(listen.serve_tcp, monkeypatch, token="secret") as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(encoded(INITIALIZE, STATUS))
        assert [reply["error"]["code"] for reply in await replies(reader, 2)] == [-32602, -32002]
        named = {**PARAMS, "initializationOptions": {"token": "secret"}}
        writer.write(encoded({**INITIALIZE, "id": 3, "params": named}))
        assert "result" in (await replies(reader, 1))[0]
        await shut(writer)


async def test_websocket(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        served(listen.serve_websocket, monkeypatch) as port,
        connect(f"ws://127.0.0.1:{port}") as socket,
    ):
        await socket.send(json.dumps(INITIALIZE))
        await socket.send(json.dumps(STATUS).encode())
        got = [json.loads(await asyncio.wait_for(socket.recv(), 10)) for _ in range(2)]
        assert [reply["id"] for reply in got] == [1, 2]
        await socket.send(json.dumps(EXIT))
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 10)


async def test_websocket_refuses_pages_of_other_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(listen.serve_websocket, monkeypatch) as port:
        with pytest.raises(InvalidStatus, match="403"):
            await connect(f"ws://127.0.0.1:{port}", origin="https://evil.example")  # type: ignore[arg-type]


async def test_websocket_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(listen.serve_websocket, monkeypatch, token="secret") as port:
        async with connect(f"ws://127.0.0.1:{port}/?token=wrong") as socket:
            with pytest.raises(ConnectionClosed, match="token"):
                await asyncio.wait_for(socket.recv(), 10)
        async with connect(f"ws://127.0.0.1:{port}/?token=secret") as socket:
            await socket.send(json.dumps(INITIALIZE))
            assert "result" in json.loads(await asyncio.wait_for(socket.recv(), 10))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_loopback_needs_nothing(host: str) -> None:
    listen.check_address(host, allow_remote=False, token="")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_addresses_need_to_be_meant_and_guarded(host: str) -> None:
    with pytest.raises(BadRequest, match="--allow-remote"):
        listen.check_address(host, allow_remote=False, token="x")
    with pytest.raises(BadRequest, match="--token"):
        listen.check_address(host, allow_remote=True, token="")
    listen.check_address(host, allow_remote=True, token="x")


def test_a_host_that_does_not_exist_is_said() -> None:
    with pytest.raises(BadRequest, match="not an address"):
        listen.check_address("no.such.host.invalid", allow_remote=False, token="")
