"""`textDocument/didOpen`, `didChange`, `didSave`, `didClose`: on the loop, in their order, without
waiting for the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.server.handlers.files import touch

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["did_change", "did_close", "did_open", "did_save"]


def did_open(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    server.documents.open(document.uri, document.version, document.text)


def did_change(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    document = params.text_document
    server.documents.change(document.uri, document.version, params.content_changes)


async def did_save(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    """The file is looked at once the engine has the text that was saved."""
    await server.documents.flush()
    await touch(server, [params.text_document.uri], saved=True)


def did_close(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    server.documents.close(params.text_document.uri)
