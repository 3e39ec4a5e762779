"""`codetriever/similar`: places like a selection, which itself is never one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp import model
from codetriever_lsp.engine.ipc.messages import Similar
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import work_done
from codetriever_lsp.server.handlers.search import Streamed, engine_filters
from codetriever_lsp.server.message_types import SIMILAR
from codetriever_lsp.server.payloads import Range, SearchResult, SimilarParams

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = SIMILAR


async def handle(server: Server, params: SimilarParams) -> SearchResult:
    await server.documents.flush()  # the selection is one of the text that the client shows
    first, last = _lines(params)
    path = await server.session.locate(params.text_document.uri)
    request = Similar(path, first, last, params.limit, await engine_filters(server, params.filters))
    with work_done(server, params.work_done_token, "Searching similar code"):
        result: model.SearchResult = await server.session.call(request)
        if params.partial_result_token is None:
            return convert.search_result(result, server.view)
        Streamed(server, params.partial_result_token).send(result.hits)
        return convert.search_result(result, server.view, hits=())


def _lines(params: SimilarParams) -> tuple[int, int]:
    if params.position is not None:
        return params.position.line, params.position.line
    assert isinstance(params.range, Range)  # noqa: S101 - one of both is there, or the parameters had been refused
    return convert.lines_of(params.range)
