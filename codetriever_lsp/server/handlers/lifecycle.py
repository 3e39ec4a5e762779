"""The first and the last messages of a conversation. `initialize` is answered at once; everything
slow begins after it.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import JsonRpcException

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc.messages import Warned
from codetriever_lsp.errors import BadRequest, CodetrieverError
from codetriever_lsp.server import parent_watch
from codetriever_lsp.server.bounded_wait import within
from codetriever_lsp.server.capabilities import server_capabilities
from codetriever_lsp.server.convert import path_of, uri_of

if TYPE_CHECKING:
    from codetriever_lsp.server.app import Server

__all__ = ["folder_paths", "initialize", "initialized", "pull_settings", "shutdown"]

SECTION = "codetriever"
"""The section of the client's settings that is ours."""

CLOSE_TIMEOUT = 2.0
"""Seconds that the engine connection has to close at `shutdown`."""

SETTINGS_TIMEOUT = 3.0
"""Seconds that a client has to tell its settings before the index is opened without them."""

_log = logging.getLogger(__name__)


def initialize(server: Server, params: types.InitializeParams) -> types.InitializeResult:
    """Agree on an encoding, take settings and folders, answer. Nothing is opened and no disk is
    touched here.
    """
    options = (
        params.initialization_options if isinstance(params.initialization_options, Mapping) else {}
    )
    if server.token and not hmac.compare_digest(
        server.token.encode(), str(options.get("token", "")).encode()
    ):
        raise BadRequest(
            "initializationOptions.token is not the token that this server was started with"
        )
    server.protocol.client_capabilities = params.capabilities
    encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
    server.view.encoding = server.documents.encoding = types.PositionEncodingKind(encoding).value
    server.notices.shows_progress = server.supports("window.work_done_progress")
    server.configure_engine(options)
    server.configure_index(options, initial=True)
    server.session.folders.add(folder_paths(_folder_uris(params)))
    if params.process_id is not None and parent_watch.visible(params.process_id):
        server.protocol.spawn(
            parent_watch.watch(params.process_id, partial(server.protocol.end, 1)), "parent watch"
        )
    return types.InitializeResult(
        server_capabilities(
            params.capabilities, encoding, outline=options.get("documentSymbols") is not False
        ),
        types.ServerInfo(server.name, __version__),
    )


async def initialized(server: Server, _: Any) -> None:
    """Ask for the settings, open the index, and ask to be told about files."""
    if server.supports("workspace.configuration") and await pull_settings(server):
        server.session.refresh()  # a request may have opened the index in the meantime
    server.protocol.spawn(_register(server), "client/registerCapability")
    try:
        await server.session.ready()
    except CodetrieverError as error:
        server.notices.warn(Warned(f"codetriever: {error}"))


async def shutdown(server: Server, _: Any) -> None:
    """Leave the engine; what is in flight has been answered before."""
    await within(CLOSE_TIMEOUT, server.session.close(), "the connection to the engine")


async def pull_settings(server: Server) -> bool:
    """Ask the client for the workspace-scope settings; whether they changed anything."""
    items = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
    try:
        answer = await server.protocol.ask(types.WORKSPACE_CONFIGURATION, items, SETTINGS_TIMEOUT)
    except (TimeoutError, JsonRpcException) as error:
        _log.warning("the client did not tell its settings: %s", error or "no answer")
        return False
    first = answer[0] if isinstance(answer, list) and answer else None
    return server.configure_index(first) if isinstance(first, Mapping) else False


def folder_paths(uris: list[str]) -> list[str]:
    """The paths of those folders that are on disk; a virtual one is skipped and logged."""
    paths = []
    for uri in uris:
        try:
            paths.append(path_of(uri))
        except BadRequest as error:
            _log.warning("folder skipped: %s", error)
    return paths


def _folder_uris(params: types.InitializeParams) -> list[str]:
    if params.workspace_folders is not None:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    return [uri_of(params.root_path)] if params.root_path else []


async def _register(server: Server) -> None:
    """Only what the client said that it can register."""
    wanted: list[types.Registration] = []
    if server.supports("workspace.did_change_watched_files.dynamic_registration"):
        everything = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher("**/*")]
        )
        wanted.append(_registration(server, types.WORKSPACE_DID_CHANGE_WATCHED_FILES, everything))
    if server.supports("workspace.did_change_configuration.dynamic_registration"):
        section = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        wanted.append(_registration(server, types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
    if wanted:
        await server.protocol.ask(
            types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(wanted)
        )


def _registration(server: Server, method: str, options: object) -> types.Registration:
    return types.Registration(f"codetriever-{method}", method, server.protocol.plain(options))
