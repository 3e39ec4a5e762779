"""One connection of the engine, from the handshake to the last frame.

Calls start in the order in which they came, each as a task of its own: what a backend does before
its first `await` in one call is seen by every later call of that client.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import Callable
from typing import Protocol

import msgspec

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc.address import pack, read_frame, unpack
from codetriever_lsp.engine.ipc.dispatcher import Calls, failure
from codetriever_lsp.engine.ipc.messages import (
    PROTOCOL,
    Call,
    Cancel,
    Event,
    FromClient,
    Hello,
    Request,
    Shutdown,
    Welcome,
)
from codetriever_lsp.engine.ipc.outbox import Outbox
from codetriever_lsp.errors import CodetrieverError, EngineError, VersionMismatch
from codetriever_lsp.model import Hit

__all__ = ["Backend", "Limits", "Session", "greet", "hang_up"]

log = logging.getLogger(__name__)
_HELLO = msgspec.msgpack.Decoder(Hello)
_FRAMES: msgspec.msgpack.Decoder[FromClient] = msgspec.msgpack.Decoder(FromClient)


class Backend(Protocol):
    """What requests do. All of it runs on the engine's event loop."""

    async def attach(self, client: int, emit: Callable[[Event], None]) -> None:
        """A client came. `emit` sends it an event: on the loop's thread, never blocking, coalesced
        when it reads slowly.
        """

    async def call(
        self, client: int, request: Request, partial: Callable[[tuple[Hit, ...]], None]
    ) -> object:
        """The answer to `request`, of the type in `messages.RESULTS`.

        Raises errors of `errors.py`; gets cancelled as its task. `Shutdown` never comes here.
        """

    async def detach(self, client: int) -> None:
        """The client is gone, and so are its calls."""

    async def close(self) -> None:
        """The engine ends; every client is detached. On a signal there is about a second for it."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one connection, each far beyond what an editor does."""

    hello_s: float = 5.0
    hello_bytes: int = 64 * 1024
    running: int = 64
    waiting: int = 10_000
    queued_bytes: int = 80 * 1024 * 1024
    """More than one frame of the largest size."""
    settle_s: float = 5.0
    """How long cancelled calls of a client that left may take to end."""


async def greet(reader: asyncio.StreamReader, token: str, limits: Limits) -> Hello:
    """The client's Hello. Raises EngineError or VersionMismatch on one that is not welcome, OSError
    if none comes in time.
    """
    async with asyncio.timeout(limits.hello_s):
        body = await read_frame(reader, limits.hello_bytes)
    if body is None:
        raise ConnectionResetError("The client left before it said Hello.")
    hello = unpack(body, _HELLO)
    if not hmac.compare_digest(hello.token.encode(), token.encode()):
        raise EngineError("The token is not this engine's.")
    if (hello.protocol, hello.version) != (PROTOCOL, __version__):
        raise VersionMismatch(
            f"The engine is version {__version__}, protocol {PROTOCOL}; the client {hello.version}, protocol {hello.protocol}."
        )
    return hello


async def hang_up(writer: asyncio.StreamWriter, error: CodetrieverError | None = None) -> None:
    """Close the connection, telling the client why where there is a reason; never raises for a
    client that is gone.
    """
    try:
        if error is not None:
            writer.write(pack(failure(0, error)))
        writer.close()
        await asyncio.wait_for(writer.wait_closed(), 1.0)
    except (OSError, TimeoutError):
        writer.transport.abort()


class Session:
    """A client that has been greeted. `serve` returns when it is gone, or after `stop`; `shut_down`
    is called on Shutdown.
    """

    def __init__(
        self,
        client: int,
        backend: Backend,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        limits: Limits,
    ) -> None:
        self.client = client
        self._backend = backend
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._outbox = Outbox(writer, limits.queued_bytes)
        self._calls = Calls(
            self._perform, self._outbox.send, max_running=limits.running, max_waiting=limits.waiting
        )
        self._reading: asyncio.Task[None] | None = None
        self._stopped = False
        self._drain_s = 0.0
        self._settle_s = limits.settle_s
        self.shut_down: Callable[[], None] = lambda: None

    async def serve(self) -> None:
        """Welcome the client and answer its calls."""
        self._outbox.send(Welcome(PROTOCOL, __version__, os.getpid()))
        sending = asyncio.create_task(self._outbox.run(), name=f"outbox {self.client}")
        sending.add_done_callback(self._cut)
        reason: CodetrieverError | None = None
        try:
            reason = await self._answer_calls()
        finally:
            await self._outbox.flushed(
                min(1.0, self._settle_s) if not self._reader.at_eof() else 0.0
            )
            sending.cancel()
            await asyncio.wait({sending})
            await hang_up(self._writer, reason)

    def stop(self, drain_s: float, settle_s: float) -> None:
        """Read no more calls; let those that run end within `drain_s`, then cancel them and wait
        `settle_s` for them to end.

        What was not read or not answered is for the client to ask again, of the next engine.
        """
        self._stopped = True
        self._drain_s, self._settle_s = drain_s, settle_s
        if self._reading is not None:
            self._reading.cancel()

    def _cut(self, sending: asyncio.Task[None]) -> None:
        """A client that cannot be sent anything must notice."""
        if not sending.cancelled():
            self._writer.transport.abort()
            if (error := sending.exception()) is not None:
                log.error("Sending to client %d failed", self.client, exc_info=error)

    async def _answer_calls(self) -> CodetrieverError | None:
        try:
            await self._backend.attach(self.client, self._outbox.emit)
        except CodetrieverError as error:
            return error
        try:
            self._reading = asyncio.create_task(self._read(), name=f"session {self.client}")
            if self._stopped:
                self._reading.cancel()
            await asyncio.wait({self._reading})
            if self._outbox.overflowed:
                log.warning("Client %d is dropped: it has stopped reading its answers", self.client)
            return self._reason(self._reading)
        finally:
            await self._calls.drain(self._drain_s)
            await self._calls.close(self._settle_s)
            await self._backend.detach(self.client)

    def _reason(self, reading: asyncio.Task[None]) -> CodetrieverError | None:
        error = None if reading.cancelled() else reading.exception()
        if error is None or isinstance(error, OSError):
            return None
        if isinstance(error, CodetrieverError):
            log.warning("Client %d is dropped: %s", self.client, error)
            return error
        log.error("Client %d is dropped", self.client, exc_info=error)
        return EngineError("Internal error in the connection.")

    async def _read(self) -> None:
        while (body := await read_frame(self._reader)) is not None:
            match unpack(body, _FRAMES):
                case Call() as call:
                    self._calls.start(call)
                case Cancel() as cancel:
                    self._calls.cancel(cancel.id)
                case Hello():
                    raise EngineError("Hello is said once.")

    async def _perform(
        self, request: Request, partial: Callable[[tuple[Hit, ...]], None]
    ) -> object:
        if isinstance(request, Shutdown):
            self.shut_down()
            return None
        return await self._backend.call(self.client, request, partial)
