"""What the index holds, as the indexer needs it: the stamp of each path, and which paths are below
a folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from codetriever_lsp.store.records import FileStamp

__all__ = ["Known"]


class Known:
    """The stamps of all indexed files, once they are `learned`, kept in step with the store's
    commits.
    """

    def __init__(self) -> None:
        self.learned = False
        self._stamps: dict[str, FileStamp] = {}
        self._folders: Counter[str] = Counter()

    def learn(self, stamps: Mapping[str, FileStamp]) -> None:
        """These are all that the index holds."""
        for path, stamp in stamps.items():
            self.put(path, stamp)
        self.learned = True

    def __len__(self) -> int:
        return len(self._stamps)

    def __contains__(self, path: str) -> bool:
        return path in self._stamps

    def get(self, path: str) -> FileStamp | None:
        return self._stamps.get(path)

    def paths(self) -> frozenset[str]:
        return frozenset(self._stamps)

    def put(self, path: str, stamp: FileStamp) -> None:
        if path not in self._stamps:
            self._folders.update(_above(path))
        self._stamps[path] = stamp

    def drop(self, path: str) -> None:
        if self._stamps.pop(path, None) is not None:
            for folder in _above(path):
                self._folders[folder] -= 1
                if not self._folders[folder]:
                    del self._folders[folder]

    def below(self, folder: str) -> list[str]:
        """The indexed files in `folder`, at any depth; costs next to nothing if there are none."""
        if folder not in self._folders:
            return []
        return [path for path in self._stamps if path.startswith(folder + "/")]


def _above(path: str) -> Iterator[str]:
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)
