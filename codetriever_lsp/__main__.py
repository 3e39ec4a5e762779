"""The entry point. It imports nothing before standard output is out of the reach of everything that
might print.
"""

from __future__ import annotations

import os
import sys

from codetriever_lsp.platform.stdio import take_stdio

__all__ = ["main"]

_NOT_STDIO = ("--tcp", "--ws", "--help", "-h", "--version")


def main() -> None:
    """Run the command line; ends the process."""
    arguments = sys.argv[1:]
    if not _serves_stdio(arguments):
        from codetriever_lsp.cli import run

        sys.exit(run(arguments))
    streams = take_stdio()
    # Importing lsprotocol makes so many objects that collecting among them is a fifth of the time
    # to the first answer.
    import gc

    gc.disable()
    from codetriever_lsp.cli.commands.serve import stdio

    # Not `sys.exit`: a thread that waits for input, or for a file on a dead network mount, must not
    # keep the process.
    os._exit(stdio(arguments, *streams))


def _serves_stdio(arguments: list[str]) -> bool:
    """No command but `serve`, and nothing that asks for a port or for text on standard output."""
    if any(argument.split("=")[0] in _NOT_STDIO for argument in arguments):
        return False
    return not arguments or arguments[0] == "serve" or arguments[0].startswith("--stdio")


if __name__ == "__main__":
    main()
