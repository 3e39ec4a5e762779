"""`similar`: find code like the code at a place."""

from __future__ import annotations

import argparse

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.commands.search import filters_of
from codetriever_lsp.cli.workspace import folder_of, opened, place_of, run_async
from codetriever_lsp.engine.ipc.messages import Similar
from codetriever_lsp.server import convert

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _similar(options))


async def _similar(options: argparse.Namespace) -> int:
    file, first, last = place_of(options.place)
    async with opened(folder_of(options.path), synced=True) as workspace:
        request = Similar(workspace.located(file), first, last, options.limit, filters_of(options))
        result: model.SearchResult = await workspace.call(request)
        from codetriever_lsp.cli import show

        if options.json:
            show.print_json(convert.search_result(result, workspace.view))
        else:
            show.hits(result.hits, workspace)
        return FOUND if result.hits else NOTHING
