"""Every error that codetriever-lsp raises on purpose.

    CodetrieverError
    ├── BadRequest            what was asked for makes no sense; the message says what would
    ├── NotReady              asked before the engine or the folder was open, or after it was closed
    ├── Cancelled             the caller gave up on the request
    ├── SettingsError         a setting has a value that cannot be used
    ├── ModelError            the embedding model cannot be loaded or gave unusable numbers
    ├── StoreError            the index on disk cannot be used
    │   ├── StoreLocked       another process owns it
    │   ├── StoreCorrupt      it does not hold what it must; a rebuild is the answer
    │   └── StoreTooNew       a newer version wrote it; it is left untouched
    └── EngineError           the engine process cannot be reached or started
        └── VersionMismatch   an engine of another version owns the cache directory

A source file that cannot be read, decoded or parsed is no error: it is a value with problems.
Messages are written for the person at the editor: what is wrong, and what to do.
"""

from __future__ import annotations

__all__ = [
    "BadRequest",
    "Cancelled",
    "CodetrieverError",
    "EngineError",
    "ModelError",
    "NotReady",
    "SettingsError",
    "StoreCorrupt",
    "StoreError",
    "StoreLocked",
    "StoreTooNew",
    "VersionMismatch",
    "by_name",
]


class CodetrieverError(Exception):
    """Base of all errors raised on purpose."""


class BadRequest(CodetrieverError):
    """The request cannot be meant as it is written."""


class NotReady(CodetrieverError):
    """The engine, or the folder asked about, is not open."""


class Cancelled(CodetrieverError):
    """The caller cancelled the request."""


class SettingsError(CodetrieverError):
    """A setting has a value that cannot be used."""


class ModelError(CodetrieverError):
    """The embedding model cannot be loaded, or it gave numbers that are not finite."""


class StoreError(CodetrieverError):
    """The index on disk cannot be used."""


class StoreLocked(StoreError):
    """Another process owns the store."""


class StoreCorrupt(StoreError):
    """The store does not hold what it must hold."""


class StoreTooNew(StoreError):
    """A newer version of codetriever-lsp wrote the store."""


class EngineError(CodetrieverError):
    """The engine process cannot be reached or started."""


class VersionMismatch(EngineError):
    """An engine of another version owns the cache directory."""


def by_name(name: str) -> type[CodetrieverError]:
    """The class that an error of another process was raised as; the base class for an unknown
    name.
    """
    found = globals().get(name)
    return (
        found
        if isinstance(found, type) and issubclass(found, CodetrieverError)
        else CodetrieverError
    )
