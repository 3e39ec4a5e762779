"""Knowing on opening whether a store is what it was when it was closed, and not dying again and
again of the same damage.

A clean close leaves a seal: sizes and checksums of all files. It is removed before anything is
written, so a store without a seal was not closed cleanly, and one with a seal that does not fit was
damaged. An engine that aborts while it opens a damaged shard cannot report it: `opening` counts the
attempts that did not come to an end.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from codetriever_lsp.errors import StoreCorrupt
from codetriever_lsp.platform.atomic_file import write_atomic
from codetriever_lsp.store.cache_layout import StoreLocation

__all__ = [
    "begin_opening",
    "break_seal",
    "doubt",
    "end_opening",
    "give_up_opening",
    "is_sealed",
    "seal",
]

_MAX_ATTEMPTS = 3
"""What kills an engine twice while it opens need not be the store: a user can, or a system short of
memory."""
_BUDGET = 1 << 30
_BLOCK = 1 << 18
_ZERO = bytes(_BLOCK)


class Seal(msgspec.Struct):
    """By path relative to the store: size and checksum (-1: not taken, there was too much)."""

    files: dict[str, tuple[int, int]]


def begin_opening(location: StoreLocation) -> None:
    """Count an attempt. Raises StoreCorrupt if the store is in doubt, or if earlier attempts did
    not end.
    """
    attempts = _attempts(location.path)
    if _doubt_file(location.path).exists():
        raise StoreCorrupt(
            _doubt_file(location.path).read_text(encoding="utf-8", errors="replace")[:300]
            or "marked as damaged"
        )
    if attempts >= _MAX_ATTEMPTS:
        raise StoreCorrupt(f"opening the store ended the process {attempts} times")
    write_atomic(_attempts_file(location.path), str(attempts + 1).encode())


def end_opening(location: StoreLocation) -> None:
    """The store is open and sound."""
    _attempts_file(location.path).unlink(missing_ok=True)
    _doubt_file(location.path).unlink(missing_ok=True)


def give_up_opening(location: StoreLocation) -> None:
    """The store did not open, and did not end the process either: that attempt is no sign of
    anything.
    """
    _attempts_file(location.path).unlink(missing_ok=True)


def doubt(location: StoreLocation, reason: str) -> None:
    """Damage was found while the store was in use: the next open builds it anew."""
    with contextlib.suppress(OSError):
        write_atomic(_doubt_file(location.path), reason.encode())
        break_seal(location)


def seal(location: StoreLocation) -> None:
    """Write the seal of a closed store. About 1 GB a second; beyond a gigabyte only sizes are
    taken.
    """
    left, files = _BUDGET, {}
    for name, path in _content(location):
        size = path.stat().st_size
        taken = min(size, getattr(path.stat(), "st_blocks", size) * 512)
        files[name] = (size, _checksum(path) if taken <= left else -1)
        left -= taken
    write_atomic(_seal_file(location.path), msgspec.json.encode(Seal(files)))


def is_sealed(location: StoreLocation) -> bool:
    """Whether the store was closed cleanly and is unchanged since. Raises StoreCorrupt if it was,
    and is changed.
    """
    file = _seal_file(location.path)
    try:
        sealed = msgspec.json.decode(file.read_bytes(), type=Seal).files
    except FileNotFoundError:
        return False
    except (OSError, msgspec.DecodeError) as error:
        raise StoreCorrupt(f"the seal of the store cannot be read: {error}") from error
    try:
        _compare(dict(_content(location)), sealed)
    except OSError as error:
        raise StoreCorrupt(f"a file of the store cannot be read: {error}") from error
    return True


def break_seal(location: StoreLocation) -> None:
    """To be called before anything is written."""
    _seal_file(location.path).unlink(missing_ok=True)


def _compare(content: Mapping[str, Path], sealed: Mapping[str, tuple[int, int]]) -> None:
    if content.keys() != sealed.keys():
        raise StoreCorrupt(
            f"files are missing or new: {sorted(content.keys() ^ sealed.keys())[:3]}"
        )
    for name, (size, checksum) in sealed.items():
        if content[name].stat().st_size != size or (
            checksum >= 0 and _checksum(content[name]) != checksum
        ):
            raise StoreCorrupt(f"{name} is not what it was when the store was closed")


def _content(location: StoreLocation) -> Iterator[tuple[str, Path]]:
    if location.manifest.exists():
        yield location.manifest.name, location.manifest
    for folder, _, names in os.walk(location.vectors):
        for name in names:
            path = Path(folder) / name
            yield path.relative_to(location.path).as_posix(), path


def _checksum(path: Path) -> int:
    """Of all blocks that are not zero, with their places: the holes of sparse files cost next to
    nothing.
    """
    value = 0
    with path.open("rb", buffering=0) as stream:
        end = os.fstat(stream.fileno()).st_size
        place = _next_data(stream.fileno(), 0)
        while place < end:
            stream.seek(place)
            block = stream.read(_BLOCK)
            if block.count(0) != len(block):
                value = zlib.crc32(
                    block.rstrip(b"\0"), zlib.crc32(place.to_bytes(8, "little"), value)
                )
            place = _next_data(stream.fileno(), place + _BLOCK)
    return value


def _next_data(descriptor: int, place: int) -> int:
    """The first block at or after `place` that can hold data."""
    if not hasattr(os, "SEEK_DATA"):
        return place
    try:
        return os.lseek(descriptor, place, os.SEEK_DATA) // _BLOCK * _BLOCK
    except OSError:  # no data after `place`
        return os.fstat(descriptor).st_size


def _attempts(folder: Path) -> int:
    try:
        return int(_attempts_file(folder).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _seal_file(folder: Path) -> Path:
    return folder / "seal.json"


def _attempts_file(folder: Path) -> Path:
    return folder / "opening"


def _doubt_file(folder: Path) -> Path:
    return folder / "doubt"
