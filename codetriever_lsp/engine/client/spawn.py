"""Starting an engine process that belongs to nobody: it outlives the client that started it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Sequence

import msgspec

from codetriever_lsp.engine.ipc.endpoint import Place
from codetriever_lsp.errors import EngineError
from codetriever_lsp.platform.subprocesses import module_command, start_detached
from codetriever_lsp.settings import EngineSettings

__all__ = ["Starting", "spawn"]


_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""A query is too small for more threads, and to make them takes a sixth of the time that importing
takes."""


class Starting:
    """A process that is becoming the engine, or finds that another one is."""

    def __init__(self, process: subprocess.Popen[bytes], log_start: int) -> None:
        self._process = process
        self.log_start = log_start
        # Takes the exit status when it comes, so that no zombie stays; ends with this process at
        # the latest.
        threading.Thread(target=process.wait, name=f"engine {process.pid}", daemon=True).start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode


def spawn(settings: EngineSettings, place: Place, command: Sequence[str] | None = None) -> Starting:
    """Start an engine, detached; `command` is what to run instead of the engine's own module.
    Raises EngineError.

    Its working directory is the cache directory. The settings go through standard input, where no
    other process sees them.
    """
    place.prepare()
    log = place.open_log()
    try:
        log_start = os.fstat(log).st_size
        process = start_detached(
            command or module_command("codetriever_lsp.engine"),
            {**_ENVIRONMENT, **os.environ},
            place.folder,
            log=log,
            message=msgspec.json.encode(settings),
        )
    except OSError as error:
        raise EngineError(f"The engine cannot be started ({error}).") from error
    finally:
        os.close(log)
    return Starting(process, log_start)
