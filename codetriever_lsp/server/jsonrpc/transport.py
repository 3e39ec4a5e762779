"""Bytes from and to a client: standard input and output, TCP, WebSocket.

Standard input is read, and standard output written, by a thread of its own: neither a client that
stops reading nor one that floods us can hold up the event loop. Both directions are bounded: what
the client does not read makes us stop taking its requests, and what we do not take fills its own
pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from codetriever_lsp.server.jsonrpc.content_length import FrameError, Frames, frame

__all__ = ["BACKLOG", "Link", "StdioLink", "StreamLink", "WebSocketLink"]

BACKLOG = 16 * 2**20
"""Bytes waiting for the client above which no further message of it is taken."""

_CHUNK = 2**16
_CHUNKS_AHEAD = 16
_log = logging.getLogger(__name__)

Batch = list[bytes | None]


class Link(Protocol):
    """One connection. `batches` ends when the client is gone; each batch holds what arrived
    together.
    """

    def batches(self) -> AsyncIterator[Batch]: ...
    def write(self, body: bytes) -> None: ...
    def backlog(self) -> int: ...
    async def room(self) -> None: ...
    async def close(self) -> None: ...
    async def flushed(self) -> None: ...


class StdioLink:
    """Two file descriptors. Closing the one that is written to, on either side, ends the link."""

    def __init__(self, source: int, sink: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._sink = sink
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._ahead = threading.Semaphore(_CHUNKS_AHEAD)
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._room = asyncio.Event()
        self._empty = asyncio.Event()
        self._room.set()
        self._empty.set()
        # Daemons: a thread that waits for a client that stays silent must not keep the process.
        threading.Thread(target=self._read, args=(source,), name="stdin", daemon=True).start()
        threading.Thread(target=self._drain, name="stdout", daemon=True).start()

    async def batches(self) -> AsyncIterator[Batch]:
        frames = Frames()
        while chunk := await self._inbox.get():
            self._ahead.release()
            yield list(frames.feed(chunk))

    def write(self, body: bytes) -> None:
        with self._changed:
            if self._closed:
                return
            self._queue.append(frame(body))
            self._waiting += len(self._queue[-1])
            self._changed.notify()
        self._empty.clear()
        if self._waiting > BACKLOG:
            self._room.clear()

    def backlog(self) -> int:
        return self._waiting

    async def room(self) -> None:
        await self._room.wait()

    async def flushed(self) -> None:
        await self._empty.wait()

    async def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _read(self, source: int) -> None:
        """On the reading thread. `os.read` and not a file object: no lock is held that the
        interpreter wants at its end.
        """
        chunk = b"x"
        while chunk:
            self._ahead.acquire()
            try:
                chunk = os.read(source, _CHUNK)
            except OSError:
                chunk = b""
            if not self._post(self._inbox.put_nowait, chunk):
                return

    def _drain(self) -> None:
        """On the writing thread."""
        while True:
            with self._changed:
                while not self._queue and not self._closed:
                    self._changed.wait()
                if not self._queue:
                    return
                data = self._queue.popleft()
            try:
                _write_all(self._sink, data)
            except OSError as error:
                _log.info("the client does not read any more: %s", error)
                self._gone()
                return
            with self._changed:
                self._waiting -= len(data)
                room, empty = self._waiting <= BACKLOG // 2, not self._queue
            if (room or empty) and not self._post(self._written, room, empty):
                return

    def _written(self, room: bool, empty: bool) -> None:
        if room:
            self._room.set()
        if empty and not self._queue:
            self._empty.set()

    def _gone(self) -> None:
        """The client closed its end: nothing more is written, and nothing is waited for."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._waiting = 0
        self._post(self._written, True, True)
        self._post(self._inbox.put_nowait, b"")

    def _post(self, function: Callable[..., Any], *args: Any) -> bool:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed: the server has ended
            return False
        return True


def _write_all(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sink, view) :]


class StreamLink:
    """An accepted TCP connection. Something that is no language client (a browser, say) is cut
    off.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def batches(self) -> AsyncIterator[Batch]:
        frames = Frames(strict=True)
        try:
            while chunk := await self._reader.read(_CHUNK):
                yield list(frames.feed(chunk))
        except FrameError as error:
            _log.warning("connection closed: %s", error)
        except ConnectionError as error:
            _log.info("connection lost: %s", error)

    def write(self, body: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame(body))

    def backlog(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    async def room(self) -> None:
        try:
            await self._writer.drain()
        except ConnectionError as error:
            _log.info("connection lost: %s", error)

    async def flushed(self) -> None:
        await self.room()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class WebSocketLink:
    """A WebSocket of the `websockets` package; one message is one body, without headers."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._sender = asyncio.ensure_future(self._send())

    async def batches(self) -> AsyncIterator[Batch]:
        async for message in self._socket:
            yield [
                message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
            ]

    def write(self, body: bytes) -> None:
        if not self._sender.done():
            self._waiting += len(body)
            self._empty.clear()
            self._queue.put_nowait(body)

    def backlog(self) -> int:
        return self._waiting

    async def room(self) -> None:
        await self._empty.wait()

    async def flushed(self) -> None:
        await self._empty.wait()

    async def close(self) -> None:
        self._queue.put_nowait(None)
        await asyncio.wait([self._sender])

    async def _send(self) -> None:
        try:
            while (body := await self._queue.get()) is not None:
                await self._socket.send(body, text=True)
                self._waiting -= len(body)
                if not self._waiting:
                    self._empty.set()
        except Exception as error:  # noqa: BLE001 - websockets' errors, without importing websockets for stdio
            _log.info("connection lost: %s", error)
        finally:
            self._waiting = 0
            self._empty.set()
            await self._socket.close()
