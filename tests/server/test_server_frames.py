"""Messages out of bytes, however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codetriever_lsp.server.jsonrpc import content_length
from codetriever_lsp.server.jsonrpc.content_length import FrameError, Frames, frame


@given(
    bodies=st.lists(st.binary(max_size=40), max_size=6),
    cuts=st.lists(st.integers(1, 30), min_size=1, max_size=60),
)
def test_any_cut_gives_the_same_bodies(bodies: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(frame, bodies))
    reader, got = Frames(strict=True), []
    while data:
        size = cuts[len(got) % len(cuts)]
        got += list(reader.feed(data[:size]))
        data = data[size:]
    assert got == bodies


@pytest.mark.parametrize(
    "noise",
    [
        b"hello\r\n",
        b"\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999999999999\r\n\r\n",
        b"X: y\r\n\r\n",
        b"\x00\xff\n",
    ],
)
def test_noise_before_a_message_is_passed_over(noise: bytes) -> None:
    assert list(Frames().feed(noise + frame(b"{}"))) == [b"{}"]


@pytest.mark.parametrize(
    "header", [b"content-length:2\n\n", b"Content-Type: a\r\nContent-Length : 2 \r\n\r\n"]
)
def test_headers_are_read_generously(header: bytes) -> None:
    assert list(Frames(strict=True).feed(header + b"{}")) == [b"{}"]


def test_a_body_that_is_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_length, "MAX_BODY", 10)
    reader = Frames()
    assert list(reader.feed(b"Content-Length: 20\r\n\r\n" + b"x" * 5)) == []
    assert list(reader.feed(b"x" * 15 + frame(b"{}"))) == [None, b"{}"]


def test_a_line_without_end_does_not_grow() -> None:
    reader = Frames()
    for _ in range(100):
        assert list(reader.feed(b"x" * 10_000)) == []
    assert len(reader._buffer) < 30_000
    assert list(reader.feed(b"\r\n" + frame(b"{}"))) == [b"{}"]


@pytest.mark.parametrize("data", [b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", b"x" * 20_000])
def test_a_port_refuses_other_protocols(data: bytes) -> None:
    with pytest.raises(FrameError):
        list(Frames(strict=True).feed(data))
