"""`python -m codetriever_lsp.engine`: the engine process. Its settings come as JSON on standard
input.
"""

from __future__ import annotations

import gc
import logging
import os
import sys

import msgspec

from codetriever_lsp.engine.lifetime import run_engine
from codetriever_lsp.errors import SettingsError
from codetriever_lsp.settings import EngineSettings

__all__ = ["main", "read_settings"]


_COLLECT_AFTER = 20_000
"""Objects more than before from which the collector looks at the youngest; Python's own is 700
(3.11) to 2,000."""


def main() -> int:
    """Run the engine. -> exit code."""
    try:
        settings = read_settings()
    except SettingsError as error:
        logging.getLogger(__name__).error("The engine cannot start: %s", error)
        return 2
    os.umask(0o077)  # whatever this process writes is its user's alone
    from codetriever_lsp.engine.backend import open_backend  # heavy, and of no use to bad settings

    # A search makes thousands of objects that go by themselves: looking for cycles among them, and
    # among all that was imported, took a fifth of its time.
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    return run_engine(settings, open_backend)


def read_settings() -> EngineSettings:
    """The settings that the starting client wrote to standard input, up to its end. Raises
    SettingsError.

    They do not come on the command line or in the environment, where other processes could read
    them.
    """
    try:
        settings = msgspec.json.decode(sys.stdin.buffer.read(), type=EngineSettings)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings on standard input cannot be used: {error}") from error
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return settings
