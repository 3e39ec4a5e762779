"""One file per request. A handler gets the server and the parameters, converts, asks the engine,
converts back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codetriever_lsp.server.handlers import (
    code_action,
    commands,
    configuration,
    context,
    document_symbol,
    documents,
    files,
    folders,
    lifecycle,
    reindex,
    search,
    similar,
    status,
    sync,
    workspace_symbol,
)

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["HANDLERS", "register"]

HANDLERS: dict[str, Callable[..., Any]] = {
    types.INITIALIZE: lifecycle.initialize,
    types.INITIALIZED: lifecycle.initialized,
    types.SHUTDOWN: lifecycle.shutdown,
    search.METHOD: search.handle,
    similar.METHOD: similar.handle,
    context.METHOD: context.handle,
    status.METHOD: status.handle,
    reindex.METHOD: reindex.handle,
    sync.METHOD: sync.handle,
    workspace_symbol.METHOD: workspace_symbol.handle,
    types.WORKSPACE_SYMBOL_RESOLVE: workspace_symbol.resolve,
    document_symbol.METHOD: document_symbol.handle,
    code_action.METHOD: code_action.handle,
    commands.METHOD: commands.handle,
    types.TEXT_DOCUMENT_DID_OPEN: documents.did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: documents.did_change,
    types.TEXT_DOCUMENT_DID_SAVE: documents.did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: documents.did_close,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: files.did_change_watched,
    types.WORKSPACE_DID_CREATE_FILES: files.did_create,
    types.WORKSPACE_DID_RENAME_FILES: files.did_rename,
    types.WORKSPACE_DID_DELETE_FILES: files.did_delete,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: folders.did_change,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: configuration.did_change,
}
"""Every method that this server knows. `exit` and `$/cancelRequest` belong to `rpc`."""


def register(server: Server) -> None:
    """Bind each handler to the server here: pygls drops the server argument of a handler whose type
    hints it cannot resolve.
    """
    for method, handle in HANDLERS.items():
        server.feature(method)(partial(handle, server))
