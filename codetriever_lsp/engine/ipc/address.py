"""The private local socket: addresses, frames, and who may listen where.

An address is `unix:PATH` or `tcp:PORT` (loopback). Unix sockets lie in a folder that only their
owner can enter: `run` in the cache directory where the path fits into `sun_path`, otherwise under a
hashed name in the user's runtime directory or the temporary one. Where none of these works, and on
Windows, it is a loopback port; the engine's token keeps others out. Frames are those of
`platform/framing.py`, bounded; their faults are errors of `errors.py` here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import msgspec

from codetriever_lsp.engine.ipc.endpoint import Place
from codetriever_lsp.errors import BadRequest, EngineError
from codetriever_lsp.platform import framing
from codetriever_lsp.platform.framing import FrameError
from codetriever_lsp.platform.private_dir import make_private_dir

__all__ = ["MAX_FRAME", "Listener", "answers", "bind", "dial", "pack", "read_frame", "unpack"]

MAX_FRAME = 64 * 1024 * 1024
"""The most bytes that a frame may hold."""

_SUN_PATH = 100
"""Fits everywhere: macOS has 104 bytes, Linux 108, the closing zero included."""

_BUFFER = 1024 * 1024
_BACKLOG = 128
_UNIX = hasattr(socket, "AF_UNIX") and os.name == "posix"

T = TypeVar("T")


class Listener:
    """A listening socket with its address."""

    def __init__(self, sock: socket.socket, address: str) -> None:
        self.sock = sock
        self.address = address
        self._path = Path(address[5:]) if address.startswith("unix:") else None
        self._identity = _identity(self._path) if self._path else None

    async def serve(
        self, connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
    ) -> asyncio.Server:
        """Call `connected` with each connection."""
        if self._path:
            return await asyncio.start_unix_server(connected, sock=self.sock, limit=_BUFFER)
        return await asyncio.start_server(connected, sock=self.sock, limit=_BUFFER)

    def present(self) -> bool:
        """Whether the socket's name still leads to this socket (temporary directories get
        swept).
        """
        return self._path is None or _identity(self._path) == self._identity

    def unlink(self) -> None:
        """Remove the socket's name if it is still this socket's."""
        if self._path and self.present():
            with contextlib.suppress(OSError):
                self._path.unlink()


def bind(place: Place) -> Listener:
    """Listen for the engine at `place`, whose lock the caller holds: a socket left there by another
    is dead and goes.

    Raises EngineError where not even a loopback port can be had.
    """
    if _UNIX:
        for path in _candidates(place):
            with contextlib.suppress(OSError):
                return _bind_unix(path)
    try:
        sock = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    except OSError as error:
        raise EngineError(f"No local socket can be opened ({error}).") from error
    sock.setblocking(False)
    return Listener(sock, f"tcp:{sock.getsockname()[1]}")


async def dial(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to `address`; raises OSError."""
    kind, _, rest = address.partition(":")
    if kind == "unix" and _UNIX:
        return await asyncio.open_unix_connection(rest, limit=_BUFFER)
    if kind == "tcp" and rest.isdigit():
        return await asyncio.open_connection("127.0.0.1", int(rest), limit=_BUFFER)
    raise OSError(f"no such kind of address: {address}")


def answers(address: str) -> bool:
    """Whether somebody listens at `address`."""
    kind, _, rest = address.partition(":")
    unix = kind == "unix" and _UNIX
    if not unix and not (kind == "tcp" and rest.isdigit()):
        return False
    with socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(1.0)
        try:
            sock.connect(rest if unix else ("127.0.0.1", int(rest)))
        except OSError:
            return False
    return True


def pack(message: object) -> bytes:
    """The frame of `message`. Raises BadRequest when it is too large, or holds text that is no
    Unicode.
    """
    try:
        return framing.pack(message, MAX_FRAME)
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"Text with half a character (a lone surrogate) cannot be sent: {error.reason}."
        ) from error
    except FrameError as error:
        raise BadRequest(str(error)) from error


def unpack(body: bytes | msgspec.Raw, decoder: msgspec.msgpack.Decoder[T]) -> T:
    """The message in a frame; raises EngineError when it is none of those that `decoder` knows."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EngineError(f"A frame cannot be understood: {error}") from error


async def read_frame(reader: asyncio.StreamReader, limit: int = MAX_FRAME) -> bytes | None:
    """The body of the next frame, None at the end of the stream.

    Raises EngineError on a frame over `limit` or cut short, and OSError when the connection breaks.
    """
    try:
        return await framing.read_frame(reader, limit)
    except FrameError as error:
        raise EngineError(str(error)) from error


def _candidates(place: Place) -> Iterator[Path]:
    hashed = blake2b(os.fsencode(place.folder / place.stem), digest_size=10).hexdigest() + ".sock"
    yield place.folder / "run" / f"{place.stem}.sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if Path(runtime).is_absolute():
        yield Path(runtime, "codetriever", hashed)
    for base in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - in a folder of our own that is checked
        yield Path(base, f"codetriever-{os.geteuid()}", hashed)


def _bind_unix(path: Path) -> Listener:
    if len(os.fsencode(path)) > _SUN_PATH:
        raise OSError("the path is too long for a socket")
    make_private_dir(path.parent, own=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(path))
        path.chmod(0o600)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return Listener(sock, f"unix:{path}")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.lstat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
