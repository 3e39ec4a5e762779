"""Where an engine lives: the names of its files in the cache directory, and the record by which
clients find it.

Every name carries the version of the package and of the protocol: two versions that share a cache
directory run an engine each and never see one another, so nobody has to shut an engine down for an
update. What they share, the stores, is guarded by locks of its own. The lock file stays when an
engine leaves: removing it would let two engines hold "the" lock.
"""

from __future__ import annotations

import contextlib
import io
import os
from hashlib import blake2b
from pathlib import Path

import msgspec

from codetriever_lsp import __version__
from codetriever_lsp.engine.ipc.messages import PROTOCOL
from codetriever_lsp.errors import EngineError
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.platform.private_dir import is_own, probe
from codetriever_lsp.settings import EngineSettings

__all__ = ["Place", "Record", "settings_digest"]

_TAIL = 16 * 1024


class Record(msgspec.Struct, frozen=True):
    """How to reach the running engine. `started` is in seconds since the epoch; `settings` is a
    `settings_digest`.
    """

    address: str
    token: str
    pid: int
    version: str
    protocol: int
    started: float
    settings: str


class Place:
    """The files of the engine of this version in one cache directory."""

    def __init__(self, cache_dir: str | Path) -> None:
        self.folder = Path(cache_dir).expanduser().absolute()
        self.stem = f"engine-{__version__}-{PROTOCOL}"
        self.lock = self.folder / f"{self.stem}.lock"
        self.log = self.folder / f"{self.stem}.log"
        self.record = self.folder / f"{self.stem}.json"

    def prepare(self) -> None:
        """Make the folder and see that it takes a file; raises EngineError that says what to do if
        it does not.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(self.open_log())
            probe(self.folder)
        except OSError as error:
            raise EngineError(
                f"The cache directory {self.folder} cannot be written ({error.strerror or error}). Make it writable, or name "
                "another one with the setting codetriever.cacheDir or the variable CODETRIEVER_CACHE_DIR."
            ) from error

    def open_log(self) -> int:
        """A descriptor that appends to the log, which only its owner can read."""
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def log_tail(self, start: int = 0, lines: int = 8) -> str:
        """The last lines of what was logged after byte `start`, for an error message; "" if nothing
        was.
        """
        try:
            with self.log.open("rb") as file:
                end = file.seek(0, io.SEEK_END)
                file.seek(max(start if start <= end else 0, end - _TAIL))
                text = file.read(_TAIL).decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def read(self) -> Record | None:
        """The record of the engine that runs or ran here; None where there is none, or one that is
        not to be trusted.
        """
        try:
            descriptor = os.open(self.record, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(descriptor, "rb") as file:
                if not is_own(os.fstat(file.fileno())):
                    return None
                record = msgspec.json.decode(file.read(65536), type=Record)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return record

    def write(self, record: Record) -> None:
        """Replace the record. Raises OSError."""
        write_atomic(self.record, msgspec.json.encode(record))

    def forget(self, token: str) -> None:
        """Remove the record if it is the one with this token."""
        record = self.read()
        if record is not None and record.token == token:
            with contextlib.suppress(OSError):
                self.record.unlink()


def settings_digest(settings: EngineSettings) -> str:
    """Equal for settings that give the same answers; where they are kept and for how long makes no
    difference.
    """
    told = msgspec.structs.replace(
        settings,
        cache_dir="",
        linger_s=0.0,
        log_level="info",
        threads=0,
        qdrant_api_key="",
        battery_saver=True,
    )
    return blake2b(msgspec.json.encode(told), digest_size=8).hexdigest()
