"""`codetriever/context`: what a reader needs around some lines, cut to a budget of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codetriever_lsp.engine.ipc.messages import Context
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import work_done
from codetriever_lsp.server.message_types import CONTEXT
from codetriever_lsp.server.payloads import ContextParams, ContextResult

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = CONTEXT


async def handle(server: Server, params: ContextParams) -> ContextResult:
    await server.documents.flush()
    first, last = convert.lines_of(params.range)
    path = await server.session.locate(params.text_document.uri)
    with work_done(server, params.work_done_token, "Reading context"):
        return convert.context_result(
            await server.session.call(Context(path, first, last, params.max_tokens)), server.view
        )
