"""Who is being answered: what can wait a moment lets them go first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

__all__ = ["Answering"]


class Answering:
    """Shared by all folders of an engine."""

    def __init__(self) -> None:
        self._running = 0
        self._over = asyncio.Event()
        self._over.set()

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """While a question is answered."""
        self._running += 1
        self._over.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._over.set()

    async def gap(self, longest_s: float) -> None:
        """Until nobody is answered, but no longer than this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._over.wait()
