"""The client's place at the engine: connected when first needed, told which folders are open, asked
for answers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from codetriever_lsp.engine.ipc.messages import (
    Event,
    OpenFolders,
    Request,
    Search,
    Similar,
    Symbols,
    Warned,
)
from codetriever_lsp.errors import CodetrieverError, NotReady
from codetriever_lsp.model import Hit
from codetriever_lsp.server.client_folders import Folders
from codetriever_lsp.server.convert import path_of
from codetriever_lsp.settings import EngineSettings, IndexSettings

__all__ = ["Engine", "EngineFactory", "OnPartial", "Session", "connect_engine"]

RETRY_PAUSE = 2.0
"""Seconds after a failure to start the engine in which nobody tries again: every edit would start a
process."""

OnPartial = Callable[[tuple[Hit, ...]], None]
_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What `engine.client.EngineClient` offers. It connects again by itself when the engine is
    gone.
    """

    async def connect(self) -> object: ...
    async def call(self, request: Request, *, on_partial: OnPartial | None = None) -> Any: ...
    async def close(self) -> None: ...


EngineFactory = Callable[[EngineSettings, Callable[[Event], None]], Engine]


def connect_engine(settings: EngineSettings, on_event: Callable[[Event], None]) -> Engine:
    """The real engine's client, imported late: `initialize` is answered before."""
    from codetriever_lsp.engine.client.client import EngineClient

    return EngineClient(settings, name="lsp", on_event=on_event)


class Session:
    """Everything that one conversation asks of the engine goes through `call`."""

    def __init__(self, factory: EngineFactory, on_event: Callable[[Event], None]) -> None:
        self.folders = Folders()
        self.index_settings = IndexSettings()
        self.engine_settings = EngineSettings()
        self._factory = factory
        self._on_event = on_event
        self._engine: Engine | None = None
        self._opening: asyncio.Task[Engine] | None = None
        self._stale = True
        self._closed = False
        self._failure: CodetrieverError | None = None
        self._failed_at = 0.0
        # Searches queue here and not at the engine: one that is cancelled while it waits has cost
        # nothing, and a typing storm does not fill the engine. Names and searches have a queue
        # each, so the slow do not delay the fast.
        self._gates: dict[type[Any], asyncio.Semaphore] = {Symbols: asyncio.Semaphore(4)}
        self._gates[Search] = self._gates[Similar] = asyncio.Semaphore(4)

    async def call(self, request: Request, on_partial: OnPartial | None = None) -> Any:
        """The engine's answer; raises the errors of `errors.py`."""
        gate = self._gates.get(type(request))
        if gate is None:
            return await (await self.ready()).call(request, on_partial=on_partial)
        async with gate:
            return await (await self.ready()).call(request, on_partial=on_partial)

    async def ready(self) -> Engine:
        """The engine, connected and told what is open. One attempt serves all who wait; the next
        call tries again.
        """
        if self._closed:
            raise NotReady("the server is shutting down")
        if self._opening is None:
            if self._engine is not None and not self._stale:
                return self._engine
            if self._failure is not None and time.monotonic() - self._failed_at < RETRY_PAUSE:
                raise self._failure
            self._open_soon()
        assert self._opening is not None  # noqa: S101 - for the type checker
        return await asyncio.shield(self._opening)

    async def locate(self, uri: str) -> str:
        """The path of a `file:` URI as the engine knows it; raises BadRequest for what is no file
        on disk.
        """
        path = path_of(uri)
        await self.ready()  # links in the folders' paths are resolved by then
        return self.folders.to_engine(path)

    def refresh(self) -> None:
        """Folders or settings changed: every call from here on waits until the engine has been
        told.
        """
        self._stale = True
        if self._engine is not None and self._opening is None and not self._closed:
            self._open_soon()

    async def close(self) -> None:
        """Leave the engine; calls that wait for it raise NotReady."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    def _open_soon(self) -> None:
        self._opening = asyncio.ensure_future(self._open())
        self._opening.add_done_callback(self._opened)

    async def _open(self) -> Engine:
        engine = self._engine or self._factory(self.engine_settings, self._on_event)
        try:
            if self._engine is None:
                await engine.connect()
            while self._stale:
                self._stale = False  # what changes from here on makes it stale again
                await self.folders.resolve()
                for folder in self.folders.missing():
                    self._on_event(Warned(f"{folder} is not a folder; it is not searched"))
                await engine.call(OpenFolders(self.folders.real(), self.index_settings))
        except BaseException:
            self._stale = True
            if self._engine is None:
                await engine.close()
            raise
        self._engine = engine
        return engine

    def _opened(self, task: asyncio.Task[Engine]) -> None:
        self._opening = None
        error = None if task.cancelled() else task.exception()
        self._failure = error if isinstance(error, CodetrieverError) else None
        self._failed_at = time.monotonic()
        if error is not None:
            _log.warning("no engine: %s", error)
