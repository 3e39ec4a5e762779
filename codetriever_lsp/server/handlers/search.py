"""`codetriever/search`: places in the workspace that answer a query in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codetriever_lsp import model
from codetriever_lsp.engine.ipc.messages import Search
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import send_partial, work_done
from codetriever_lsp.server.message_types import SEARCH
from codetriever_lsp.server.payloads import (
    Partial,
    SearchFilters,
    SearchParams,
    SearchResult,
    Token,
)

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "Streamed", "engine_filters", "handle"]

METHOD = SEARCH


async def handle(server: Server, params: SearchParams) -> SearchResult:
    """With a `partialResultToken`, every hit is told under it as soon as it is known, and the
    answer lists none again.
    """
    token = params.partial_result_token
    request = Search(
        query=params.query,
        limit=params.limit,
        filters=await engine_filters(server, params.filters),
        mode=cast(model.Mode, params.mode),  # checked by the shape
        explain=params.explain,
        partial=token is not None,
    )
    with work_done(server, params.work_done_token, "Searching"):
        if token is None:
            return convert.search_result(await server.session.call(request), server.view)
        streamed = Streamed(server, token)
        result: model.SearchResult = await server.session.call(request, streamed.send)
        streamed.send(result.hits)
        return convert.search_result(result, server.view, hits=())


async def engine_filters(server: Server, filters: SearchFilters) -> model.Filters:
    """With the folders as the engine knows them; raises BadRequest for one that is no folder on
    disk.
    """
    folders = tuple([await server.session.locate(uri) for uri in filters.folders])
    return model.Filters(filters.languages, filters.paths, filters.kinds, folders)


class Streamed:
    """Hits told under a token, each once: an engine that starts over repeats what it said."""

    def __init__(self, server: Server, token: Token) -> None:
        self._server = server
        self._token = token
        self._sent: set[tuple[str, model.Span]] = set()

    def send(self, hits: tuple[model.Hit, ...]) -> None:
        new = [hit for hit in hits if (hit.path, hit.span) not in self._sent]
        self._sent.update((hit.path, hit.span) for hit in new)
        if new:
            send_partial(
                self._server,
                self._token,
                Partial(tuple(convert.hit(hit, self._server.view) for hit in new)),
            )
