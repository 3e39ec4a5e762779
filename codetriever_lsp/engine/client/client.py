"""What front ends import of the engine: find it or start it, ask it, and survive its end.

The client keeps what the engine knows of it, the open folders and the open buffers, and says it
again to a new engine: a front end sees a pause when its engine dies, and no error. Importing this
is cheap: no store, model or grammar comes with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from codetriever_lsp.engine.client.connect import Caller, knock, reach
from codetriever_lsp.engine.ipc.client_connection import Link, OnPartial
from codetriever_lsp.engine.ipc.endpoint import settings_digest
from codetriever_lsp.engine.ipc.messages import (
    Buffer,
    Event,
    OpenFolders,
    Request,
    Shutdown,
    Warned,
    Welcome,
)
from codetriever_lsp.errors import CodetrieverError, EngineError, NotReady
from codetriever_lsp.settings import EngineSettings

__all__ = ["EngineClient"]

log = logging.getLogger(__name__)


class EngineClient:
    """A client of the engine of `settings.cache_dir`. It belongs to one event loop.

    `name` says in the engine's log who asks. `on_event` gets events; `on_reconnect` the Welcome of
    each engine after the first, once that knows what is open. `command` is what to start in place
    of the engine's own module (for tests), and `start_s` how long an engine may take to answer.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        name: str,
        on_event: Callable[[Event], None] | None = None,
        on_reconnect: Callable[[Welcome], None] | None = None,
        command: Sequence[str] | None = None,
        start_s: float = 20.0,
    ) -> None:
        self._caller = Caller(settings, name, on_event or _ignore, command, start_s)
        self._on_reconnect = on_reconnect or _ignore
        self._link: Link | None = None
        self._linking: asyncio.Task[Link] | None = None
        self._engines = 0
        self._warned = False
        self._closed = False
        self._folders: OpenFolders | None = None
        self._buffers: dict[str, Buffer] = {}

    async def connect(self, *, start: bool = True) -> Welcome:
        """Reach the engine; where none runs, start one, or raise NotReady if not `start`.

        Raises EngineError that says what stands in the way.
        """
        try:
            return (await self._linked(start=start)).welcome
        except OSError as error:
            raise EngineError(
                f"The engine ended while it was told what is open: {error}"
            ) from error

    async def call(self, request: Request, *, on_partial: OnPartial | None = None) -> Any:
        """The answer to `request`, of the type that `messages.RESULTS` names for it; connects if
        need be.

        Raises what the engine raised. A request whose connection is lost is made once more, of a
        new engine where the old one is gone (`on_partial` then begins anew), and raises EngineError
        if that is lost, too. Cancelling the task cancels the request. `Shutdown` starts nothing,
        and succeeds where there is no engine.
        """
        if isinstance(request, Shutdown):
            return await self._shut_down(request)
        try:
            link = await self._linked()
            self._remember(request)
            return await link.call(request, on_partial)
        except OSError:
            log.info("The engine is lost; its work is asked of the next one")
        try:
            link = await self._linked()
            if isinstance(request, Buffer):
                return None  # said again by now, or overtaken by a later one
            return await link.call(request, on_partial)
        except OSError as error:
            raise EngineError(
                f"The engine ended twice while it worked on a request: {error}"
            ) from error

    async def close(self) -> None:
        """Leave the engine to the others. Calls that wait raise NotReady."""
        self._closed = True
        if self._linking is not None:
            self._linking.cancel()
            await asyncio.wait({self._linking})
        if self._link is not None:
            await self._link.close()

    async def _shut_down(self, request: Shutdown) -> None:
        try:
            await (await self._linked(start=False)).call(request)
        except (OSError, NotReady):
            return  # it is gone already

    def _remember(self, request: Request) -> None:
        if isinstance(request, OpenFolders):
            self._folders = request
        elif isinstance(request, Buffer):
            self._buffers.pop(request.path, None)
            if request.text is not None:
                self._buffers[request.path] = request

    async def _linked(self, *, start: bool = True) -> Link:
        if self._closed:
            raise NotReady("The client is closed.")
        if self._link is not None and not self._link.lost:
            return self._link
        if not start:
            found = await knock(self._caller, self._caller.start_s)
            if found is None:
                raise NotReady("No engine is running.")
            await found.close()
        if self._linking is None:
            self._linking = asyncio.create_task(self._connect(), name="engine connect")
            self._linking.add_done_callback(self._connected)
        # One attempt for all who wait for it; it goes on when one of them is cancelled.
        linking = self._linking
        try:
            return await asyncio.shield(linking)
        except asyncio.CancelledError:
            if linking.cancelled():
                raise NotReady("The client is closed.") from None
            raise

    def _connected(self, linking: asyncio.Task[Link]) -> None:
        self._linking = None
        if not linking.cancelled() and linking.exception() is None:
            self._link = linking.result()

    async def _connect(self) -> Link:
        """A link to an engine that knows what is open."""
        link = await reach(self._caller)
        try:
            await self._introduce(link)
        except BaseException:
            await link.close()
            raise
        return link

    async def _introduce(self, link: Link) -> None:
        for request in (self._folders, *self._buffers.values()):
            if request is not None:
                try:
                    await link.call(request)
                except CodetrieverError as error:
                    log.warning(
                        "The new engine does not take %s: %s", type(request).__name__, error
                    )
        self._engines += 1
        if self._engines > 1:
            self._on_reconnect(link.welcome)
        if link.record.settings != settings_digest(self._caller.settings) and not self._warned:
            self._warned = True
            self._caller.on_event(
                Warned(
                    "The engine runs with the settings of another editor or command; restart it to use these."
                )
            )


def _ignore(_: object) -> None:
    """Nobody listens."""
