"""The server object of one conversation: what its handlers share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc.messages import Warned
from codetriever_lsp.errors import SettingsError
from codetriever_lsp.server import handlers
from codetriever_lsp.server.capabilities import announced
from codetriever_lsp.server.convert import View
from codetriever_lsp.server.documents import Documents
from codetriever_lsp.server.jsonrpc.rpc import Protocol
from codetriever_lsp.server.message_types import converter
from codetriever_lsp.server.notifications import Notices
from codetriever_lsp.server.session import EngineFactory, Session, connect_engine
from codetriever_lsp.settings import (
    EngineSettings,
    IndexSettings,
    default_cache_dir,
    load_engine_settings,
    merge,
)

__all__ = ["NAME", "Server"]

NAME = "codetriever-lsp"

_log = logging.getLogger(__name__)


class Server(LanguageServer):
    """Made on the running event loop, for one client. Handlers convert and ask `session`; they hold
    no state.
    """

    protocol: Protocol

    def __init__(self, engine: EngineFactory = connect_engine) -> None:
        super().__init__(NAME, __version__, protocol_cls=Protocol, converter_factory=converter)
        self.notices = Notices(self.protocol)
        self.session = Session(engine, self.notices.take)
        self.documents = Documents(self.session)
        self.view = View(client_path=self.session.folders.to_client)
        self._initial_index = IndexSettings()
        self.token = ""
        """What a client must name in `initializationOptions.token`, where the server listens on a
        port."""
        handlers.register(self)

    def supports(self, feature: str) -> bool:
        """Whether the client announced `feature` (a dotted path in snake_case)."""
        return announced(self.client_capabilities, feature)

    def configure_engine(self, options: Mapping[str, Any]) -> None:
        """User scope: only what the client says in `initialize`, never what comes out of a
        workspace's settings file.
        """
        try:
            self.session.engine_settings = load_engine_settings(options)
        except SettingsError as error:
            self._complain(error)
            self.session.engine_settings = EngineSettings(cache_dir=default_cache_dir())

    def configure_index(self, options: Mapping[str, Any], *, initial: bool = False) -> bool:
        """Workspace scope, over what `initialize` said; whether it changed anything."""
        try:
            settings = merge(
                IndexSettings() if initial else self._initial_index, options, "editor settings"
            )
        except SettingsError as error:
            self._complain(error)
            return False
        if initial:
            self._initial_index = settings
        changed = settings != self.session.index_settings
        self.session.index_settings = settings
        return changed

    async def close(self) -> None:
        """End everything that belongs to this conversation."""
        self.notices.close()
        self.documents.stop()
        await self.protocol.cancel_all()
        await self.session.close()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Nothing pops up: whoever asked gets an error reply, the rest is in the log."""
        _log.warning("%s: %s", getattr(source, "__name__", source), error)

    def _complain(self, error: SettingsError) -> None:
        _log.warning("%s", error)
        self.notices.warn(Warned(f"codetriever: {error}"))

    @property
    def client_capabilities(self) -> types.ClientCapabilities:
        """What the client announced; nothing before `initialize`."""
        return getattr(self.protocol, "client_capabilities", types.ClientCapabilities())
