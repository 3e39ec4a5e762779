"""The names of an index in a file, so that an engine that starts need not read and sort them all.

It is never the truth: whoever reads it compares the marks of its files with those in the index, and what cannot be read, or
was written by another version, counts as missing.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from codetriever_lsp.search.name_table import NameTable, StoredTable
from codetriever_lsp.store.location import replace_file
from codetriever_lsp.store.rows import SymbolMark

__all__ = ["FORMAT", "read_names", "write_names"]

FORMAT = 2
"""To be raised whenever a table that is made of the same definitions comes out different."""


class _File(msgspec.Struct, frozen=True, array_like=True):
    marks: dict[str, SymbolMark]
    table: StoredTable


_HEAD = f"codetriever names {FORMAT} {sys.byteorder}\n".encode()
_DECODER = msgspec.msgpack.Decoder(_File)


def write_names(file: Path, table: NameTable, marks: Mapping[str, SymbolMark]) -> None:
    """Keep a table with what its files were made of. Raises OSError or StoreError."""
    body = msgspec.msgpack.encode(_File(dict(marks), table.stored()))
    replace_file(file, b"".join((_HEAD, zlib.crc32(body).to_bytes(4, "little"), body)))


def read_names(file: Path) -> tuple[NameTable, dict[str, SymbolMark]] | None:
    """What was kept there; None if there is nothing of use."""
    try:
        content = memoryview(file.read_bytes())
    except OSError:
        return None
    head, check, body = content[: len(_HEAD)], content[len(_HEAD) : len(_HEAD) + 4], content[len(_HEAD) + 4 :]
    if head != _HEAD or int.from_bytes(check, "little") != zlib.crc32(body):
        return None
    try:
        kept = _DECODER.decode(body)
        return NameTable(kept.table), kept.marks
    except (msgspec.MsgspecError, KeyError, ValueError):
        return None
