"""`stop`: end the engine. Editors that are open start it again with their next request."""

from __future__ import annotations

import argparse
import sys

from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import engine_client, run_async
from codetriever_lsp.engine.ipc.messages import Shutdown
from codetriever_lsp.errors import NotReady

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes them
    return run_async(_stop)


async def _stop() -> int:
    client = engine_client()
    try:
        await client.connect(start=False)
        await client.call(Shutdown())
    except NotReady:
        sys.stderr.write("codetriever-lsp: no engine is running\n")
        return NOTHING
    finally:
        await client.close()
    return FOUND
