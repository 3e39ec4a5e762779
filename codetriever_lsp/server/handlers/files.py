"""Hints about files: `workspace/didChangeWatchedFiles`, `didCreateFiles`, `didRenameFiles`,
`didDeleteFiles`.

A hint never changes the index; it makes the engine look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types

from codetriever_lsp.engine.ipc.messages import Touch
from codetriever_lsp.errors import BadRequest

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["did_change_watched", "did_create", "did_delete", "did_rename", "touch"]


async def did_change_watched(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    await touch(server, (change.uri for change in params.changes))


async def did_create(server: Server, params: types.CreateFilesParams) -> None:
    await touch(server, (file.uri for file in params.files))


async def did_rename(server: Server, params: types.RenameFilesParams) -> None:
    await touch(server, (uri for file in params.files for uri in (file.old_uri, file.new_uri)))


async def did_delete(server: Server, params: types.DeleteFilesParams) -> None:
    await touch(server, (file.uri for file in params.files))


async def touch(server: Server, uris: Iterable[str], *, saved: bool = False) -> None:
    """Say that these may have changed; what is no file on disk is left out."""
    paths: dict[str, None] = {}
    for uri in uris:
        try:
            paths[await server.session.locate(uri)] = None
        except BadRequest:
            continue
    if paths:
        await server.session.call(Touch(tuple(paths), saved))
