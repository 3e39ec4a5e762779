"""Running the server over standard input and output: one conversation, then the process ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from typing import Any

from codetriever_lsp.server.app import Server
from codetriever_lsp.server.bounded_wait import within
from codetriever_lsp.server.jsonrpc.transport import BACKLOG, Link, StdioLink
from codetriever_lsp.server.session import EngineFactory, connect_engine

__all__ = ["converse", "serve_stdio"]

CLOSE_TIMEOUT = 0.4
"""Seconds that what belongs to a conversation has to end after it, and the last answers to be
taken."""

_log = logging.getLogger(__name__)


def serve_stdio(source: int, sink: int, engine: EngineFactory = connect_engine) -> int:
    """Serve the client at two file descriptors until it leaves; gives the exit code.

    The caller ends the process with `os._exit`: the thread that waits for input cannot be woken up.
    """
    # Not `asyncio.run`: at its end it waits for every thread, also for one that is stuck on a dead
    # network mount.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(_stdio(source, sink, engine))


async def _stdio(source: int, sink: int, engine: EngineFactory) -> int:
    server = Server(engine)
    _end_on_signals(server)
    # What has been imported is a hundred thousand objects that live as long as the process: the
    # collector need not see them.
    gc.freeze()
    gc.enable()
    return await converse(server, StdioLink(source, sink))


async def converse(server: Server, link: Link) -> int:
    """Take what the client says until it says `exit` or is gone; gives the exit code."""
    server.protocol.out = link
    reading: asyncio.Future[Any] = asyncio.ensure_future(_read(server, link))
    ended: asyncio.Future[Any] = server.protocol.ended
    try:
        await asyncio.wait([reading, ended], return_when=asyncio.FIRST_COMPLETED)
        server.protocol.end(0 if server.protocol.state == "down" else 1)
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        await within(CLOSE_TIMEOUT, server.close(), "the conversation")
        await within(CLOSE_TIMEOUT, link.flushed(), "the last answer")
        await within(CLOSE_TIMEOUT, link.close(), "the connection")
    return server.protocol.ended.result()


async def _read(server: Server, link: Link) -> None:
    async for batch in link.batches():
        for body in batch:
            server.protocol.receive(body)
            if server.protocol.ended.done():
                return
            if link.backlog() > BACKLOG:
                _log.warning("the client does not read its answers; its requests wait")
                await link.room()
            await server.protocol.uncrowded()
        await asyncio.sleep(0)  # what has been taken begins before the next is looked at


def _end_on_signals(server: Server) -> None:
    """SIGTERM and SIGINT end the conversation like a closed pipe (Windows: SIGINT alone, as
    KeyboardInterrupt).
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, server.protocol.end, 128 + number)
