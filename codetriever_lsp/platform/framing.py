"""Frames on a stream of bytes: the length (4 bytes, big-endian), then that many bytes of
msgpack.
"""

from __future__ import annotations

import asyncio
from typing import BinaryIO

import msgspec

__all__ = ["FrameError", "pack", "read_frame", "read_frame_blocking"]

_HEAD = 4
_MOST = 2 ** (8 * _HEAD) - 1
_ENDED = "The stream ended within a frame."


class FrameError(Exception):
    """A frame is larger than its limit, or the stream ended within it."""


def pack(message: object, limit: int = _MOST) -> bytes:
    """The frame of `message`. Raises FrameError over `limit` bytes, UnicodeEncodeError on a lone
    surrogate.
    """
    body = msgspec.msgpack.encode(message)
    return _checked(len(body), limit).to_bytes(_HEAD, "big") + body


async def read_frame(reader: asyncio.StreamReader, limit: int = _MOST) -> bytes | None:
    """The body of the next frame; None at the end of the stream.

    Raises FrameError, and OSError when the connection breaks.
    """
    head = b""
    try:
        head = await reader.readexactly(_HEAD)
        return await reader.readexactly(_size(head, limit))
    except asyncio.IncompleteReadError as error:
        if not head and not error.partial:
            return None
        raise FrameError(_ENDED) from error


def read_frame_blocking(file: BinaryIO, limit: int = _MOST) -> bytes | None:
    """`read_frame` for a buffered file."""
    head = file.read(_HEAD)
    if not head:
        return None
    if len(head) == _HEAD:
        size = _size(head, limit)
        body = file.read(size)
        if len(body) == size:
            return body
    raise FrameError(_ENDED)


def _size(head: bytes, limit: int) -> int:
    return _checked(int.from_bytes(head, "big"), limit)


def _checked(size: int, limit: int) -> int:
    if size > limit:
        raise FrameError(f"A frame of {size} bytes is too large; {limit} is the most.")
    return size
