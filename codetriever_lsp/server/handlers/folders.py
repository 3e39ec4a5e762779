"""`workspace/didChangeWorkspaceFolders`: roots come and go while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.server.handlers.lifecycle import folder_paths

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["did_change"]


def did_change(server: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Both lists take effect before the next message is handled, and before anything else is asked
    of the engine.
    """
    folders = server.session.folders
    removed = folders.remove(folder_paths([folder.uri for folder in params.event.removed]))
    added = folders.add(folder_paths([folder.uri for folder in params.event.added]))
    if removed or added:
        server.session.refresh()
