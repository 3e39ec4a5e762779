"""Frames on a stream of bytes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from codetriever_lsp.platform.framing import FrameError, pack, read_frame, read_frame_blocking

MESSAGES = [{"a": 1}, "text", b"x" * 70_000]


async def _read_async(content: bytes, limit: int) -> list[bytes]:
    reader = asyncio.StreamReader()
    reader.feed_data(content)
    reader.feed_eof()
    bodies = []
    while (body := await read_frame(reader, limit)) is not None:
        bodies.append(body)
    return bodies


async def _read_blocking(content: bytes, limit: int) -> list[bytes]:
    file = io.BytesIO(content)
    bodies = []
    while (body := read_frame_blocking(file, limit)) is not None:
        bodies.append(body)
    return bodies


Read = Callable[[bytes, int], Awaitable[list[bytes]]]
both = pytest.mark.parametrize("read", [_read_async, _read_blocking])


def test_the_length_is_big_endian() -> None:
    assert pack("abc") == b"\0\0\0\4\xa3abc"


@both
async def test_frames_come_back_in_order(read: Read) -> None:
    bodies = await read(b"".join(map(pack, MESSAGES)), 100_000)
    assert [msgspec.msgpack.decode(body) for body in bodies] == MESSAGES


@both
async def test_an_empty_stream_has_no_frame(read: Read) -> None:
    assert await read(b"", 100) == []


@both
@pytest.mark.parametrize("length", range(1, 8))
async def test_a_stream_that_ends_within_a_frame_is_an_error(read: Read, length: int) -> None:
    with pytest.raises(FrameError, match="within a frame"):
        await read(pack("abc")[:length], 100)


@both
async def test_a_frame_over_the_limit_is_refused_before_it_is_read(read: Read) -> None:
    assert await read(pack("x" * 9), 10) == [msgspec.msgpack.encode("x" * 9)]
    with pytest.raises(FrameError, match="10 is the most"):
        await read(pack("x" * 10)[:4], 10)


def test_a_message_over_the_limit_is_not_packed() -> None:
    with pytest.raises(FrameError, match="of 11 bytes is too large"):
        pack("x" * 10, 10)
