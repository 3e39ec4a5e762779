"""What the engine tells unasked, on its way to the client: index status, progress of indexing,
warnings.

The latest word wins: at most five a second are sent, and none of those in between is kept.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from codetriever_lsp.engine.ipc.messages import Event, Progress, StateChanged, Warned
from codetriever_lsp.server import convert
from codetriever_lsp.server.jsonrpc.rpc import Protocol
from codetriever_lsp.server.message_types import INDEX_STATUS

__all__ = ["Notices"]

PERIOD = 0.2
"""Seconds between two notifications of one kind."""

_log = logging.getLogger(__name__)


class Notices:
    """Set `shows_progress` when the client announced `window.workDoneProgress`."""

    def __init__(self, protocol: Protocol) -> None:
        self.shows_progress = False
        self._protocol = protocol
        self._state: StateChanged | None = None
        self._state_timer: asyncio.TimerHandle | None = None
        self._bars: dict[str, _Bar] = {}
        self._warned: set[str] = set()
        self._count = 0

    def take(self, event: Event) -> None:
        """On the event loop."""
        if isinstance(event, StateChanged):
            self._state = event
            if event.state.state != "indexing":
                self._finish_bars()
            if self._state_timer is None:
                self._send_state()
        elif isinstance(event, Progress):
            self._progress(event)
        else:
            self.warn(event)

    def warn(self, warning: Warned) -> None:
        """Show it, once however often it is said."""
        if warning.message in self._warned or len(self._warned) > 100:
            return
        self._warned.add(warning.message)
        message = types.ShowMessageParams(type=types.MessageType.Warning, message=warning.message)
        self._protocol.notify(types.WINDOW_SHOW_MESSAGE, message)

    def close(self) -> None:
        if self._state_timer is not None:
            self._state_timer.cancel()

    def _send_state(self) -> None:
        self._state_timer = None
        if self._state is None:
            return
        if not self._protocol.congested:
            self._protocol.notify(INDEX_STATUS, convert.index_state(self._state.state))
            self._state = None
        self._state_timer = asyncio.get_running_loop().call_later(PERIOD, self._send_state)

    def _progress(self, event: Progress) -> None:
        bar = self._bars.get(event.folder)
        if bar is not None:
            bar.update(event)
        elif self.shows_progress and not event.finished:
            self._count += 1
            bar = self._bars[event.folder] = _Bar(
                self._protocol, f"codetriever-index-{self._count}", event
            )
            self._protocol.spawn(self._show(event.folder, bar), "progress")

    def _finish_bars(self) -> None:
        """An engine that died in the middle of its work never says that it has finished; its
        successor's state does.
        """
        for bar in self._bars.values():
            bar.finish()

    async def _show(self, folder: str, bar: _Bar) -> None:
        try:
            await bar.show()
        finally:
            del self._bars[folder]


class _Bar:
    """One progress bar of the client, from create to end."""

    def __init__(self, protocol: Protocol, token: str, first: Progress) -> None:
        self._protocol = protocol
        self._token = token
        self._latest = first
        self._changed = asyncio.Event()

    def update(self, event: Progress) -> None:
        self._latest = event
        self._changed.set()

    def finish(self) -> None:
        if not self._latest.finished:
            self.update(msgspec.structs.replace(self._latest, finished=True))

    async def show(self) -> None:
        try:
            await self._protocol.ask(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE,
                types.WorkDoneProgressCreateParams(token=self._token),
            )
        except (TimeoutError, JsonRpcException) as error:
            _log.info("the client shows no progress: %s", error)
            await self._finished()
            return
        title = self._latest.title
        self._send(types.WorkDoneProgressBegin(title=title, percentage=0, cancellable=False))
        while not self._latest.finished:
            self._changed.clear()
            if not self._protocol.congested:
                self._send(self._report())
            await asyncio.sleep(PERIOD)
            if not self._latest.finished:
                await self._changed.wait()
        self._send(types.WorkDoneProgressEnd(message=f"{self._latest.done:,} files"))

    async def _finished(self) -> None:
        """Swallow what comes, so that a refused bar is not asked for again while this work
        lasts.
        """
        while not self._latest.finished:
            self._changed.clear()
            await self._changed.wait()

    def _report(self) -> types.WorkDoneProgressReport:
        done, total = self._latest.done, self._latest.total
        message = f"{done:,} of {total:,} files" if total else f"{done:,} files"
        return types.WorkDoneProgressReport(
            message=message, percentage=min(100, 100 * done // total) if total else None
        )

    def _send(self, value: object) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))
