"""`symbols`: find definitions by name."""

from __future__ import annotations

import argparse

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import folder_of, opened, run_async
from codetriever_lsp.engine.ipc.messages import Symbols
from codetriever_lsp.server import convert

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _symbols(options))


async def _symbols(options: argparse.Namespace) -> int:
    async with opened(folder_of(options.path), synced=True) as workspace:
        found: tuple[model.SymbolHit, ...] = await workspace.call(
            Symbols(options.query, options.limit)
        )
        from codetriever_lsp.cli import show

        if options.json:
            show.print_json(
                [convert.symbol_information(symbol, workspace.view) for symbol in found]
            )
        else:
            show.symbols(found, workspace)
        return FOUND if found else NOTHING
