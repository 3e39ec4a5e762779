"""The open documents: their texts as the client edits them, and the way of those texts to the
engine.

A change travels at most once in `DEBOUNCE` seconds, and only its latest text; open, close and a
flush travel at once. One sender keeps the order.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence

from lsprotocol import types

from codetriever_lsp.engine.ipc.messages import Buffer
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server.convert import Encoding, path_of
from codetriever_lsp.server.document_text import OpenText
from codetriever_lsp.server.session import Session

__all__ = ["DEBOUNCE", "Documents"]

DEBOUNCE = 0.15
"""Seconds that edits are gathered."""

MAX_TEXT = 8 * 2**20
"""Characters above which a text is not sent on: the engine does not index files of that size."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_log = logging.getLogger(__name__)


class Documents:
    """By path, so that all spellings of a URI are one document. What is no file on disk is not
    looked at.
    """

    def __init__(self, session: Session) -> None:
        self.encoding: Encoding = "utf-16"
        self._session = session
        self._open: dict[str, OpenText] = {}
        self._dirty: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sender: asyncio.Task[None] | None = None
        self._sent: set[str] = set()
        # Not the client's versions: those begin anew when a document is closed and opened again.
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._open)

    def text(self, uri: str) -> str | None:
        """The text of an open document."""
        document = self._open.get(_path(uri) or "")
        return None if document is None else document.text

    def open(self, uri: str, version: int, text: str) -> None:
        if (path := _path(uri)) is not None:
            self._open[path] = OpenText(text, version, self.encoding)
            self._changed(path, at_once=True)

    def change(
        self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        """Apply the changes in their order. A stale version, or a document that is not open, is
        ignored and logged.
        """
        if (path := _path(uri)) is None:
            return
        document = self._open.get(path)
        if document is None or version <= document.version:
            _log.warning(
                "didChange ignored: %s",
                "not open" if document is None else f"version {version} is stale",
            )
            return
        document.version = version
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                document.edit((start.line, start.character), (end.line, end.character), change.text)
            else:
                document.replace(change.text)
        self._changed(path)

    def close(self, uri: str) -> None:
        if (path := _path(uri)) is not None and self._open.pop(path, None) is not None:
            self._changed(path, at_once=True)

    async def flush(self) -> None:
        """Return when the engine has every text as it is now."""
        while self._dirty or self._sender is not None:
            self._send()
            if self._sender is not None:
                await asyncio.wait(
                    [self._sender]
                )  # `wait`: who is cancelled here leaves the sender alone
            if self._timer is None and self._sender is None:
                return  # what is still dirty could not be sent; the next change tries again

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._sender is not None:
            self._sender.cancel()

    def _changed(self, path: str, *, at_once: bool = False) -> None:
        self._dirty[path] = None
        if at_once:
            self._send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DEBOUNCE, self._send)

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._sender is None and self._dirty:
            self._sender = asyncio.ensure_future(self._send_all())
            self._sender.add_done_callback(self._sent_all)

    def _sent_all(self, task: asyncio.Task[None]) -> None:
        self._sender = None
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("an open document could not be told to the engine: %s", error)

    async def _send_all(self) -> None:
        while self._dirty:
            path = next(iter(self._dirty))
            document = self._open.get(path)
            text = None if document is None else document.text
            if text is not None and len(text) > MAX_TEXT:
                text = None
            del self._dirty[
                path
            ]  # before the first `await`: what changes from here on is dirty again
            if text is None and path not in self._sent:
                continue
            try:
                await self._tell(path, text)
            except BadRequest as error:
                _log.debug("not of the workspace: %s", error)
            except BaseException:
                self._dirty[path] = None
                raise

    async def _tell(self, path: str, text: str | None) -> None:
        self._sequence += 1
        if text is not None and not text.isascii():
            text = _SURROGATE.sub(
                "?", text
            )  # half a character of a broken JavaScript string has no UTF-8
        await self._session.ready()
        where = self._session.folders.to_engine(path)
        self._sent.add(path)
        await self._session.call(Buffer(where, self._sequence, text))
        if text is None:
            self._sent.discard(path)


def _path(uri: str) -> str | None:
    try:
        return path_of(uri)
    except BadRequest as error:
        _log.debug("not a document on disk: %s", error)
        return None
