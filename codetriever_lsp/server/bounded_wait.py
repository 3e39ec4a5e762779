"""Waiting for an end that may not come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

__all__ = ["within"]

_log = logging.getLogger(__name__)


async def within(seconds: float, work: Coroutine[Any, Any, object], what: str) -> None:
    """Run `work` for at most so long; a failure is logged.

    Not `asyncio.wait_for`: that waits on for a coroutine that does not let itself be cancelled.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait([task], timeout=seconds)
    if not done:
        _log.warning("%s does not end in time", what)
        task.cancel()
    elif not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("%s did not end well: %s", what, error)
