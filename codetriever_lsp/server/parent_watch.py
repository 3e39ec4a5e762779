"""Ending with the editor: a front end whose client has died serves nobody, even while some other
process holds its pipe.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

__all__ = ["PERIOD", "visible", "watch"]

PERIOD = 2.0
"""Seconds between two looks."""

_log = logging.getLogger(__name__)


def visible(pid: int) -> bool:
    """Whether the process can be seen from here. A client outside of this container has a number
    that means nothing here.
    """
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


async def watch(pid: int, gone: Callable[[], None], period: float = PERIOD) -> None:
    """Call `gone` once the process `pid`, which was visible a moment ago, has ended."""
    import psutil  # costs 40 ms that `initialize` need not wait for

    parent_at_start = os.getppid()
    try:
        process = psutil.Process(
            pid
        )  # remembers when it was started: a later process of that number is another one
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if parent_at_start == pid != os.getppid():
                break
            await asyncio.sleep(period)
    except psutil.AccessDenied:
        _log.info("process %d cannot be watched; watching only the pipe", pid)
        return
    except psutil.NoSuchProcess:
        pass
    _log.info("process %d has ended", pid)
    gone()
