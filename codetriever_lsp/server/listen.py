"""Running the server at a port: TCP or WebSocket, a conversation of its own for each client that
connects.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.app import Server
from codetriever_lsp.server.jsonrpc.transport import StreamLink, WebSocketLink
from codetriever_lsp.server.session import EngineFactory, connect_engine
from codetriever_lsp.server.stdio import converse

__all__ = ["check_address", "serve_tcp", "serve_websocket"]

_log = logging.getLogger(__name__)


def check_address(host: str, *, allow_remote: bool, token: str) -> None:
    """Refuse to listen where other machines reach us, unless that is meant and guarded; raises
    BadRequest.
    """
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = all(ipaddress.ip_address(info[4][0]).is_loopback for info in _lookup(host))
    if loopback:
        return
    if not allow_remote:
        raise BadRequest(
            f"{host} can be reached from other machines; use 127.0.0.1, or add --allow-remote and --token"
        )
    if not token:
        raise BadRequest(
            "--allow-remote needs --token TOKEN: whoever reaches the port can read the workspace"
        )


def _lookup(host: str) -> list[Any]:
    try:
        return socket.getaddrinfo(host, None)
    except OSError as error:
        raise BadRequest(f"{host} is not an address to listen at: {error}") from error


async def serve_tcp(
    host: str, port: int, *, token: str = "", engine: EngineFactory = connect_engine
) -> None:
    """Serve every client that connects, each with a conversation of its own, until cancelled."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(_guarded(engine, token), StreamLink(reader, writer))

    listener = await asyncio.start_server(connected, host, port)
    _say_where(listener.sockets)
    try:
        await asyncio.Event().wait()
    finally:
        listener.close()  # `serve_forever` would wait here until the last client has left


async def serve_websocket(
    host: str, port: int, *, token: str = "", engine: EngineFactory = connect_engine
) -> None:
    """The same over WebSocket. Pages of other sites are refused: a browser lets any page connect to
    loopback.
    """
    from websockets.asyncio.server import serve

    async def connected(socket_: Any) -> None:
        named = parse_qs(urlsplit(socket_.request.path).query).get("token", [""])[0]
        if token and not hmac.compare_digest(token.encode(), named.encode()):
            await socket_.close(1008, "the token is missing or wrong: connect to /?token=TOKEN")
            return
        await converse(Server(engine), WebSocketLink(socket_))

    own: Any = [None, *(f"http://{name}:{port}" for name in (host, "localhost", "127.0.0.1"))]
    async with serve(connected, host, port, origins=own, max_size=64 * 2**20) as listener:
        _say_where(listener.sockets)
        await listener.serve_forever()


def _guarded(engine: EngineFactory, token: str) -> Server:
    server = Server(engine)
    server.token = token
    return server


def _say_where(sockets: Any) -> None:
    for one in sockets:
        host, port = one.getsockname()[:2]
        _log.info("listening at %s:%s", host, port)
