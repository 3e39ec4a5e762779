"""Given a root, hints that files below it may have changed. Hints can be lost or false; only bytes
read are the truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.notify import Armed, Notifier, Opener, RootGoneError, open_notifier

__all__ = ["Hint", "WatchMode", "Watcher"]

WatchMode = Literal["native", "polling", "off"]

MAX_PATHS = 20_000
"""More paths than this in one hint are cheaper found by a walk."""

SETTLED_S = 60.0
"""After a watch that stood this long, the pause before the next attempt is the shortest again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hint:
    """`paths` (relative) may have changed; with `rescan` everything may have.

    A path can be a file, a folder, a link or gone. For one that is no file now, what was known
    below it may be gone as well: a folder that is deleted or moved away is told of only by its own
    path. What is below a new folder is listed.
    """

    paths: frozenset[str] = frozenset()
    rescan: bool = False


class Watcher:
    """Watches one root. `mode` is how it really runs, `problem` why that is not as asked for ("" if
    it is).

    `poll_s` is the time between two looks when polling, which misses a change within the same
    second as the one before; `backoff_s` the first and the longest pause before a new attempt after
    an error.
    """

    def __init__(
        self,
        root: Path,
        mode: WatchMode,
        rules: IgnoreRules,
        *,
        poll_s: float = 1.0,
        backoff_s: tuple[float, float] = (0.2, 30.0),
        opener: Opener | None = None,
    ) -> None:
        self.mode: WatchMode = mode
        self.problem = ""
        self._root, self._rules = root, rules
        self._poll_ms = max(1, int(poll_s * 1000))
        self._backoff_s = backoff_s
        self._opener = opener or self._open
        self._lasting_problem = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._box = _Mailbox()

    async def events(self) -> AsyncIterator[Hint]:
        """Hints until `stop`. The first asks for a rescan and comes when the watch stands: a walk
        made then misses nothing.

        Hints that are not taken are united. To be iterated once.
        """
        self._box.attach(asyncio.get_running_loop())
        if self.mode == "off":
            self._box.put(Hint(rescan=True))
        elif self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, name="codetriever-watch", daemon=True)
            self._thread.start()
        try:
            while (hint := await self._box.take()) is not None:
                yield hint
        finally:
            self._stop.set()

    async def stop(self) -> None:
        """Ends `events` and waits for the thread, which looks at the wish to end every few
        milliseconds.
        """
        self._stop.set()
        self._box.close()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        pause, told_gone = self._backoff_s[0], False
        while not self._stop.is_set():
            armed: Armed | None = None
            since = time.monotonic()
            try:
                armed = Armed(self._root, self._rules, self.mode == "polling", self._opener)
                self.problem, told_gone = self._lasting_problem, False
                self._box.put(Hint(rescan=True))
                self._watch(armed)
            except RootGoneError:
                self.problem = "The folder does not exist; it is watched again when it does."
                if not told_gone:
                    self._box.put(Hint(rescan=True))
                told_gone = True
                self._stop.wait(self._backoff_s[0])
            except Exception as error:  # noqa: BLE001 - watchfiles raises several kinds, its own without a public name
                if (
                    armed is None
                    and self.mode == "native"
                    and not isinstance(error, FileNotFoundError)
                ):
                    self._fall_back(error)
                    continue
                pause = self._backoff_s[0] if time.monotonic() - since > SETTLED_S else pause
                pause = self._recover(error, pause)
            finally:
                if armed is not None:
                    armed.close()

    def _watch(self, armed: Armed) -> None:
        """Sends hints until `stop`, or until the rules have changed and with them the folders to
        watch.
        """
        while not self._stop.is_set():
            found = armed.wait(self._stop)
            if found is None:
                continue
            if found.rules:
                self._rules.refresh()
                self._box.put(Hint(found.paths))
                return
            self._box.put(Hint(found.paths))

    def _fall_back(self, error: Exception) -> None:
        self.mode = "polling"
        self.problem = self._lasting_problem = _explain(error)
        _log.warning("watching %s by polling: %s", self._root, error)

    def _recover(self, error: Exception, pause: float) -> float:
        """Waits before the next attempt; the pause after the one that is made then."""
        _log.warning("the watch of %s ended, next attempt in %.1f s: %s", self._root, pause, error)
        self.problem = "File watching was interrupted and starts again by itself."
        self._stop.wait(pause)
        return min(pause * 2, self._backoff_s[1])

    def _open(self, folders: list[str], polling: bool, recursive: bool) -> Notifier:
        return open_notifier(folders, polling, recursive, poll_ms=self._poll_ms)


def _explain(error: Exception) -> str:
    text = str(error)
    if "limit" in text or "os error 24" in text:
        return (
            "The system allows no more file watches, so changes are found by polling. "
            "On Linux raise fs.inotify.max_user_watches (and max_user_instances)."
        )
    return f"File watching is not available here, so changes are found by polling ({text[:200]})."


class _Mailbox:
    """Hands hints from a thread to an event loop, united until they are taken: what waits is
    bounded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self._rescan = False
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = asyncio.Event()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def put(self, hint: Hint) -> None:
        with self._lock:
            self._paths |= hint.paths
            self._rescan = self._rescan or hint.rescan or len(self._paths) > MAX_PATHS
            if self._rescan:
                self._paths.clear()
        self._wake()

    def close(self) -> None:
        self._closed = True
        self._wake()

    async def take(self) -> Hint | None:
        """The next hint; None after `close`."""
        while not self._closed:
            self._ready.clear()
            with self._lock:
                hint = Hint(frozenset(self._paths), self._rescan)
                self._paths, self._rescan = set(), False
            if hint.paths or hint.rescan:
                return hint
            await self._ready.wait()
        return None

    def _wake(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed without `stop`
                self._loop.call_soon_threadsafe(self._ready.set)
