"""`search`: find code by what it does."""

from __future__ import annotations

import argparse

from codetriever_lsp import model
from codetriever_lsp.cli import FOUND, NOTHING
from codetriever_lsp.cli.workspace import folder_of, opened, run_async
from codetriever_lsp.engine.ipc.messages import Search
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import convert

__all__ = ["filters_of", "run"]


def run(options: argparse.Namespace) -> int:
    return run_async(lambda: _search(options))


async def _search(options: argparse.Namespace) -> int:
    query = " ".join(options.query)
    if not query.strip():
        raise BadRequest("the query is blank; say in a few words what the code does, or name it")
    request = Search(query, options.limit, filters_of(options), options.mode, options.explain)
    async with opened(folder_of(options.path), synced=True) as workspace:
        result: model.SearchResult = await workspace.call(request)
        from codetriever_lsp.cli import show

        if options.json:
            show.print_json(convert.search_result(result, workspace.view))
        else:
            show.hits(result.hits, workspace)
        return FOUND if result.hits else NOTHING


def filters_of(options: argparse.Namespace) -> model.Filters:
    return model.Filters(tuple(options.lang), tuple(options.glob), tuple(options.kind))
