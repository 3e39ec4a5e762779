"""The entry point. It imports nothing before standard output is out of the reach of everything that might print."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

_NOT_STDIO = ("--tcp", "--ws", "--help", "-h", "--version")


def main() -> None:
    """Run the command line; ends the process."""
    arguments = sys.argv[1:]
    if not _serves_stdio(arguments):
        from codetriever_lsp.cli import run

        sys.exit(run(arguments))
    streams = _private_streams()
    # Importing lsprotocol makes so many objects that collecting among them is a fifth of the time to the first answer.
    import gc

    gc.disable()
    from codetriever_lsp.cli.commands.serve import stdio

    # Not `sys.exit`: a thread that waits for input, or for a file on a dead network mount, must not keep the process.
    os._exit(stdio(arguments, *streams))


def _serves_stdio(arguments: list[str]) -> bool:
    """No command but `serve`, and nothing that asks for a port or for text on standard output."""
    if any(argument.split("=")[0] in _NOT_STDIO for argument in arguments):
        return False
    return not arguments or arguments[0] == "serve" or arguments[0].startswith("--stdio")


def _private_streams() -> tuple[int, int]:
    """The client's two ends of the pipe under other numbers. Numbers 0 and 1 become nothing and standard error.

    A library that prints would otherwise end up between two messages, and a child process would hold the pipe open.
    """
    source, sink = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without standard error
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.close(nothing)
    return source, sink


if __name__ == "__main__":
    main()
