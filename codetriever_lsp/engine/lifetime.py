"""The life of the engine process: one per cache directory, there while somebody needs it, gone
without a trace after.

The lock file says who the engine is; the record (`place.Record`) says how to reach it and is only
ever written by the holder of the lock. An engine that leaves first takes its record and its socket
away, then lets its clients and its backend end, and only then gives up the lock: whoever comes in
between finds no engine, starts one, and that one waits for the lock.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Awaitable, Callable

import filelock
import msgspec

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc.address import Listener, answers, bind
from codetriever_lsp.engine.ipc.endpoint import Place, Record, settings_digest
from codetriever_lsp.engine.ipc.fallback_dir import leave_refuge
from codetriever_lsp.engine.ipc.messages import PROTOCOL, Hello
from codetriever_lsp.engine.ipc.server_connection import Backend, Limits, Session, greet, hang_up
from codetriever_lsp.engine.logfile import attach_log
from codetriever_lsp.errors import CodetrieverError, EngineError
from codetriever_lsp.settings import EngineSettings

__all__ = ["BackendFactory", "run_engine"]

log = logging.getLogger(__name__)

BackendFactory = Callable[[EngineSettings], Awaitable[Backend]]

_LOCK_S = 15.0
"""How long a starting engine waits for one that is leaving; less than a client waits for a starting
one."""
_FIRST_CLIENT_S = 10.0
"""A new engine waits at least so long for the client that started it."""
_PULSE_S = 5.0


class _Exit(msgspec.Struct, frozen=True):
    """How to leave: why, and how many seconds running calls, cancelled calls, and the backend
    get.
    """

    why: str
    drain_s: float = 0.0
    settle_s: float = 1.0
    backend_s: float = 8.0
    bound_s: float = 13.0
    """After so long the process ends whatever still runs: while it holds the lock there is no
    engine."""


_LINGERED = _Exit("no client is left")
_ASKED = _Exit("a client asked for it", drain_s=3.0)
_SIGNALLED = _Exit("a signal came", drain_s=0.2, settle_s=0.2, backend_s=0.8, bound_s=1.6)
_UPROOTED = _Exit("its files were removed", drain_s=1.0)
_FAILED = _Exit("it failed")


def run_engine(
    settings: EngineSettings, backend_factory: BackendFactory, limits: Limits | None = None
) -> int:
    """Be the engine of `settings.cache_dir` until it is time to leave. -> exit code.

    0 at once where another process is that engine already; 1, with the reason in the log, where it
    cannot start. The process must be this engine's own: its signals, its logging and its standard
    streams are taken over.
    """
    place = Place(settings.cache_dir)
    try:
        place.prepare()
        attach_log(place, settings.log_level)
        lock = filelock.FileLock(place.lock, mode=0o600, thread_local=False)
        if not _take(lock, place):
            return 0
    except (CodetrieverError, OSError) as error:
        log.error("The engine cannot start: %s", error)
        return 1
    try:
        asyncio.run(_Engine(settings, place, limits or Limits()).live(backend_factory))
    except CodetrieverError as error:
        log.error("The engine cannot start: %s", error)
        return 1
    except Exception:
        log.exception("The engine failed")
        return 1
    finally:
        leave_refuge(place.folder)
        lock.release()
    return 0


def _take(lock: filelock.BaseFileLock, place: Place) -> bool:
    """Take the lock, waiting for an engine that is leaving; False where one is there that
    answers.
    """
    deadline = time.monotonic() + _LOCK_S
    while True:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            record = place.read()
        else:
            return True
        if record is not None and answers(record.address):
            return False
        if time.monotonic() > deadline:
            raise EngineError(
                f"Another process holds {place.lock} but does not answer. End it and try again."
            )
        time.sleep(0.05)


class _Engine:
    """Listens, greets clients, and knows when to leave."""

    def __init__(self, settings: EngineSettings, place: Place, limits: Limits) -> None:
        self._settings = settings
        self._place = place
        self._limits = limits
        self._token = secrets.token_hex(32)
        self._ids = itertools.count(1)
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._exit: _Exit | None = None
        self._leave = asyncio.Event()
        self._linger: asyncio.TimerHandle | None = None
        self._listener: Listener | None = None
        self._server: asyncio.Server | None = None
        self._lock_identity = _identity(place)

    async def live(self, factory: BackendFactory) -> None:
        """From the backend's making to its closing."""
        self._watch_signals()
        backend = await self._until_leaving(factory(self._settings))
        if backend is None:
            return
        try:
            await self._listen(backend)
            await self._until_leaving(self._pulse())
        finally:
            self._quit(_FAILED)
            await self._close(backend)

    async def _until_leaving(self, work: Awaitable[Backend | None]) -> Backend | None:
        """What `work` gives; None, and `work` cancelled, when it is time to leave before."""
        task = asyncio.ensure_future(work)
        leaving = asyncio.create_task(self._leave.wait())
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
            return None
        return task.result()

    async def _listen(self, backend: Backend) -> None:
        self._listener = bind(self._place)

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._receive(backend, reader, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._server = await self._listener.serve(connected)
        self._publish()
        self._await_clients(max(self._settings.linger_s, _FIRST_CLIENT_S))
        log.info("Engine %s listens at %s", __version__, self._listener.address)

    def _publish(self) -> None:
        assert self._listener is not None  # noqa: S101 - for the type checker
        digest = settings_digest(self._settings)
        self._place.write(
            Record(
                self._listener.address,
                self._token,
                os.getpid(),
                __version__,
                PROTOCOL,
                time.time(),
                digest,
            )
        )

    async def _receive(
        self, backend: Backend, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection; whatever happens in it ends here."""
        try:
            hello = await greet(reader, self._token, self._limits)
            if self._exit is not None:
                raise EngineError("The engine is leaving.")
            await self._serve(
                hello, Session(next(self._ids), backend, reader, writer, self._limits)
            )
        except CodetrieverError as error:
            log.warning("A connection is refused: %s", error)
            await hang_up(writer, error)
        except OSError:
            await hang_up(writer)
        except Exception:
            log.exception("A session failed")
            await hang_up(writer)
        except asyncio.CancelledError:
            writer.transport.abort()
            raise

    async def _serve(self, hello: Hello, session: Session) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        session.shut_down = lambda: self._quit(_ASKED)
        self._sessions[session] = task
        self._await_clients(None)
        log.info("Client %d came: %.80s, process %d", session.client, hello.client, hello.pid)
        try:
            await session.serve()
        finally:
            del self._sessions[session]
            log.info("Client %d left", session.client)
            if not self._sessions:
                self._await_clients(self._settings.linger_s)

    def _await_clients(self, seconds: float | None) -> None:
        """Leave if so long nobody comes; None: somebody is there."""
        if self._linger is not None:
            self._linger.cancel()
        loop = asyncio.get_running_loop()
        self._linger = None if seconds is None else loop.call_later(seconds, self._quit, _LINGERED)

    def _quit(self, how: _Exit) -> None:
        """Begin to leave, once: from here on nobody finds this engine. Does not wait."""
        if self._exit is not None:
            return
        self._exit = how
        self._place.forget(self._token)
        if self._listener is not None:
            self._listener.unlink()
        if self._server is not None:
            self._server.close()
        self._leave.set()
        bound = threading.Timer(how.bound_s, os._exit, (0,))
        bound.daemon = True
        bound.start()
        log.info("The engine leaves: %s", how.why)

    async def _close(self, backend: Backend) -> None:
        how = self._exit or _FAILED
        serving = set(self._sessions.values())
        for task in self._tasks - serving:  # has not said Hello
            task.cancel()
        for session in self._sessions:
            session.stop(how.drain_s, how.settle_s)
        if serving:
            _, late = await asyncio.wait(serving, timeout=how.drain_s + 2 * how.settle_s)
            for task in late:
                task.cancel()
        try:
            await asyncio.wait_for(backend.close(), how.backend_s)
        except TimeoutError:
            log.warning("The backend does not close within %s s", how.backend_s)

    async def _pulse(self) -> None:
        """Leave when the engine's files are gone: clients then start another on what is there."""
        while True:
            await asyncio.sleep(_PULSE_S)
            if _identity(self._place) != self._lock_identity or (
                self._listener and not self._listener.present()
            ):
                self._quit(_UPROOTED)
            elif (record := self._place.read()) is None or record.token != self._token:
                try:
                    self._publish()
                except OSError as error:
                    log.warning("The engine's record cannot be written: %s", error)

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is None:
                continue
            try:
                loop.add_signal_handler(number, self._quit, _SIGNALLED)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._quit, _SIGNALLED))


def _identity(place: Place) -> tuple[int, int] | None:
    """Which file the lock is; None when it has been removed."""
    try:
        info = place.lock.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
