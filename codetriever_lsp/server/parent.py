"""Ending with the editor: a front end whose client has died serves nobody, even while some other process holds its pipe."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

__all__ = ["PERIOD", "watch"]

PERIOD = 2.0
"""Seconds between two looks."""

_log = logging.getLogger(__name__)


async def watch(pid: int, gone: Callable[[], None], period: float = PERIOD) -> None:
    """Call `gone` once the process `pid` has ended; a process that cannot be seen (another container's) is not watched."""
    import psutil  # costs 40 ms that `initialize` need not wait for

    parent_at_start = os.getppid()
    try:
        process = psutil.Process(pid)  # remembers when it was started, so a process that gets its number later is another one
    except psutil.Error:
        _log.info("process %d, which the client names as its own, is not visible here; watching only the pipe", pid)
        return
    while True:
        await asyncio.sleep(period)
        try:
            alive = process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            alive = False
        except psutil.AccessDenied:
            alive = True
        if not alive or (parent_at_start == pid and os.getppid() != pid):
            _log.info("process %d has ended", pid)
            gone()
            return
