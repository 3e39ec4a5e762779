"""`clear`: forget the index of a folder, or every index. The files themselves are not touched."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import engine_client, run_async
from codetriever_lsp.engine.ipc.messages import Clear

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    # The folder need not exist any more: its index may be why somebody clears.
    folder = "" if options.all else str(Path(options.path).expanduser().resolve())
    return run_async(lambda: _clear(folder))


async def _clear(folder: str) -> int:
    client = engine_client()
    try:
        freed: int = await client.call(Clear(folder))
    finally:
        await client.close()
    what = f"the index of {folder}" if folder else "every index"
    sys.stdout.write(
        f"cleared {what}: {freed / 2**20:.1f} MiB freed\n"
        if freed
        else f"nothing to clear: {what} is empty\n"
    )
    return FOUND if freed else NOTHING
