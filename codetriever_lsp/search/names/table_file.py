"""The names of an index in a file, so that an engine that starts need not read and sort them all.

The file is a list of parts: a table of all names, and behind it, as they came, tables of what
changed since, so that keeping them costs what changed. It is never the truth: whoever reads it
compares the marks of its files with those in the index, and what cannot be read, or was written by
another version, counts as missing. A part that is not whole ends the list.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.search.names.table import NameTable, StoredTable
from codetriever_lsp.store.sql.rows import SymbolMark

__all__ = ["FORMAT", "Kept", "append_names", "read_names", "write_names"]

FORMAT = 3
"""To be raised whenever a table that is made of the same definitions comes out different."""


class Kept(NamedTuple):
    """What a file holds: tables, the latest last, each with the paths that it speaks for instead of
    those before it; the marks of the files; where the first part ends, and the last, in bytes.
    """

    parts: list[tuple[NameTable, frozenset[str]]]
    marks: dict[str, SymbolMark]
    first: int
    end: int


class _Part(msgspec.Struct, frozen=True, array_like=True):
    paths: list[str]
    marks: dict[str, SymbolMark]
    table: StoredTable


_HEAD = f"codetriever names {FORMAT} {sys.byteorder}\n".encode()
_CHECK, _LENGTH = 4, 8
_DECODER = msgspec.msgpack.Decoder(_Part)


def write_names(file: Path, table: NameTable, marks: Mapping[str, SymbolMark]) -> int:
    """Keep a table with what its files were made of, and nothing else. -> where it ends. Raises
    OSError.
    """
    content = _HEAD + _encoded(table, marks, ())
    write_atomic(file, content)
    return len(content)


def append_names(
    file: Path, end: int, table: NameTable, marks: Mapping[str, SymbolMark], paths: Collection[str]
) -> int:
    """Keep, behind the part that ends there, that the definitions in `paths` are now those of this
    table.

    -> where it ends. Raises OSError.
    """
    content = _encoded(table, marks, paths)
    with file.open("r+b") as out:
        out.seek(end)
        out.truncate()
        out.write(content)
    return end + len(content)


def read_names(file: Path) -> Kept | None:
    """What was kept there; None if there is nothing of use."""
    try:
        content = memoryview(file.read_bytes())
    except OSError:
        return None
    if content[: len(_HEAD)] != _HEAD:
        return None
    kept, at = Kept([], {}, 0, 0), len(_HEAD)
    while (body := _body(content[at:])) is not None:
        try:
            part = _DECODER.decode(body)
            kept.parts.append((NameTable(part.table), frozenset(part.paths)))
        except (msgspec.MsgspecError, KeyError, ValueError):
            break
        for path in part.paths:
            kept.marks.pop(path, None)
        kept.marks.update(part.marks)
        at += _CHECK + _LENGTH + len(body)
        kept = kept._replace(first=kept.first or at, end=at)
    return kept if kept.parts else None


def _encoded(table: NameTable, marks: Mapping[str, SymbolMark], paths: Collection[str]) -> bytes:
    body = msgspec.msgpack.encode(_Part(sorted(paths), dict(marks), table.stored()))
    return b"".join(
        (zlib.crc32(body).to_bytes(_CHECK, "little"), len(body).to_bytes(_LENGTH, "little"), body)
    )


def _body(content: memoryview) -> memoryview | None:
    """Of the part that begins here; None if it is not whole."""
    behind = _CHECK + _LENGTH
    length = int.from_bytes(content[_CHECK:behind], "little")
    body = content[behind : behind + length]
    whole = len(body) == length > 0 and int.from_bytes(content[:_CHECK], "little") == zlib.crc32(
        body
    )
    return body if whole else None
