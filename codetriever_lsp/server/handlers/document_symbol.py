"""`textDocument/documentSymbol`: the outline of one file, nested where the client can show that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp import model
from codetriever_lsp.engine.ipc.messages import Outline
from codetriever_lsp.errors import BadRequest
from codetriever_lsp.server import convert
from codetriever_lsp.server.handlers.progress import send_partial, work_done
from codetriever_lsp.server.payloads import DocumentSymbol, SymbolInformation

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["METHOD", "handle"]

METHOD = types.TEXT_DOCUMENT_DOCUMENT_SYMBOL


async def handle(
    server: Server, params: types.DocumentSymbolParams
) -> tuple[DocumentSymbol, ...] | tuple[SymbolInformation, ...] | None:
    """None for what is no file of a folder: editors ask for an outline of everything that they
    show.
    """
    if not server.session.folders:
        return None
    try:
        path = await server.session.locate(params.text_document.uri)
    except BadRequest:
        return None
    with work_done(server, params.work_done_token, "Reading the outline"):
        await server.documents.flush()
        outline: tuple[model.SymbolHit, ...] = await server.session.call(Outline(path))
        symbols: tuple[DocumentSymbol, ...] | tuple[SymbolInformation, ...]
        if server.supports("text_document.document_symbol.hierarchical_document_symbol_support"):
            symbols = convert.document_symbols(outline, server.view)
        else:
            symbols = tuple(convert.symbol_information(symbol, server.view) for symbol in outline)
        if params.partial_result_token is None:
            return symbols
        send_partial(server, params.partial_result_token, symbols)
        return ()
