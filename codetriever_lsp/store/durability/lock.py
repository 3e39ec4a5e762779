"""One process owns a store. The lock is ours, taken before a shard is touched: a second `load` of a
shard breaks the first.

The operating system releases the lock when its process dies, so a crash never leaves one behind.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import filelock
import msgspec

from codetriever_lsp.errors import StoreError, StoreLocked
from codetriever_lsp.platform.atomic_file import write_atomic

__all__ = ["StoreLock"]


class Owner(msgspec.Struct, frozen=True):
    pid: int
    name: str = ""


class StoreLock:
    """The exclusive right to the store in `folder`; taken by `acquire`, given back by `release`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "lock"
        self._note = folder / "owner.json"
        self._lock = filelock.FileLock(self._file, timeout=0, mode=0o600, thread_local=False)

    def acquire(self, name: str = "codetriever-lsp") -> None:
        """Take the lock or raise StoreLocked, saying who holds it; never waits."""
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise StoreLocked(
                f"The index in {self._file.parent} is in use by {self.owner()}."
            ) from error
        except OSError as error:
            raise StoreError(
                f"The index in {self._file.parent} cannot be locked: {error.strerror or error}."
            ) from error
        with contextlib.suppress(OSError):  # the note is for people; the lock holds without it
            write_atomic(self._note, msgspec.json.encode(Owner(os.getpid(), name)))

    def owner(self) -> str:
        """Who holds the lock, for a message."""
        try:
            owner = msgspec.json.decode(self._note.read_bytes(), type=Owner)
        except (OSError, msgspec.DecodeError):
            return "another process"
        return f"process {owner.pid} ({owner.name})" if owner.name else f"process {owner.pid}"

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        self._lock.release()
