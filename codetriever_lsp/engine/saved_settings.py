"""The index settings that a folder was last opened with, kept beside its index, so that a command
indexes as the editor did.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import msgspec

from codetriever_lsp.errors import BadRequest
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.store.cache_layout import StoreLocation

__all__ = ["bounded", "recall", "remember"]

log = logging.getLogger(__name__)


def recall(location: StoreLocation) -> IndexSettings:
    """The settings of the last opening; the defaults for a folder that was never opened."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_file(location).read_bytes(), type=IndexSettings)
    return IndexSettings()


def remember(location: StoreLocation, settings: IndexSettings) -> None:
    """Keep the settings. What cannot be written costs the next command its editor's settings,
    nothing more.
    """
    try:
        write_atomic(_file(location), msgspec.json.encode(settings))
    except OSError as error:
        log.warning("the settings of %s are not kept: %s", location.root, error)


def bounded(settings: IndexSettings, user: EngineSettings) -> IndexSettings:
    """`settings` within what the user allows: a workspace can only narrow. Raises BadRequest for a
    size that is none.
    """
    if settings.max_file_bytes < 1:
        raise BadRequest(f"maxFileBytes must be at least 1, not {settings.max_file_bytes}")
    return msgspec.structs.replace(
        settings, max_file_bytes=min(settings.max_file_bytes, user.largest_file_bytes)
    )


def _file(location: StoreLocation) -> Path:
    return location.path.parent / "settings.json"
