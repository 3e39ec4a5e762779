"""`context`: what a reader needs around a place."""

from __future__ import annotations

import argparse

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import folder_of, opened, place_of, run_async
from codetriever_lsp.engine.ipc.messages import Context
from codetriever_lsp.server import convert

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _context(options))


async def _context(options: argparse.Namespace) -> int:
    file, first, last = place_of(options.place)
    async with opened(folder_of(options.path), synced=True) as workspace:
        request = Context(workspace.located(file), first, last, options.max_tokens)
        result: model.ContextResult = await workspace.call(request)
        from codetriever_lsp.cli import show

        if options.json:
            show.print_json(convert.context_result(result, workspace.view))
        else:
            show.context_parts(result, workspace)
        return FOUND if result.parts else NOTHING
