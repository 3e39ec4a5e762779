"""Where an engine lives whose cache directory cannot be written: a private temporary folder, gone
when the engine is.

Its name follows from the cache directory, so that all front ends of a user find the same engine in
it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from hashlib import blake2b
from pathlib import Path

import msgspec

from codetriever_lsp.engine.ipc.endpoint import Place, Record
from codetriever_lsp.errors import EngineError
from codetriever_lsp.platform.private_dir import make_private_dir
from codetriever_lsp.settings import EngineSettings

__all__ = ["leave_refuge", "record_in_refuge", "refuge_problem", "shelter", "warning"]

_PREFIX = "codetriever-refuge-"


def shelter(settings: EngineSettings) -> EngineSettings:
    """`settings` as they are if their cache directory can be written, else with the refuge in its
    place.

    Raises EngineError that says why the cache directory cannot be written if there is no refuge
    either.
    """
    try:
        Place(settings.cache_dir).prepare()
    except EngineError as error:
        refuge = _refuge_of(settings.cache_dir)
        try:
            make_private_dir(refuge, own=True)
            Place(refuge).prepare()
        except (EngineError, OSError):
            raise error from None
        return msgspec.structs.replace(settings, cache_dir=str(refuge))
    return settings


def record_in_refuge(cache_dir: str) -> Record | None:
    """The record of the engine that lives in the refuge of this cache directory; None where there
    is none.
    """
    return Place(_refuge_of(cache_dir)).read()


def warning(cache_dir: str) -> str:
    """What a front end tells when its engine lives in the refuge of this cache directory."""
    try:
        Place(cache_dir).prepare()
    except EngineError as error:
        why = str(error)
    else:
        why = f"The cache directory {cache_dir} could not be written when the engine was started."
    return f"{why} Until then the index is kept in {_refuge_of(cache_dir)} and is gone when the engine is."


def refuge_problem(folder: Path) -> str:
    """What the status of an engine says whose cache directory is `folder`; "" if that is no
    refuge.
    """
    if not _is_refuge(folder):
        return ""
    return f"The cache directory cannot be written, so the index is kept in {folder} and is gone when the engine is."


def leave_refuge(folder: Path) -> None:
    """Delete the folder if it is a refuge. To be called by the engine that owns it, when nothing in
    it is open any more.
    """
    if _is_refuge(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _is_refuge(folder: Path) -> bool:
    return folder.name.startswith(_PREFIX)


def _refuge_of(cache_dir: str) -> Path:
    user = (
        os.geteuid() if os.name == "posix" else ""
    )  # elsewhere the temporary folder is the user's own
    key = f"{user}\0{Place(cache_dir).folder}"
    digest = blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()).absolute() / f"{_PREFIX}{digest}"
