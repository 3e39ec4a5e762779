"""What waits to be sent to one client: replies in order, events coalesced, all of it bounded.

A client that reads slowly gets fewer events, never old ones. One that stops reading while replies
pile up is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Hashable

from codetriever_lsp.engine.ipc.address import pack
from codetriever_lsp.engine.ipc.messages import Event, FromEngine, Progress, StateChanged, Warned
from codetriever_lsp.errors import BadRequest

__all__ = ["Outbox"]

log = logging.getLogger(__name__)

_BATCH = 256 * 1024
_WARNINGS = 32


class Outbox:
    """Frames on their way to `writer`; `run` sends them. All methods belong to the event loop's
    thread and never block.
    """

    def __init__(self, writer: asyncio.StreamWriter, max_bytes: int) -> None:
        self._writer = writer
        self._max_bytes = max_bytes
        self._queue: OrderedDict[Hashable, bytes | Event] = OrderedDict()
        self._bytes = 0
        self._sent = 0
        self._some = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.overflowed = False

    def send(self, message: FromEngine) -> None:
        """Queue a reply. Over the bound the connection is cut: the client has stopped reading."""
        frame = pack(message)
        if self.overflowed or self._writer.is_closing():
            return
        if self._bytes and self._bytes + len(frame) > self._max_bytes:
            self.overflowed = True
            self._queue.clear()
            self._writer.transport.abort()
            return
        self._sent += 1
        self._bytes += len(frame)
        self._put(self._sent, frame)

    def emit(self, event: Event) -> None:
        """Queue an event, in place of one that says the same about an earlier moment."""
        if self.overflowed:
            return
        match event:
            case Progress():
                self._put(("progress", event.folder), event)
            case StateChanged():
                self._put("state", event)
            case Warned():
                warnings = (
                    sum(isinstance(key, Warned) for key in self._queue)
                    if event not in self._queue
                    else 0
                )
                if warnings < _WARNINGS:
                    self._put(event, event)

    async def run(self) -> None:
        """Send until cancelled; returns when the connection breaks."""
        try:
            while True:
                await self._some.wait()
                self._writer.write(self._batch())
                await self._writer.drain()
                if not self._queue:
                    self._some.clear()
                    self._empty.set()
        except OSError:
            self._empty.set()

    async def flushed(self, timeout_s: float) -> None:
        """Wait until all is handed to the system, at most so long."""
        try:
            await asyncio.wait_for(self._empty.wait(), timeout_s)
        except TimeoutError:
            return

    def _put(self, key: Hashable, item: bytes | Event) -> None:
        self._queue[key] = item
        self._empty.clear()
        self._some.set()

    def _batch(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while self._queue and size < _BATCH:
            _, item = self._queue.popitem(last=False)
            if isinstance(item, bytes):
                self._bytes -= len(item)
            else:
                item = _packed(item)
            parts.append(item)
            size += len(item)
        return b"".join(parts)


def _packed(event: Event) -> bytes:
    try:
        return pack(event)
    except (BadRequest, TypeError):
        log.exception("An event cannot be sent")
        return b""
