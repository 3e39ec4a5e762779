"""What keeps an indexer from working, and until when it waits before it tries again."""

from __future__ import annotations

import logging
from pathlib import Path

from codetriever_lsp.errors import CodetrieverError

__all__ = ["Trouble"]

_log = logging.getLogger(__name__)

_LONGEST_HOLD_S = 60.0


class Trouble:
    """The surroundings failed, not a file: each time in a row it waits twice as long. Times are
    those of the caller's clock.
    """

    def __init__(self, root: Path) -> None:
        self.error: Exception | None = None
        self.message = ""
        self.stumbles = 0
        self.hold_until = 0.0
        self._root = root
        self._failures = 0

    def stumble(self, error: Exception, now: float) -> None:
        """It failed once more."""
        self._failures += 1
        self.stumbles += 1
        self.error, self.message = error, str(error) or type(error).__name__
        self.hold_until = now + min(_LONGEST_HOLD_S, 2.0 ** (self._failures - 1))
        log = _log.warning if isinstance(error, (CodetrieverError, OSError)) else _log.exception
        log("indexing %s: %s", self._root, self.message)

    def recovered(self) -> None:
        """It works."""
        self._failures, self.error, self.message = 0, None, ""
