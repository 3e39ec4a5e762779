"""Messages out of bytes: the `Content-Length` framing of LSP, without IO."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MAX_BODY", "FrameError", "Frames", "frame"]

MAX_BODY = 256 * 2**20
"""Bytes of a body that are accepted. A longer one is skipped, not stored."""

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,12})[ \t]*", re.IGNORECASE)
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*[ \t]*:.*")
_MAX_HEADER = 16 * 2**10


class FrameError(Exception):
    """What arrives is no LSP framing."""


class Frames:
    """Feed bytes, get the bodies that they complete; None for one that was too long and has been
    skipped.

    With `strict`, a line that is no header raises FrameError (an HTTP request sent at a port, above
    all); without, it is passed over, so that a stray line in front of a message does not cost the
    connection.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._buffer = bytearray()
        self._length: int | None = None  # of the headers being read
        self._body: int | None = None  # of the body being read
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        self._buffer += data
        while True:
            if self._skip:
                dropped = min(self._skip, len(self._buffer))
                del self._buffer[:dropped]
                self._skip -= dropped
                if self._skip:
                    return
                yield None
            elif self._body is not None:
                if len(self._buffer) < self._body:
                    return
                body = bytes(self._buffer[: self._body])
                del self._buffer[: self._body]
                self._body = None
                yield body
            elif not self._header():
                return

    def _header(self) -> bool:
        """Take one header line; False if it is not complete yet."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEADER:
                self._refuse()
                self._buffer.clear()
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if found := _LENGTH.fullmatch(line):
            self._length = int(found[1])
        elif not line:
            self._begin_body()
        elif not _HEADER.fullmatch(line):
            self._refuse()
        return True

    def _begin_body(self) -> None:
        length, self._length = self._length, None
        if length is None:
            return
        if length > MAX_BODY:
            self._skip = length
        else:
            self._body = length

    def _refuse(self) -> None:
        if self._strict:
            raise FrameError("this is not the framing of a language client")


def frame(body: bytes) -> bytes:
    """A body with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
