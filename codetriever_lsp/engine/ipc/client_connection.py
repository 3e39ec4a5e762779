"""The client's end of one connection: calls out, answers, partial answers and events in."""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import os
from collections.abc import Callable
from typing import Any

import msgspec

from codetriever_lsp import __version__, errors
from codetriever_lsp.engine.ipc.address import dial, pack, read_frame, unpack
from codetriever_lsp.engine.ipc.endpoint import Record
from codetriever_lsp.engine.ipc.messages import (
    PROTOCOL,
    RESULTS,
    Answer,
    Call,
    Cancel,
    Event,
    Failure,
    FromClient,
    FromEngine,
    Hello,
    Partial,
    Request,
    Welcome,
)  # fmt: skip
from codetriever_lsp.errors import EngineError
from codetriever_lsp.model import Hit

__all__ = ["Link", "OnPartial", "open_link"]

log = logging.getLogger(__name__)
_FRAMES: msgspec.msgpack.Decoder[FromEngine] = msgspec.msgpack.Decoder(FromEngine)

OnPartial = Callable[[tuple[Hit, ...]], None]


async def open_link(
    record: Record, client: str, on_event: Callable[[Event], None], timeout_s: float
) -> Link:
    """Connect to the engine of `record` and be welcomed.

    Raises OSError (TimeoutError included) when nobody is there or the engine hangs up,
    VersionMismatch and other errors of `errors.py` when it says why it does.
    """
    async with asyncio.timeout(timeout_s):
        reader, writer = await dial(record.address)
        try:
            writer.write(pack(Hello(PROTOCOL, __version__, record.token, client, os.getpid())))
            await writer.drain()
            body = await read_frame(reader)
            if body is None:
                raise ConnectionResetError("The engine hung up.")
            match unpack(body, _FRAMES):
                case Welcome() as welcome:
                    return Link(reader, writer, record, welcome, on_event)
                case Failure(error=name, message=message):
                    raise errors.by_name(name)(message)
                case _:
                    raise EngineError("The engine does not welcome its client.")
        except BaseException:
            writer.transport.abort()
            raise


class Link:
    """A connection that has been welcomed. `lost` once it is of no more use."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        record: Record,
        welcome: Welcome,
        on_event: Callable[[Event], None],
    ) -> None:
        self.record = record
        self.welcome = welcome
        self.lost = False
        self._reason = "The connection to the engine is lost."
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._ids = itertools.count(1)
        self._pending: dict[int, tuple[asyncio.Future[Answer], OnPartial | None]] = {}
        self._reading = asyncio.create_task(self._read(), name="engine link")

    async def call(self, request: Request, on_partial: OnPartial | None = None) -> Any:
        """The answer, of the type in `RESULTS`. Raises what the engine raised; OSError when the
        connection is lost.
        """
        frame_id = next(self._ids)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._send(Call(frame_id, request))
        self._pending[frame_id] = answer, on_partial
        try:
            await self._writer.drain()
            raw = (await answer).result
        except asyncio.CancelledError:
            if not self.lost:
                self._send(Cancel(frame_id))
            raise
        except OSError:  # a broken pipe can show here before the reader sees the end
            self._lose()
            raise
        finally:
            self._pending.pop(frame_id, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, even where draining failed first
        return unpack(raw, _decoder(type(request)))

    async def close(self) -> None:
        """Leave; calls that wait get a ConnectionError."""
        self._reading.cancel()
        await asyncio.wait({self._reading})
        self._lose()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), 1.0)
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    def _send(self, frame: FromClient) -> None:
        if self.lost:
            raise ConnectionResetError(self._reason)
        self._writer.write(pack(frame))

    async def _read(self) -> None:
        try:
            while (body := await read_frame(self._reader)) is not None:
                self._take(unpack(body, _FRAMES))
        except (OSError, EngineError) as error:
            self._reason = f"The connection to the engine is lost: {error}"
            log.warning(self._reason)
        finally:
            self._lose()

    def _take(self, frame: FromEngine) -> None:
        match frame:
            case Answer():
                self._settle(frame.id, frame)
            case Failure(id=0):
                raise EngineError(frame.message)
            case Failure():
                self._settle(frame.id, errors.by_name(frame.error)(frame.message))
            case Partial():
                _, on_partial = self._pending.get(frame.id, (None, None))
                if on_partial is not None:
                    _guarded(on_partial, frame.hits)
            case Welcome():
                raise EngineError("The engine welcomes its client twice.")
            case event:
                _guarded(self._on_event, event)

    def _settle(self, frame_id: int, outcome: Answer | Exception) -> None:
        answer, _ = self._pending.pop(frame_id, (None, None))
        if answer is None or answer.done():
            return
        if isinstance(outcome, Answer):
            answer.set_result(outcome)
        else:
            answer.set_exception(outcome)

    def _lose(self) -> None:
        self.lost = True
        self._writer.close()
        for frame_id in list(self._pending):
            self._settle(frame_id, ConnectionResetError(self._reason))


@functools.cache
def _decoder(request: type[Request]) -> msgspec.msgpack.Decoder[Any]:
    kind: Any = RESULTS[request]
    return msgspec.msgpack.Decoder(kind)


def _guarded(callback: Callable[[Any], None], value: object) -> None:
    """A callback that fails must not cost the connection."""
    try:
        callback(value)
    except Exception:
        log.exception("A callback of the engine's client failed")
