"""The SQLite side of the store: tables, versions, connections, and what its errors mean."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt, StoreError, StoreTooNew
from codetriever_lsp.store.cache_layout import private_file

__all__ = [
    "MIGRATIONS",
    "connect_reader",
    "connect_writer",
    "migrate",
    "refuse_newer",
    "refuse_other",
    "sqlite_errors",
]

APPLICATION_ID = 0x43545652  # "CTVR"

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE files (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL, language TEXT NOT NULL, lines INTEGER NOT NULL, chunks INTEGER NOT NULL,
        symbols INTEGER NOT NULL, problems TEXT NOT NULL, point BLOB NOT NULL
    );
    CREATE TABLE chunks (
        row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, file INTEGER NOT NULL, ordinal INTEGER NOT NULL,
        point BLOB NOT NULL, digest BLOB NOT NULL, shape TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        container TEXT NOT NULL, symbol INTEGER NOT NULL, lines INTEGER NOT NULL,
        span BLOB NOT NULL, text TEXT NOT NULL
    );
    CREATE INDEX chunks_by_file ON chunks (file, ordinal);
    CREATE TABLE symbols (
        id INTEGER PRIMARY KEY AUTOINCREMENT, file INTEGER NOT NULL, ordinal INTEGER NOT NULL, chunk INTEGER NOT NULL,
        name TEXT NOT NULL, kind TEXT NOT NULL, container TEXT NOT NULL, signature TEXT NOT NULL,
        span BLOB NOT NULL, selection BLOB NOT NULL
    );
    CREATE INDEX symbols_by_file ON symbols (file, ordinal);
    CREATE TABLE journal (file INTEGER PRIMARY KEY);
    """,
    """
    CREATE TABLE chunks_2 (
        row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, file INTEGER NOT NULL, ordinal INTEGER NOT NULL,
        point BLOB NOT NULL, digest BLOB NOT NULL, shape TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        container TEXT NOT NULL, symbol INTEGER NOT NULL, lines INTEGER NOT NULL, mentions BLOB NOT NULL,
        span BLOB NOT NULL, text TEXT NOT NULL
    );
    INSERT INTO chunks_2 SELECT row, id, file, ordinal, point, digest, shape, kind, name, container, symbol, lines, x'', span,
        text FROM chunks;
    DROP TABLE chunks;
    ALTER TABLE chunks_2 RENAME TO chunks;
    CREATE INDEX chunks_by_file ON chunks (file, ordinal);
    CREATE INDEX symbols_by_chunk ON symbols (chunk);
    """,
    """
    CREATE TABLE chunks_3 (
        row INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, file INTEGER NOT NULL, ordinal INTEGER NOT NULL,
        point BLOB NOT NULL, digest BLOB NOT NULL, shape TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        container TEXT NOT NULL, symbol INTEGER NOT NULL, lines INTEGER NOT NULL, mentions BLOB NOT NULL,
        written REAL NOT NULL, test INTEGER NOT NULL, span BLOB NOT NULL, text TEXT NOT NULL
    );
    INSERT INTO chunks_3 SELECT row, id, file, ordinal, point, digest, shape, kind, name, container, symbol, lines, mentions,
        0, 0, span, text FROM chunks;
    DROP TABLE chunks;
    ALTER TABLE chunks_3 RENAME TO chunks;
    CREATE INDEX chunks_by_file ON chunks (file, ordinal);
    """,
)
"""Step n brings a manifest of version n to n + 1. Never change one that was released: add the next.

`point` is a fingerprint of what the row's point holds besides its embedding. Rows of `chunks` are
numbered as they come, so that text is appended; a random id as the row number would rewrite a page
for each. `journal` names files with points that were replaced in place since the vectors were last
brought to the disk: after a crash these are indexed again. """

_BUSY_S = 10.0
_CORRUPT = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
}
_PRAGMAS = "PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
_HEADER_VERSION = slice(60, 64)


def refuse_newer(file: Path) -> None:
    """Raises StoreTooNew if a newer version wrote `file`. Reads the header only, so that nothing is
    touched.
    """
    if (version := _version_of(file)) is not None:
        _refuse(file, version)


def refuse_other(file: Path) -> None:
    """Raises StoreError unless `file` has just this version: what an older one wrote is migrated
    only to be written on.
    """
    version = _version_of(file)
    if version != len(MIGRATIONS):
        raise StoreError(f"{file} has version {version}, not {len(MIGRATIONS)}.")


def _version_of(file: Path) -> int | None:
    """What the header says; None for no manifest."""
    try:
        with file.open("rb") as stream:
            header = stream.read(100)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"{file} cannot be read: {error.strerror}. Make it readable, or delete its folder."
        ) from error
    return (
        int.from_bytes(header[_HEADER_VERSION], "big")
        if header.startswith(b"SQLite format 3\0")
        else None
    )


async def connect_writer(file: Path) -> aiosqlite.Connection:
    """The one connection that writes, in write-ahead mode; transactions are explicit. The tables
    are brought up to date.
    """
    private_file(file)
    with sqlite_errors(file):
        connection = await aiosqlite.connect(file, isolation_level=None, timeout=_BUSY_S)
        try:
            await connection.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_PRAGMAS}"
            )
            await migrate(connection, file)
        except BaseException:
            await connection.close()
            raise
        return connection


async def connect_reader(file: Path) -> aiosqlite.Connection:
    """A connection that cannot write."""
    with sqlite_errors(file):
        connection = await aiosqlite.connect(
            _read_only(file), uri=True, isolation_level=None, timeout=_BUSY_S
        )
        try:
            await connection.executescript(f"PRAGMA query_only=1; {_PRAGMAS}")
        except BaseException:
            await connection.close()
            raise
        return connection


async def migrate(connection: aiosqlite.Connection, file: Path) -> None:
    """Bring the tables to the newest version, in one transaction per step."""
    ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
    _refuse(file, version)
    for step in range(version, len(MIGRATIONS)):
        pragmas = f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={step + 1};"
        await connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[step]} {pragmas} COMMIT;")


def _read_only(file: Path) -> str:
    return f"{file.absolute().as_uri()}?mode=ro"


def _refuse(file: Path, version: int) -> None:
    if version > len(MIGRATIONS):
        raise StoreTooNew(
            f"A newer version of codetriever-lsp wrote {file.parent}; it is left untouched. "
            "Update codetriever-lsp, or choose another folder with the setting cacheDir."
        )


@contextlib.contextmanager
def sqlite_errors(file: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: damage into StoreCorrupt; a full disk, a lock, missing rights
    into StoreError.
    """
    try:
        yield
    except CodetrieverError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        short = code == sqlite3.SQLITE_IOERR_SHORT_READ
        if short or code is None or code & 0xFF in _CORRUPT or not file.exists():
            raise StoreCorrupt(f"the manifest {file} cannot be used: {error}") from error
        raise StoreError(f"The index in {file.parent} cannot be used now: {error}.") from error
