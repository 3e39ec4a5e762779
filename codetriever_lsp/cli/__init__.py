"""The command line: every command is a client of the same engine as the editors."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from codetriever_lsp.errors import CodetrieverError

__all__ = ["ERROR", "FOUND", "INTERRUPTED", "NOTHING", "run"]

FOUND, NOTHING, ERROR, INTERRUPTED = 0, 1, 2, 130

_log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code: 0 found, 1 nothing found, 2 error, 130 interrupted.
    Never a traceback.
    """
    from codetriever_lsp.cli.arguments import parse

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that knows no UTF-8 shows "?" instead of ending the command
    try:
        options = parse(arguments)
        code = options.command(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `codetriever-lsp search … | head`: whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except CodetrieverError as error:
        return _fail(str(error))
    except Exception as error:  # noqa: BLE001 - a person sees one line; the log level shows the rest
        _log.debug("the command failed", exc_info=error)
        return _fail(
            f"{type(error).__name__}: {error}. Set CODETRIEVER_LOG_LEVEL=debug to see where."
        )
    return int(code)


def _fail(message: str) -> int:
    sys.stderr.write(f"codetriever-lsp: {' '.join(message.split())}\n")
    return ERROR
