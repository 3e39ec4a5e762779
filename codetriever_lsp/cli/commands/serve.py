"""`serve`, and what happens without a command: the language server."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from codetriever_lsp.errors import BadRequest, CodetrieverError
from codetriever_lsp.settings import load_engine_settings

__all__ = ["run", "stdio"]


def stdio(arguments: Sequence[str], source: int, sink: int) -> int:
    """Serve one client at two file descriptors; gives the exit code."""
    if set(arguments) - {"serve", "--stdio"}:
        from codetriever_lsp.cli.arguments import parse

        parse(arguments)  # says what is wrong, and ends the process, if something is
    _log_to_stderr()
    from codetriever_lsp.server.stdio import serve_stdio

    return serve_stdio(source, sink)


def run(options: argparse.Namespace) -> int:
    """Serve at a port, until interrupted."""
    from codetriever_lsp.server.listen import check_address, serve_tcp, serve_websocket

    if options.tcp and options.ws:
        raise BadRequest("choose one of --tcp and --ws")
    if not (options.tcp or options.ws):
        raise BadRequest(
            "serving over standard input needs no other arguments; see codetriever-lsp --help"
        )
    host, port = _address(options.tcp or options.ws)
    check_address(host, allow_remote=options.allow_remote, token=options.token)
    _log_to_stderr()
    serve = serve_tcp if options.tcp else serve_websocket
    try:
        asyncio.run(serve(host, port, token=options.token))
    except OSError as error:
        raise BadRequest(
            f"{host}:{port} cannot be listened at: {error.strerror or error}"
        ) from error
    return 0


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise BadRequest(f"{text!r} is no HOST:PORT, as in 127.0.0.1:2087")
    return host.strip("[]") or "127.0.0.1", int(port)


def _log_to_stderr() -> None:
    try:
        level = load_engine_settings().log_level
    except CodetrieverError as error:  # said again, and to the client, when it connects
        level = "info"
        sys.stderr.write(f"codetriever-lsp: {error}\n")
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # pygls logs whole messages, and with them the text of the files that are open.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
