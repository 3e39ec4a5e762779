"""The open buffers of one client: text that stands in for the file of the same name until it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codetriever_lsp.workspace.paths import key

__all__ = ["Buffer", "Overlay"]


@dataclass(frozen=True, slots=True)
class Buffer:
    """One open document. `path` is relative to its folder; `version` grows with each change of the client."""

    path: str
    version: int
    text: str


class Overlay:
    """Buffers by path; spellings of one path (case on Windows, normal form on macOS) are one buffer."""

    def __init__(self) -> None:
        self._buffers: dict[str, Buffer] = {}

    def set(self, rel: str, version: int, text: str) -> bool:
        """Remembers `text`, unless a buffer of this or a later version is held already (then False)."""
        held = self._buffers.get(key(rel))
        if held is not None and held.version >= version:
            return False
        self._buffers[key(rel)] = Buffer(rel, version, text)
        return True

    def drop(self, rel: str) -> bool:
        """Forgets the buffer, so that the file counts again; False if there was none."""
        return self._buffers.pop(key(rel), None) is not None

    def get(self, rel: str) -> Buffer | None:
        return self._buffers.get(key(rel))

    def __iter__(self) -> Iterator[Buffer]:
        return iter(tuple(self._buffers.values()))

    def __len__(self) -> int:
        return len(self._buffers)
