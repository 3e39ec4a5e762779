"""Embeddings by content, for all folders of an engine: what was embedded once is never embedded
again.

A cache in the strict sense: everything that goes wrong with it is a miss. Each entry carries a
checksum, so that damage is a miss as well. Entries go by age when there are too many.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import aiosqlite

from codetriever_lsp.errors import StoreError
from codetriever_lsp.store.cache_layout import embeddings_path, private_file

__all__ = ["EmbeddingCache", "EmbeddingReader"]

log = logging.getLogger(__name__)

_VERSION = 1
_TABLE = """
    CREATE TABLE embeddings (
        row INTEGER PRIMARY KEY, model TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE (model, digest)
    );
"""
_GET = "SELECT digest, vector FROM embeddings WHERE model = ? AND digest IN ({})"
_BATCH = 500  # SQLite of before 2020 takes 999 placeholders
_PUT = "INSERT OR IGNORE INTO embeddings (model, digest, vector) VALUES (?, ?, ?)"
_SUM_BYTES = 4
_SUFFIXES = ("", "-wal", "-shm")


class EmbeddingReader:
    """Reads the cache from any process or thread; needs no event loop and never writes. A missing
    or damaged file is a miss.
    """

    def __init__(self, cache_dir: Path) -> None:
        self._file = embeddings_path(cache_dir)
        self._connection: sqlite3.Connection | None = None

    def get(self, model: str, digests: Iterable[bytes]) -> dict[bytes, bytes]:
        """The embeddings (float16, little-endian) that are known for these digests under the
        model's fingerprint.
        """
        wanted = list(digests)
        if not wanted:
            return {}
        try:
            rows = [
                row
                for start in range(0, len(wanted), _BATCH)
                for row in self._rows(model, wanted[start : start + _BATCH])
            ]
        except sqlite3.Error as error:
            log.debug("embedding cache: %s", error)
            self.close()
            return {}
        return {digest: vector for digest, stored in rows if (vector := _unseal(digest, stored))}

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _rows(self, model: str, digests: Sequence[bytes]) -> list[tuple[bytes, object]]:
        query = _GET.format(",".join("?" * len(digests)))
        return self._open().execute(query, (model, *digests)).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"{self._file.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=1.0, isolation_level=None, check_same_thread=False
            )
        return self._connection


class EmbeddingCache:
    """The writing side, one per engine. Never raises for what it could not keep: it logs once and
    goes on.
    """

    def __init__(self, cache_dir: Path, max_entries: int = 2_000_000) -> None:
        self._file = embeddings_path(cache_dir)
        self._max = max_entries
        self._connection: aiosqlite.Connection | None = None
        self._lock = asyncio.Lock()
        self._warned = False
        self.reader = EmbeddingReader(cache_dir)

    def get(self, model: str, digests: Iterable[bytes]) -> dict[bytes, bytes]:
        """As `EmbeddingReader.get`."""
        return self.reader.get(model, digests)

    async def put(self, model: str, items: Mapping[bytes, bytes]) -> None:
        """Keep embeddings (digest to float16 bytes) under the model's fingerprint, in one
        transaction.
        """
        if not items:
            return
        rows = [(model, digest, _seal(digest, vector)) for digest, vector in items.items()]
        async with self._lock:
            for attempt in range(2):
                try:
                    await self._write(rows)
                except sqlite3.Error as error:
                    await self._drop(error, discard=attempt == 0 and _is_damage(error))
                else:
                    return

    async def trim(self) -> int:
        """Let the oldest entries go beyond the limit; gives how many went."""
        async with self._lock:
            try:
                connection = await self._open()
                ((last, count),) = await connection.execute_fetchall(
                    "SELECT max(row), count(*) FROM embeddings"
                )
                if count <= self._max:
                    return 0
                await connection.execute(
                    "DELETE FROM embeddings WHERE row IN (SELECT row FROM embeddings ORDER BY row LIMIT ?)",
                    (count - self._max,),
                )
            except sqlite3.Error as error:
                await self._drop(error, discard=_is_damage(error))
                return 0
            log.debug("embedding cache trimmed up to row %s", last)
            return int(count - self._max)

    async def repair(self) -> str:
        """Look at all of the file, and delete it if it is damaged; says so, "" if it is not."""
        async with self._lock:
            if not self._bytes():
                return ""
            try:
                connection = await self._open()
                ((answer,), *_) = await connection.execute_fetchall("PRAGMA quick_check(1)")
            except sqlite3.Error as error:
                if not _is_damage(error):  # of another version, or busy
                    await self._drop(error, discard=False)
                    return ""
                answer = str(error)
            if answer == "ok":
                return ""
            await self._drop(sqlite3.DatabaseError(answer), discard=True)
            return f"the embeddings were damaged and are made again as they are needed: {answer}"

    async def clear(self) -> int:
        """Forget everything; gives the bytes that this freed."""
        async with self._lock:
            before = self._bytes()
            if not before:
                return 0
            try:
                connection = await self._open()
                await connection.execute("DELETE FROM embeddings")
                await connection.execute("VACUUM")
                await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                await self._drop(error, discard=_is_damage(error))
            return max(0, before - self._bytes())

    def _bytes(self) -> int:
        size = 0
        for suffix in _SUFFIXES:
            with contextlib.suppress(OSError):
                size += self._file.with_name(self._file.name + suffix).stat().st_size
        return size

    async def close(self) -> None:
        self.reader.close()
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    await connection.close()

    async def _write(self, rows: list[tuple[str, bytes, bytes]]) -> None:
        connection = await self._open()
        await connection.execute("BEGIN IMMEDIATE")
        try:
            await connection.executemany(_PUT, rows)
            await connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                await connection.rollback()
            raise

    async def _open(self) -> aiosqlite.Connection:
        if self._connection is None:
            with contextlib.suppress(StoreError):  # what is wrong, SQLite will say
                private_file(self._file)
            connection = await aiosqlite.connect(self._file, isolation_level=None, timeout=5.0)
            try:
                await connection.executescript(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;"
                )
                ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
                if version == 0:
                    await connection.executescript(
                        f"BEGIN IMMEDIATE; {_TABLE} PRAGMA user_version={_VERSION}; COMMIT;"
                    )
                elif version != _VERSION:
                    raise sqlite3.NotSupportedError(f"it has version {version}")
            except BaseException:
                await connection.close()
                raise
            self._connection = connection
        return self._connection

    async def _drop(self, error: sqlite3.Error, *, discard: bool) -> None:
        """After an error: the next use opens anew; a damaged file is deleted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                await connection.close()
        if discard:
            self.reader.close()
            for suffix in _SUFFIXES:
                with contextlib.suppress(OSError):
                    self._file.with_name(self._file.name + suffix).unlink()
        if not self._warned:
            self._warned = True
            log.warning(
                "the embedding cache %s cannot be used (%s); texts are embedded again",
                self._file,
                error,
            )


def _seal(digest: bytes, vector: bytes) -> bytes:
    return vector + zlib.crc32(vector, zlib.crc32(digest)).to_bytes(_SUM_BYTES, "little")


def _unseal(digest: bytes, stored: object) -> bytes | None:
    if not isinstance(stored, bytes) or len(stored) <= _SUM_BYTES:
        return None
    vector = stored[:-_SUM_BYTES]
    return vector if _seal(digest, vector) == stored else None


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
    }
