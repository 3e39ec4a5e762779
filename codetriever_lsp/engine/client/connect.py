"""Finding the engine of a cache directory, or starting it. Nothing that an engine left behind
stands in the way, nor a cache directory that cannot be written: then the engine lives in a refuge,
and whoever reaches it is warned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from codetriever_lsp.engine.client.spawn import Starting, spawn
from codetriever_lsp.engine.ipc.client_connection import Link, open_link
from codetriever_lsp.engine.ipc.endpoint import Place, Record
from codetriever_lsp.engine.ipc.fallback_dir import record_in_refuge, shelter, warning
from codetriever_lsp.engine.ipc.messages import Event, Warned
from codetriever_lsp.errors import EngineError, VersionMismatch
from codetriever_lsp.settings import EngineSettings

__all__ = ["Caller", "knock", "reach"]

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.05
_CLOCK_S = 2.0
_MOST_KILLED = 1
"""Engines in a row that may be killed while they start before their end is taken for a fault."""


class Caller(msgspec.Struct, frozen=True):
    """Who wants an engine, and which: `command` is what to start in place of the engine's own
    module.
    """

    settings: EngineSettings
    name: str
    on_event: Callable[[Event], None]
    command: Sequence[str] | None
    start_s: float


async def knock(caller: Caller, timeout_s: float) -> Link | None:
    """A link to the engine that runs; None where none does.

    Raises EngineError when there is one that does not answer in time.
    """
    cache_dir = caller.settings.cache_dir
    link = await _knock_at(Place(cache_dir).read(), caller, timeout_s)
    if (
        link is None
        and (link := await _knock_at(record_in_refuge(cache_dir), caller, timeout_s)) is not None
    ):
        caller.on_event(Warned(warning(cache_dir)))
    return link


async def _knock_at(record: Record | None, caller: Caller, timeout_s: float) -> Link | None:
    if record is None or not _credible(record):
        return None
    try:
        return await open_link(record, caller.name, caller.on_event, timeout_s)
    except TimeoutError as error:
        raise EngineError(
            f"The engine (process {record.pid}) does not answer within {timeout_s:.0f} s. If that goes on, end it."
        ) from error
    except VersionMismatch:
        raise
    except (OSError, EngineError):
        return None  # dead, leaving, or just replaced: its record tells so, or will in a moment


async def reach(caller: Caller) -> Link:
    """A link to the engine that runs, or to the one that this starts.

    Raises EngineError with the last lines of the engine's log when none comes up within `start_s`.
    """
    place = Place(caller.settings.cache_dir)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + caller.start_s
    pause = _FIRST_PAUSE_S
    starting: Starting | None = None
    killed = 0
    while True:
        exit_code = starting.exit_code if starting else 0
        link = await knock(caller, max(1.0, deadline - loop.time()))
        if link is not None:
            return link
        if exit_code is not None and exit_code < 0 and killed < _MOST_KILLED:
            exit_code, killed = 0, killed + 1  # by a signal: that says nothing of the next one
        if starting is not None and exit_code:
            raise _failed(f"The engine cannot start (exit code {exit_code}).", place, starting)
        if starting is not None and loop.time() > deadline:
            raise _failed(f"No engine answers within {caller.start_s:.0f} s.", place, starting)
        if exit_code == 0:  # none was started yet, or it left to another one that is gone by now
            settings = shelter(caller.settings)
            place = Place(settings.cache_dir)
            starting = spawn(settings, place, caller.command)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def _failed(what: str, place: Place, starting: Starting) -> EngineError:
    log = place.log_tail(starting.log_start)
    return EngineError(
        f"{what} Its log {place.log} says:\n{log}" if log else f"{what} Its log is {place.log}."
    )


def _credible(record: Record) -> bool:
    """Whether the engine can be there. A port that it left may be another program's by now; a
    private socket cannot.
    """
    if not record.address.startswith("tcp:"):
        return True
    import psutil  # costs time, and only loopback ports need it

    try:
        created: float = psutil.Process(record.pid).create_time()
    except psutil.Error:
        return False
    return created <= record.started + _CLOCK_S
