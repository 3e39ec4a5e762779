"""The engine's log: a file of its owner alone, bounded, which also takes what native code writes to
standard error.
"""

from __future__ import annotations

import faulthandler
import io
import logging
import logging.handlers
import os

from codetriever_lsp.engine.ipc.endpoint import Place

__all__ = ["attach_log"]

_MAX_BYTES = 2_000_000
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
_STDOUT, _STDERR = 1, 2


def attach_log(place: Place, level: str) -> None:
    """From now on this process says everything to the log of `place` and nothing to anybody else.
    Raises OSError.

    Standard error goes there too, so that the panics and crashes of native code are kept.
    """
    handler = _LogFile(place)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("codetriever_lsp").setLevel(level.upper())
    logging.captureWarnings(capture=True)
    _silence(_STDOUT)
    faulthandler.enable(file=_STDERR)


class _LogFile(logging.handlers.RotatingFileHandler):
    """Keeps one older file; standard error follows when the file changes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        super().__init__(place.log, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8")
        self.setFormatter(logging.Formatter(_FORMAT))
        self._lead_errors_here()

    def _open(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            os.fdopen(self._place.open_log(), "ab"), encoding="utf-8", errors="backslashreplace"
        )

    def doRollover(self) -> None:  # noqa: N802 - the name in the base class
        _silence(_STDERR)  # Windows renames no file that is open
        try:
            super().doRollover()
        finally:
            self._lead_errors_here()

    def _lead_errors_here(self) -> None:
        if self.stream is not None:
            os.dup2(self.stream.fileno(), _STDERR)


def _silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.dup2(null, descriptor)
    finally:
        os.close(null)
